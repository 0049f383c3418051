#include "sandbox/graph/batch.h"

#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "json/value.h"
#include "json/writer.h"

namespace muster::sandbox::graph {
namespace {

constexpr std::size_t kMostRequests = 20;

Refusal malformed(std::string_view why) {
  return bad_request(fmt::format("Invalid batch payload format: {}.", why));
}

std::string text_of(const json::Value& object, std::string_view key) {
  const json::Value* value = object.find(key);
  return value != nullptr && value->is_string() ? std::string(value->text()) : std::string();
}

std::optional<Refusal> parse_request(const json::Value& item, BatchRequest& request) {
  if (!item.is_object()) return malformed("a request is no object");
  request.id = text_of(item, "id");
  request.method = text_of(item, "method");
  request.url = text_of(item, "url");
  if (request.id.empty()) return malformed("a request has no id");
  if (request.method.empty()) return malformed("a request has no method");
  if (request.url.empty()) return malformed("a request has no url");
  if (request.url.find("://") != std::string::npos || request.url.starts_with("//")) {
    return malformed("urls must be relative");
  }
  if (request.url.front() != '/') request.url.insert(0, 1, '/');
  if (request.url.starts_with("/$batch")) return malformed("batches cannot be nested");
  if (const json::Value* headers = item.find("headers")) {
    for (const json::Member& member : headers->members()) {
      request.headers.push_back({std::string(member.key), std::string(member.value.text())});
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> parse_batch(std::string body, std::vector<BatchRequest>& requests) {
  const auto document = json::Document::parse(std::move(body));
  if (!document.ok()) return malformed("not JSON");
  const json::Value* items = document.value().root().find("requests");
  if (items == nullptr || !items->is_array() || items->items().empty()) {
    return malformed("no requests");
  }
  if (items->items().size() > kMostRequests) {
    return bad_request(fmt::format("Number of batch request steps exceeds the maximum value of {}.",
                                   kMostRequests));
  }
  std::set<std::string> ids;
  for (const json::Value& item : items->items()) {
    BatchRequest request;
    if (auto refusal = parse_request(item, request)) return refusal;
    if (!ids.insert(base::to_lower_ascii(request.id)).second)
      return malformed("ids must be unique");
    requests.push_back(std::move(request));
  }
  return std::nullopt;
}

void append_batch_answer(std::string& out, std::string_view id, int status,
                         const std::vector<net::Header>& headers, std::string_view body) {
  json::Writer writer(out);
  writer.begin_object().key("id").string(id).key("status").number(std::int64_t{status});
  writer.key("headers").begin_object();
  writer.key("Cache-Control").string("no-cache");
  for (const net::Header& header : headers) writer.key(header.name).string(header.value);
  writer.end_object().key("body").raw(body).end_object();
}

}  // namespace muster::sandbox::graph
