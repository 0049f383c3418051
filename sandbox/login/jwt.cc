#include "sandbox/login/jwt.h"

#include "base/text.h"

namespace muster::sandbox::login {
namespace {

std::optional<json::Document> decode_part(std::string_view part) {
  auto text = base::base64url_decode(part);
  if (!text) return std::nullopt;
  auto document = json::Document::parse(std::move(*text));
  if (!document.ok() || !document.value().root().is_object()) return std::nullopt;
  return std::move(document).value();
}

}  // namespace

std::optional<Jwt> decode_jwt(std::string_view token) {
  const std::vector<std::string_view> parts = base::split(token, '.');
  if (parts.size() != 3) return std::nullopt;
  auto header = decode_part(parts[0]);
  auto payload = decode_part(parts[1]);
  if (!header || !payload) return std::nullopt;
  return Jwt{std::move(*header), std::move(*payload)};
}

std::string text_of(const json::Document& part, std::string_view key) {
  const json::Value* value = part.root().find(key);
  return value != nullptr && value->is_string() ? std::string(value->text()) : std::string();
}

std::optional<std::int64_t> number_of(const json::Document& part, std::string_view key) {
  const json::Value* value = part.root().find(key);
  return value == nullptr ? std::nullopt : value->integer();
}

}  // namespace muster::sandbox::login
