#include "sandbox/assets/value_rules.h"

#include <arpa/inet.h>

#include "base/text.h"

namespace muster::sandbox::assets {
namespace {

// "dddd-dd-dd" describes a text: d stands for a digit, anything else for itself.
bool has_shape(std::string_view text, std::string_view shape) {
  return text.size() == shape.size() &&
         std::equal(text.begin(), text.end(), shape.begin(),
                    [](char c, char s) { return s == 'd' ? c >= '0' && c <= '9' : c == s; });
}

bool is_date(std::string_view text) {
  return has_shape(text, "dddd-dd-dd") &&
         base::parse_utc(std::string(text) + "T00:00:00Z").has_value();
}

bool is_time_of_day(std::string_view text) {
  return (has_shape(text, "dd:dd") || has_shape(text, "dd:dd:dd")) && text.substr(0, 2) < "24" &&
         text.substr(3, 2) < "60";
}

bool is_url(std::string_view text) {
  const std::size_t colon = text.find("://");
  return colon != std::string_view::npos && colon > 0 && colon + 3 < text.size() &&
         text.find(' ') == std::string_view::npos;
}

bool is_email(std::string_view text) {
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos &&
         text.find(' ') == std::string_view::npos;
}

bool is_ip_address(std::string_view text) {
  const std::string address(text);
  unsigned char bytes[16];
  return inet_pton(AF_INET, address.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, address.c_str(), bytes) == 1;
}

bool fits(std::string_view type, std::string_view text) {
  if (type == "integer") return base::parse_int(text).has_value();
  if (type == "double") return base::parse_double(text).has_value();
  if (type == "boolean") return text == "true" || text == "false";
  if (type == "date") return is_date(text);
  if (type == "date_time") return text.size() > 10 && base::parse_utc(text).has_value();
  if (type == "time") return is_time_of_day(text);
  if (type == "url") return is_url(text);
  if (type == "email") return is_email(text);
  if (type == "ipaddress") return is_ip_address(text);
  return true;
}

}  // namespace

std::optional<std::string> check_value(const Attribute& attribute, std::string_view text) {
  if (fits(attribute.type, text)) return std::nullopt;
  return fmt::format("{}: a value is not a valid {}", attribute.name, attribute.type);
}

std::optional<std::string> check_cardinality(const Attribute& attribute, std::size_t count) {
  const auto size = static_cast<std::int64_t>(count);
  if (size < attribute.minimum)
    return fmt::format("{}: needs at least {}, got {}", attribute.name, attribute.minimum, count);
  if (attribute.maximum != kUnlimited && size > attribute.maximum)
    return fmt::format("{}: takes at most {}, got {}", attribute.name, attribute.maximum, count);
  return std::nullopt;
}

bool is_known_value(const Workspace& workspace, const Attribute& attribute, std::string_view text) {
  if (attribute.type == "select") return std::ranges::count(attribute.options, text) > 0;
  if (attribute.type != "status") return true;
  if (workspace.find_status(text) == nullptr) return false;
  return attribute.type_values.empty() ||
         std::ranges::any_of(attribute.type_values, [&](const std::string& allowed) {
           return base::equals_ignoring_case(allowed, text);
         });
}

}  // namespace muster::sandbox::assets
