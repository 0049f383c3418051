#include "assets/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "json/parser.h"
#include "net/url.h"

namespace muster::assets {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::size_t kMaxTexts = 5;
constexpr std::size_t kMaxTextBytes = 200;

void add_text(std::vector<std::string>& texts, std::string_view text) {
  if (texts.size() >= kMaxTexts || base::trim(text).empty()) return;
  std::string safe = base::printable(base::trim(text), kMaxTextBytes);
  if (std::ranges::find(texts, safe) == texts.end()) texts.push_back(std::move(safe));
}

// Every text below `value`, in order; the depth is bounded by the parser.
void collect(std::vector<std::string>& texts, const json::Value& value) {
  if (value.is_string()) add_text(texts, value.text());
  for (const json::Value& item : value.items()) collect(texts, item);
  for (const json::Member& member : value.members()) {
    if (member.value.is_string() && member.key != "message") {
      add_text(texts, fmt::format("{}: {}", member.key, member.value.text()));
    } else {
      collect(texts, member.value);
    }
  }
}

// One element of dataValidationErrors: its code is what a search engine finds.
void collect_validation_error(std::vector<std::string>& texts, const json::Value& error) {
  const json::Value* code = error.find("code");
  std::vector<std::string> rest;
  for (const json::Member& member : error.members()) {
    if (member.key != "code") collect(rest, member.value);
  }
  if (!code) return collect(texts, error);
  std::string text(code->text());
  if (!rest.empty()) text += " (" + joined(rest) + ")";
  add_text(texts, text);
}

// Where a "the mapping" answer or a gateway's puts its words; "code" alone says nothing new.
constexpr std::string_view kTextMembers[] = {"errorMessages", "errors", "errorCode",    "message",
                                             "error",         "detail", "resultMessage"};

void add_code(std::vector<std::string>& codes, const json::Value* code) {
  if (code != nullptr && code->is_string() && base::is_code(code->text())) {
    add_text(codes, code->text());
  }
}

// The texts inside an error answer, made safe for one line; at most five of each.
struct Refusal {
  std::vector<std::string> codes;  // words of Assets' own
  std::vector<std::string> texts;  // everything it says
};

Refusal read_refusal(std::string_view body) {
  if (base::trim(body).empty()) return {};
  if (is_web_page(body)) return {{}, {"a web page instead of an answer"}};
  const base::Result<json::Document> document = json::Document::parse(std::string(body));
  if (!document.ok()) return {{}, {base::printable(base::trim(body), kMaxTextBytes)}};
  const json::Value& root = (*document).root();
  Refusal said;
  if (const json::Value* errors = root.find("dataValidationErrors")) {
    for (const json::Value& error : errors->items()) {
      add_code(said.codes, error.find("code"));
      collect_validation_error(said.texts, error);
    }
  }
  add_code(said.codes, root.find("errorCode"));
  add_code(said.codes, root.find("code"));
  for (const std::string_view member : kTextMembers) {
    if (const json::Value* value = root.find(member)) collect(said.texts, *value);
  }
  return said;
}

std::string redirect_advice(const net::Response& response) {
  const std::string* location = net::find_header(response.headers, "Location");
  const auto target = net::parse_url(location == nullptr ? "" : *location);
  return fmt::format(
      "A redirect{} is not followed, because the token would go there. Check api_url of the "
      "destination, and whether a proxy or a sign-in page stands in between.",
      target.ok() ? " to " + base::printable(target->host, kMaxTextBytes) : "");
}

}  // namespace

std::string text_at(const json::Value& object, std::string_view key) {
  const json::Value* value = object.find(key);
  return value ? std::string(value->text()) : std::string();
}

std::vector<std::string> texts_of(const json::Value* value) {
  std::vector<std::string> texts;
  if (value) collect(texts, *value);
  return texts;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) {
    if (!all.empty()) all += "; ";
    all += text;
  }
  return all;
}

bool is_web_page(std::string_view body) {
  if (body.starts_with(json::kByteOrderMark)) body.remove_prefix(json::kByteOrderMark.size());
  return base::trim(body.substr(0, 256)).starts_with('<');
}

Error refused(std::string_view doing, const net::Response& response) {
  const Refusal said = read_refusal(response.body);
  std::string message = fmt::format("Assets answered {} to {}", response.status, doing);
  if (!said.codes.empty()) message += ": " + joined(said.codes);
  ErrorKind kind = ErrorKind::kDenied;
  message += '.';
  if (response.status >= 300 && response.status < 400) {
    message += " " + redirect_advice(response);
  } else if (response.status == 404) {
    kind = ErrorKind::kMissing;
    message += fmt::format(" Was the import deleted in {}?", kWhereImportsAre);
  }
  Error error{kind, "destination_rejected", std::move(message)};
  error.heard = joined(said.texts);
  return error;
}

Error with_words(Error error) {
  if (!error.heard.empty()) error.message += fmt::format(" It says: {}", error.heard);
  if (!error.message.ends_with('.')) error.message += '.';
  error.heard.clear();
  return error;
}

std::string links_text(const catalogue::ObjectSchema& schema) {
  std::map<std::string, std::set<std::string>> types;  // by importer
  for (const catalogue::ObjectType& type : schema.types) {
    for (const catalogue::ObjectAttribute& attribute : type.attributes) {
      if (attribute.target_importer.empty()) continue;
      types[attribute.target_importer].insert(attribute.target_name);
    }
  }
  std::string text;
  for (const auto& [importer, names] : types) {
    text += fmt::format(
        " It refers to {0}, which the importer {1} brings: run that one first, into an import "
        "source of the same object schema, or send its schema (muster schema FILE {1} --send).",
        fmt::join(names, ", "), importer);
  }
  return text;
}

Error token_refused() {
  return {ErrorKind::kDenied, "destination_token",
          fmt::format("Assets refused the import token: it was revoked or replaced. Generate a new "
                      "one in {} > the import's menu > Generate new token, and store it where the "
                      "importer reads it.",
                      kWhereImportsAre)};
}

Error not_from_assets(std::string_view doing) {
  return {ErrorKind::kMalformed, "destination_unavailable",
          fmt::format("The answer to {} did not come from Assets: it is not the JSON that Assets "
                      "sends. Is there a proxy or a sign-in page on the way?",
                      doing)};
}

Error cancelled() { return {ErrorKind::kCancelled, "cancelled", "The run was cancelled."}; }

Error unreachable(std::string_view doing, Error error) {
  if (error.kind == ErrorKind::kCancelled) return error;
  // The network speaks of sources because they are what it was made for.
  std::string_view whose;
  if (error.reason == "certificate_not_trusted" || error.reason == "address_not_allowed") {
    const bool is_certificate = error.reason == "certificate_not_trusted";
    error.reason = is_certificate ? "destination_certificate" : "destination_address";
    whose = " This is about the destination: set it there, not under connection.";
  } else if (error.reason.starts_with("source_")) {
    error.reason = "destination_unavailable";
  }
  error.message = fmt::format("{} failed: {}{}", doing, error.message, whose);
  if (!error.message.empty() && error.message[0] >= 'a' && error.message[0] <= 'z') {
    error.message[0] = static_cast<char>(error.message[0] - 'a' + 'A');
  }
  return error;
}

}  // namespace muster::assets
