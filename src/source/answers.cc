#include "source/answers.h"

#include "base/text.h"
#include "net/lane.h"
#include "net/url.h"

namespace muster::source {
namespace {

using base::Error;
using base::ErrorKind;
using Meaning = catalogue::ErrorRule::Meaning;

constexpr json::Limits kErrorBody{.max_bytes = std::size_t{1} << 20};
constexpr std::size_t kMaxNesting = 16;
constexpr std::size_t kMostTextLooked = std::size_t{16} << 10;  // of an error that is no JSON

const json::Value* find_ignoring_case(const json::Value& object, std::string_view key) {
  for (const json::Member& member : object.members()) {
    if (base::equals_ignoring_case(member.key, key)) return &member.value;
  }
  return nullptr;
}

// "error.code" -> "error" and "code".
std::pair<std::string_view, std::string_view> split_last_key(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return {{}, path};
  return {path.substr(0, dot), path.substr(dot + 1)};
}

// What of an error body is worth telling.
struct Details {
  std::vector<std::string> codes;
  std::string message;
  std::string request_id;
};

// The object that holds the code, then the errors nested in it, outermost first.
std::vector<const json::Value*> find_errors(const json::Value& body, const json::Path& code) {
  std::vector<const json::Value*> errors;
  const std::string_view parent = split_last_key(code.text()).first;
  const auto path = json::Path::parse(parent);
  const json::Value* error = path.ok() ? path->first(body) : nullptr;
  while (error != nullptr && errors.size() < kMaxNesting) {
    errors.push_back(error);
    error = find_ignoring_case(*error, "innerError");
  }
  return errors;
}

// Some services put their own error as JSON text into the message, even twice
// (https://github.com/microsoftgraph/microsoft-graph-explorer-v4/issues/706): the innermost counts.
std::string unwrap(std::string message) {
  for (std::size_t depth = 0; depth < kMaxNesting && message.starts_with('{'); ++depth) {
    const auto document = json::Document::parse(message, kErrorBody);
    if (!document.ok()) break;
    const json::Value* inner = find_ignoring_case(document->root(), "message");
    if (inner == nullptr || inner->text().empty()) break;
    message = std::string(inner->text());
  }
  return message;
}

// https://jsonapi.org/format/#error-objects: errors as objects where others have a text.
std::string_view sentence_of(const json::Value& message) {
  for (const std::string_view key : {"detail", "title", "message"}) {
    const json::Value* text = message.find(key);
    if (text != nullptr && !text->text().empty()) return text->text();
  }
  return message.text();
}

Details read_details(const catalogue::Source& source, const Answer& answer) {
  Details details;
  if (const std::string* id = net::find_header(answer.headers, source.request_id_header)) {
    details.request_id = *id;
  }
  const auto document = json::Document::parse(std::string(answer.body), kErrorBody);
  if (!document.ok()) return details;
  const json::Value& root = document->root();
  details.codes = find_codes(root, source.error_code);
  const json::Path message = source.error_message;  // a Path is for one thread
  if (!message.text().empty()) {
    if (const json::Value* text = message.first(root))
      details.message = unwrap(std::string(sentence_of(*text)));
  }
  if (details.request_id.empty() && !source.request_id_header.empty()) {
    for (const json::Value* error : find_errors(root, source.error_code)) {
      const json::Value* id = find_ignoring_case(*error, source.request_id_header);
      if (id != nullptr) details.request_id = id->text();
    }
  }
  return details;
}

Meaning usual_meaning(int status) {
  switch (status) {
    case 401: return Meaning::kSignIn;
    case 403: return Meaning::kPermission;
    case 404:
    case 410: return Meaning::kGone;
    case 429: return Meaning::kRetry;
    case 501:
    case 505: return Meaning::kMistake;
    default: return status >= 500 ? Meaning::kRetry : Meaning::kMistake;
  }
}

struct Verdict {
  ErrorKind kind;
  const char* reason;
  const char* advice;
};

Verdict verdict_of(Meaning meaning, int status) {
  switch (meaning) {
    case Meaning::kPermission:
      return {ErrorKind::kDenied, "source_permission",
              "The source refuses this: a permission is missing."};
    case Meaning::kSignIn:
      return {ErrorKind::kDenied, "source_sign_in", "The source does not accept the credentials."};
    case Meaning::kNotAvailable:
      return {ErrorKind::kMissing, "not_available",
              "This data cannot be read here: a licence or a service is missing."};
    case Meaning::kRestart:
      return {ErrorKind::kConflict, "restart_listing",
              "The place in the list has expired; it has to be read again from its start."};
    case Meaning::kGone:
      return {ErrorKind::kMissing, "gone", "The source does not have this (any more)."};
    case Meaning::kEndOfList: return {ErrorKind::kMissing, "end_of_list", "The list has ended."};
    case Meaning::kRetry:
      if (status == 429) {
        return {ErrorKind::kThrottled, "source_throttled",
                "The source asks to be called less often. Run again later."};
      }
      return {ErrorKind::kUnavailable, "source_unavailable",
              "The source fails at the moment. Run again later."};
    case Meaning::kMistake: break;
  }
  return {ErrorKind::kMalformed, "source_protocol",
          "The source does not accept the request as the catalogue describes it."};
}

// Older APIs send JSON as plain text; pages for people are no plain text and do not begin like it.
bool says_json(std::string_view content_type, std::string_view body) {
  const std::string_view type = base::trim(content_type.substr(0, content_type.find(';')));
  const std::string lower = base::to_lower_ascii(type);
  if (lower == "text/plain") return body.starts_with('{') || body.starts_with('[');
  return lower == "application/json" || lower == "text/json" || lower.ends_with("+json");
}

}  // namespace

const catalogue::ErrorRule* find_rule(const std::vector<catalogue::ErrorRule>& rules, int status,
                                      const std::vector<std::string>& codes, std::string_view text,
                                      bool is_first) {
  const std::string said = base::to_lower_ascii(text);
  const auto pick = [&](int wanted_status, std::string_view wanted_code) {
    for (const catalogue::ErrorRule& rule : rules) {
      if (rule.status != wanted_status || rule.code != wanted_code) continue;
      if (is_first && rule.meaning == Meaning::kRestart) continue;
      if (said.find(base::to_lower_ascii(rule.message_contains)) != std::string::npos) return &rule;
    }
    return static_cast<const catalogue::ErrorRule*>(nullptr);
  };
  for (const std::string& code : codes) {
    if (const auto* rule = pick(status, code)) return rule;
    if (const auto* rule = pick(0, code)) return rule;
  }
  if (const auto* rule = pick(status, "")) return rule;
  return pick(0, "");
}

std::vector<std::string> find_codes(const json::Value& body, const json::Path& code) {
  std::vector<std::string> codes;
  if (code.text().empty()) return codes;
  const json::Path path = code;  // a Path is for one thread
  if (const json::Value* outer = path.first(body)) codes.emplace_back(outer->text());
  const std::vector<const json::Value*> errors = find_errors(body, code);
  for (std::size_t i = 1; i < errors.size(); ++i) {
    const json::Value* inner = errors[i]->find(split_last_key(code.text()).second);
    if (inner != nullptr) codes.emplace_back(inner->text());
  }
  std::reverse(codes.begin(), codes.end());
  std::erase(codes, "");  // an empty code says nothing; it was seen on a 403
  return codes;
}

base::Error explain_answer(const catalogue::Source& source, const Answer& answer,
                           std::string_view where, base::WallTime now,
                           const base::Redactor& redactor) {
  if (answer.status >= 300 && answer.status < 400) {
    Error redirect = refuse_redirect(answer.status, answer.headers).at(where);
    redirect.message = redactor.cleaned(redirect.message);
    return redirect;
  }
  const Details details = read_details(source, answer);
  const catalogue::ErrorRule* rule =
      find_rule(source.errors, answer.status, details.codes,
                details.message.empty() ? answer.body.substr(0, kMostTextLooked) : details.message,
                answer.is_first);
  const Meaning meaning = rule != nullptr ? rule->meaning : usual_meaning(answer.status);
  const Verdict verdict = verdict_of(meaning, answer.status);

  std::string message = rule != nullptr && !rule->advice.empty() ? rule->advice : verdict.advice;
  const std::string status = std::to_string(answer.status);  // some repeat it as the code
  message += " The answer was " + status;
  // A rule was chosen by one of the codes; without a rule the outermost is the most general.
  const bool chosen = rule != nullptr && !rule->code.empty();
  if (chosen && rule->code != status) {
    message += " " + rule->code;
  } else if (!chosen && !details.codes.empty() && details.codes.back() != status &&
             base::is_code(details.codes.back())) {
    message += " " + redactor.cleaned(details.codes.back());
  }
  if (base::is_code(details.request_id)) {
    message +=
        fmt::format(", {} {}", source.request_id_header, redactor.cleaned(details.request_id));
  }
  message += ".";
  Error error{verdict.kind, verdict.reason, std::move(message), std::string(where)};
  error.heard = base::printable(redactor.cleaned(details.message));
  if (meaning == Meaning::kRetry) error.retry_after = retry_after_of(answer.headers, now);
  return error;
}

base::Status expect_json(const net::Response& response) {
  const std::string_view body = base::trim(response.body);
  if (body.empty()) {
    return Error{
        ErrorKind::kMalformed, "source_protocol",
        fmt::format("The source answered {} with an empty body instead of data.", response.status)};
  }
  const std::string* type = net::find_header(response.headers, "Content-Type");
  if (type != nullptr && !says_json(*type, body)) {
    return Error{ErrorKind::kMalformed, "source_protocol",
                 fmt::format("The source answered {} with {} instead of JSON. A proxy or a sign-in "
                             "page may stand in between; check the address.",
                             response.status, base::printable(*type, 80))};
  }
  return {};
}

base::Result<json::Document> read_document(std::string body, const json::Limits& limits) {
  auto document = json::Document::parse(std::move(body), limits);
  if (document.ok() || document.error().kind != ErrorKind::kMalformed) return document;
  Error error = std::move(document).error();
  error.message = fmt::format(
      "The source's answer is damaged. {} Run again; if that does not help, something between "
      "muster and the source cuts or changes answers.",
      error.message);
  return error;
}

base::Error refuse_redirect(int status, const std::vector<net::Header>& headers) {
  const std::string* location = net::find_header(headers, "Location");
  std::string target = "another place";
  if (location != nullptr) {
    const auto url = net::parse_url(*location);
    target = url.ok() ? "host " + base::printable(url->host) : "another path of the same host";
  }
  return Error{
      ErrorKind::kMalformed, "source_protocol",
      fmt::format("The source answered {} and sends us to {}, where the credentials do not "
                  "belong. Check the address.",
                  status, target)};
}

std::optional<std::chrono::milliseconds> retry_after_of(const std::vector<net::Header>& headers,
                                                        base::WallTime now) {
  const std::string* header = net::find_header(headers, "Retry-After");
  if (header == nullptr) return std::nullopt;
  const std::optional<base::Duration> wait = net::parse_retry_after(*header, now);
  if (!wait) return std::nullopt;
  return std::chrono::ceil<std::chrono::milliseconds>(*wait);
}

}  // namespace muster::source
