#include "service/licence.h"

#include <fmt/format.h>

#include "base/text.h"
#include "json/value.h"
#include "json/writer.h"
#include "service/entitlement.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::WallTime;

constexpr std::string_view kFormat = "muster-licence-1";
constexpr std::size_t kMostText = 4096;

Error unusable(std::string_view why) {
  return {ErrorKind::kSettings, "licence", fmt::format("This licence cannot be used: {}", why)};
}

std::string text_of(const json::Value& root, std::string_view name) {
  const json::Value* value = root.find(name);
  return value != nullptr && value->is_string() ? std::string(json::scalar_text(*value)) : "";
}

std::string text_of(WallTime until) {
  return until == WallTime::max() ? "ever" : base::format_utc(until);
}

}  // namespace

std::string issue(const Licence& licence, const crypto::SigningKey& key) {
  std::string json;
  json::Writer(json)
      .begin_object()
      .key("site")
      .string(licence.site)
      .key("until")
      .string(text_of(licence.until))
      .end_object();
  const std::string text = fmt::format("{}.{}", kFormat, base::base64url_encode(json));
  return fmt::format("{}.{}", text, key.sign(text));
}

// Nothing is read that was not signed.
Result<Licence> read_licence(std::string_view text, std::string_view public_key) {
  if (public_key.empty()) {
    return unusable("the operator has not said whose licences count (`muster licence trust`).");
  }
  text = base::trim(text);
  const std::size_t dot = text.rfind('.');
  if (text.size() > kMostText || !text.starts_with(kFormat) || dot <= kFormat.size() ||
      dot == std::string_view::npos) {
    return unusable("it is none of muster, or not all of one.");
  }
  const std::string_view claimed = text.substr(0, dot);
  if (!TRY(crypto::is_signed(claimed, text.substr(dot + 1), public_key))) {
    return unusable("it is not signed by whom the operator trusts, or was changed.");
  }
  const auto payload = base::base64url_decode(claimed.substr(kFormat.size() + 1));
  Result<json::Document> document = json::Document::parse(payload.value_or(""));
  if (!document.ok() || !document->root().is_object()) return unusable("it says nothing.");
  Licence licence{.site = text_of(document->root(), "site")};
  const auto until = read_until(text_of(document->root(), "until"));
  if (licence.site.empty() || !until.ok() || !*until) {
    return unusable("it names no site or no end.");
  }
  licence.until = **until;
  return licence;
}

Result<Licence> use_licence(store::Sites& sites, std::string_view site, std::string_view text,
                            std::string_view public_key, store::AuditEntry entry) {
  Licence licence = TRY(read_licence(text, public_key));
  if (licence.site != site) {
    return unusable(fmt::format("it is for the site {}.", base::printable(licence.site)));
  }
  entry.after = text_of(licence.until);
  TRY(sites.extend(site, licence.until, entry));
  return licence;
}

}  // namespace muster::service
