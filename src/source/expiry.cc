#include "source/expiry.h"

#include "base/text.h"
#include "crypto/jose.h"
#include "source/grants.h"
#include "source/whole_answer.h"

namespace muster::source {
namespace {

constexpr json::Limits kBody{.max_bytes = std::size_t{1} << 20};
constexpr std::int64_t kDay = 24 * 60 * 60;

// The bytes are only compared.
std::string_view secret_of(const Session& session, const std::string& field) {
  const auto found = session.values().secrets.find(field);
  return found == session.values().secrets.end() ? std::string_view() : found->second.reveal();
}

std::int64_t days_until(base::WallTime end, base::WallTime now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(end - now).count();
  return seconds < 0 ? -1 : seconds / kDay;
}

Expiry expiry_at(Session& session, const std::string& field, const std::string& end) {
  Expiry expiry{.field = field};
  const std::optional<base::WallTime> time = base::parse_utc(end);
  if (!time) return expiry;
  expiry.end = base::format_utc(*time);
  expiry.days_left = days_until(*time, session.scheduler().wall_now());
  return expiry;
}

// Of the credentials that begin as ours does, or of all where nobody tells how they begin.
std::string first_end(const json::Value& answer, const catalogue::ExpiryRule& rule,
                      std::string_view secret, base::WallTime now) {
  const json::Path credentials = rule.credentials, end = rule.end, hint = rule.hint;
  std::string of_ours, of_all;
  const auto earlier = [&](std::string& best, std::string_view text) {
    const auto time = base::parse_utc(text);
    if (!time || *time < now) return;
    if (best.empty() || *time < *base::parse_utc(best)) best = text;
  };
  credentials.each_item(answer, [&](const json::Value& credential) {
    const json::Value* ends = end.first(credential);
    if (ends == nullptr) return;
    earlier(of_all, ends->text());
    const json::Value* begins = hint.text().empty() ? nullptr : hint.first(credential);
    const bool is_ours =
        begins != nullptr && !begins->text().empty() && secret.starts_with(begins->text());
    if (is_ours) earlier(of_ours, ends->text());
  });
  return of_ours.empty() ? of_all : of_ours;
}

std::optional<Expiry> ask(Session& session, const catalogue::ExpiryRule& rule, const Grants& grants,
                          const base::Stop& stop) {
  const std::string_view secret = secret_of(session, rule.field);
  if (secret.empty()) return std::nullopt;
  Expiry unknown{.field = rule.field};
  if (!rule.permission.empty() && !grants.missing({rule.permission}).empty() && grants.known()) {
    unknown.needs = rule.permission;
    return unknown;
  }
  const std::string place = fmt::format("the end of {}", rule.field);
  const auto answer = get_whole(session, rule.request, {}, "", place, kBody, stop);
  if (!answer.ok()) {
    unknown.problem = answer.error().text();
    return unknown;
  }
  const std::string end =
      first_end(answer->document.root(), rule, secret, session.scheduler().wall_now());
  if (end.empty()) {
    unknown.problem = "The source lists no credential of this kind that is still valid.";
    return unknown;
  }
  return expiry_at(session, rule.field, end);
}

}  // namespace

std::vector<Expiry> find_expiries(Session& session, const base::Stop& stop) {
  std::vector<Expiry> found;
  const Grants grants(session.source(), session.granted(stop));
  const std::string& certificate = session.source().sign_in.certificate;
  if (!certificate.empty()) {
    const auto info = crypto::read_certificate(secret_of(session, certificate));
    if (info.ok()) found.push_back(expiry_at(session, certificate, info->not_after));
  }
  for (const catalogue::ExpiryRule& rule : session.source().expiries) {
    if (auto expiry = ask(session, rule, grants, stop)) found.push_back(std::move(*expiry));
  }
  return found;
}

}  // namespace muster::source
