#include "web/cookies.h"

#include <fmt/format.h>

#include "base/text.h"

namespace muster::web {
namespace {

net::Header cookie(std::string_view name, std::string_view value, std::chrono::seconds lasts,
                   std::string_view same_site) {
  return {"Set-Cookie", fmt::format("{}={}; Path=/; Max-Age={}; Secure; HttpOnly; SameSite={}",
                                    name, value, lasts.count(), same_site)};
}

constexpr std::chrono::seconds kGone(0);

}  // namespace

std::string cookie_of(const net::ServerRequest& request, std::string_view name) {
  const std::string* header = net::find_header(request.headers, "Cookie");
  if (header == nullptr) return "";
  for (std::string_view pair : base::split(*header, ';')) {
    pair = base::trim(pair);
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) {
      return std::string(pair.substr(name.size() + 1));
    }
  }
  return "";
}

net::Header set_session(const service::SignedIn& in) {
  const auto longest = std::chrono::duration_cast<std::chrono::seconds>(service::kSessionLongest);
  return cookie(kCookie, in.session.reveal(), longest, "Strict");
}

net::Header end_session() { return cookie(kCookie, "", kGone, "Strict"); }

net::Header set_sign_in(std::string_view value, std::chrono::seconds lasts) {
  return cookie(kSignInCookie, value, lasts, "Lax");
}

net::Header end_sign_in() { return cookie(kSignInCookie, "", kGone, "Lax"); }

}  // namespace muster::web
