#include "web/route.h"

#include <fmt/format.h>

#include "base/text.h"

namespace muster::web {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

constexpr std::size_t kRows = 50;

Error wrong_field(std::string_view name, std::string_view wanted) {
  return {ErrorKind::kSettings, "body", fmt::format("\"{}\" has to be {}.", name, wanted)};
}

}  // namespace

Result<std::string> text_field(const Request& request, std::string_view name) {
  const json::Value* value = request.body.find(name);
  if (value == nullptr || !value->is_string()) return wrong_field(name, "a text");
  return std::string(value->text());
}

Result<std::string> text_field(const Request& request, std::string_view name,
                               std::string_view otherwise) {
  if (request.body.find(name) == nullptr) return std::string(otherwise);
  return text_field(request, name);
}

Result<bool> flag_field(const Request& request, std::string_view name, bool otherwise) {
  const json::Value* value = request.body.find(name);
  if (value == nullptr) return otherwise;
  if (!value->is_bool()) return wrong_field(name, "true or false");
  return value->boolean();
}

Result<std::int64_t> number_field(const Request& request, std::string_view name,
                                  std::int64_t otherwise) {
  const json::Value* value = request.body.find(name);
  if (value == nullptr) return otherwise;
  const std::optional<std::int64_t> number = value->integer();
  if (!number) return wrong_field(name, "a whole number");
  return *number;
}

std::string query_of(const Request& request, std::string_view name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? std::string() : found->second;
}

Result<std::size_t> limit_of(const Request& request, std::int64_t most) {
  const std::string text = query_of(request, "limit");
  if (text.empty()) return kRows;
  const std::optional<std::int64_t> limit = base::parse_int(text);
  if (limit && *limit >= 1 && *limit <= most) return static_cast<std::size_t>(*limit);
  return Error{ErrorKind::kSettings, "query", fmt::format("limit has to be 1 to {}.", most)};
}

}  // namespace muster::web
