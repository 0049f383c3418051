#include "source/token_endpoint.h"

#include "base/text.h"
#include "json/value.h"
#include "net/http_date.h"
#include "source/answers.h"

namespace muster::source {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using Meaning = catalogue::ErrorRule::Meaning;

constexpr json::Limits kTokenBody{.max_bytes = std::size_t{1} << 20};
constexpr std::string_view kPlace = "sign-in";

// The lane sends each attempt alone and so counts one; how often was tried is known here.
Error gave_up(Error error, std::uint32_t attempts) {
  for (const std::string_view own_count : {"; gave up after 1 attempt", " after 1 attempt"}) {
    const std::size_t at = error.message.find(own_count);
    if (at != std::string::npos) error.message.erase(at, own_count.size());
  }
  error.message =
      fmt::format("Signing in failed{}: {}",
                  attempts > 1 ? fmt::format(" after {} attempts", attempts) : "", error.message);
  return error;
}

Error not_a_token(std::string_view what) {
  return Error{ErrorKind::kMalformed, "source_protocol",
               fmt::format("The sign-in service answered {}. Check its address.", what),
               std::string(kPlace)};
}

// A text member of the answer, fit to be shown; empty when there is none.
std::string shown(const json::Value& body, std::string_view key, std::size_t limit,
                  const base::Redactor& redactor) {
  const json::Value* value = body.find(key);
  if (value == nullptr) return {};
  return base::printable(redactor.cleaned(value->text()), limit);
}

// Assertions are dated: with a wrong clock they are refused for reasons that do not name it.
std::string clock_advice(const std::vector<net::Header>& headers, base::WallTime now) {
  constexpr base::Duration kTolerated = std::chrono::minutes(2);
  const std::string* text = net::find_header(headers, "Date");
  const auto date = text == nullptr ? std::nullopt : net::parse_http_date(*text);
  if (!date) return {};
  // The nanoseconds of more centuries than one would not fit.
  const auto difference =
      std::min<std::chrono::microseconds>(std::chrono::abs(*date - now), std::chrono::years(100));
  if (difference <= kTolerated) return {};
  return fmt::format(" This computer's clock differs from the service's by {}.",
                     base::format_duration(difference));
}

// The value at a catalogue's path; nullptr for an empty path.
const json::Value* value_at(const json::Value& body, std::string_view path_text) {
  if (path_text.empty()) return nullptr;
  const auto path = json::Path::parse(path_text);
  return path.ok() ? path->first(body) : nullptr;
}

Result<base::Duration> read_lifetime(const catalogue::SignIn& rules, const json::Value& body,
                                     base::WallTime now) {
  using std::chrono::seconds;
  constexpr seconds kShortest(1);
  constexpr seconds kLongest(366 * 86'400);
  if (const json::Value* named = value_at(body, rules.expires_path); named != nullptr) {
    if (const auto length = base::parse_int(named->text())) {
      return base::Duration(std::clamp(seconds(*length), kShortest, kLongest));
    }
    const auto end = base::parse_utc(named->text());
    if (!end) return not_a_token("with an expiry that is neither seconds nor a time");
    return std::clamp<std::chrono::microseconds>(*end - now, kShortest, kLongest);
  }
  if (const json::Value* expires_in = body.find("expires_in"); expires_in != nullptr) {
    // A number by RFC 6749; some services send it as text.
    const auto length = base::parse_int(expires_in->text());
    if (!length) return not_a_token("with an expires_in that is no number");
    return base::Duration(std::clamp(seconds(*length), kShortest, kLongest));
  }
  if (const json::Value* expires = body.find("expires"); expires != nullptr) {
    const auto end = base::parse_utc(expires->text());
    if (!end) return not_a_token("with an expiry that is no time");
    return std::clamp<std::chrono::microseconds>(*end - now, kShortest, kLongest);
  }
  return base::Duration(0);
}

Result<net::Token> read_token(const catalogue::SignIn& rules, net::Response response,
                              base::WallTime now) {
  if (const base::Status json = expect_json(response); !json.ok()) {
    return not_a_token(fmt::format("{} without a token", response.status));
  }
  const auto document = json::Document::parse(std::move(response.body), kTokenBody);
  if (!document.ok()) return not_a_token("with something that is not JSON");
  const json::Value& body = document->root();
  const json::Value* token = value_at(body, rules.token_path);
  if (token == nullptr) token = body.find("access_token");
  if (token == nullptr) token = body.find("token");
  if (token == nullptr || !token->is_string() || token->text().empty()) {
    return not_a_token("without a token");
  }
  const json::Value* type = body.find("token_type");
  if (type != nullptr && !base::equals_ignoring_case(type->text(), "Bearer")) {
    return not_a_token("with a token that is not a bearer token");
  }
  const base::Duration lifetime = TRY(read_lifetime(rules, body, now));
  return net::Token{base::Secret(std::string(token->text())), lifetime};
}

}  // namespace

Result<net::Token> TokenEndpoint::ask(const Make& make, const base::Stop& stop) {
  for (std::uint32_t attempt = 1;; ++attempt) {
    Result<net::Token> answer = ask_once(make, stop);
    if (answer.ok()) return answer;
    const Error& error = answer.error();
    const bool passes =
        error.kind == ErrorKind::kThrottled || error.kind == ErrorKind::kUnavailable;
    const base::Duration wait = error.retry_after ? base::Duration(*error.retry_after)
                                : passes          ? lane_.backoff(attempt)
                                                  : base::Duration(0);
    if (!passes) return answer;
    if (attempt >= retry_.attempts || wait > retry_.max_wait) return gave_up(error, attempt);
    if (!base::sleep_for(scheduler_, wait, stop)) {
      return Error{ErrorKind::kCancelled, "cancelled", "Cancelled while signing in.",
                   std::string(kPlace)};
    }
  }
}

Result<net::Token> TokenEndpoint::ask_once(const Make& make, const base::Stop& stop) {
  const TokenRequest request = TRY(make(path_));
  for (const base::Secret& secret : request.sensitive) redactor_.add_passing(secret);
  net::Response response = TRY_AT(lane_.send(request.request, {.units = 1}, stop), kPlace);
  const bool has_no_such_path = response.status == 404 || response.status == 405;
  if (has_no_such_path && path_ + 1 < rules_.paths.size()) {
    ++path_;
    return ask_once(make, stop);
  }
  if (response.status >= 300 && response.status < 400) {
    Error redirect = refuse_redirect(response.status, response.headers).at(kPlace);
    redirect.message = redactor_.cleaned(redirect.message);
    return redirect;
  }
  if (response.status < 200 || response.status >= 300) {
    return explain(response);
  }
  net::Token token = TRY(read_token(rules_, std::move(response), scheduler_.wall_now()));
  redactor_.add_passing(token.value);
  return token;
}

Error TokenEndpoint::explain(const net::Response& response) const {
  const auto document = json::Document::parse(response.body, kTokenBody);
  const json::Value body = document.ok() ? document->root() : json::Value();
  const auto code_path = json::Path::parse(rules_.code_path);
  std::vector<std::string> codes =
      code_path.ok() ? find_codes(body, *code_path) : std::vector<std::string>();
  const std::string own_code = codes.empty() ? "" : codes.back();
  const std::string error_code = shown(body, "error", 80, redactor_);
  if (!error_code.empty()) codes.push_back(error_code);
  const catalogue::ErrorRule* rule = find_rule(rules_.errors, response.status, codes);

  std::string message = rule != nullptr && !rule->advice.empty() ? rule->advice
                        : response.status >= 500 ? "The sign-in service does not work."
                                                 : "The sign-in service refused the credentials.";
  message += fmt::format(" The answer was {}", response.status);
  if (!error_code.empty()) message += " " + error_code;
  // Services without codes of their own name the standard's one.
  if (own_code != error_code && base::is_code(own_code)) {
    message += ", code " + redactor_.cleaned(own_code);
  }
  for (const std::string_view name : {"trace_id", "correlation_id", "timestamp"}) {
    const std::string value = shown(body, name, 80, redactor_);
    if (!value.empty()) message += fmt::format(", {} {}", name, value);
  }
  // Only for a refusal that nobody has described yet: the peer's own words.
  const std::string words = shown(body, "error_description", 200, redactor_);
  if (rule == nullptr && !words.empty()) message += fmt::format(": \"{}\"", words);
  message += ".";
  message += clock_advice(response.headers, scheduler_.wall_now());

  const bool passes = rule != nullptr ? rule->meaning == Meaning::kRetry : response.status >= 500;
  if (!passes) {
    return Error{ErrorKind::kDenied, "source_sign_in", std::move(message), std::string(kPlace)};
  }
  return Error{ErrorKind::kUnavailable, "source_unavailable", std::move(message),
               std::string(kPlace), retry_after_of(response.headers, scheduler_.wall_now())};
}

std::optional<std::vector<std::string>> read_claim(const base::Secret& token,
                                                   std::string_view claim) {
  const std::vector<std::string_view> parts = base::split(token.reveal(), '.');
  if (claim.empty() || parts.size() != 3) return std::nullopt;
  std::optional<std::string> payload = base::base64url_decode(parts[1]);
  if (!payload) return std::nullopt;
  const auto document = json::Document::parse(std::move(*payload), kTokenBody);
  const json::Value* listed = document.ok() ? document->root().find(claim) : nullptr;
  if (listed == nullptr) return std::nullopt;
  std::vector<std::string> names;
  if (listed->is_string()) {  // OAuth's `scope` style: separated by blanks
    for (const std::string_view name : base::split(listed->text(), ' ')) names.emplace_back(name);
  }
  for (const json::Value& item : listed->items()) names.emplace_back(item.text());
  std::erase(names, "");
  return names;
}

}  // namespace muster::source
