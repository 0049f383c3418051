#include "source/addresses.h"

#include <fmt/ranges.h>

#include "base/check.h"
#include "base/text.h"
#include "net/url.h"

namespace muster::source {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

// Sub-delimiters and the like that may stand in a query as they are (RFC 3986 section 3.4). Missing
// on purpose: "&", "=" and "+" mean something in forms, "'" ends a literal in some filter
// languages.
constexpr std::string_view kReadableInQuery = "$,():/@";

void append_encoded(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t plain = text.find_first_of(kReadableInQuery);
    out += base::percent_encode(text.substr(0, plain));
    if (plain == std::string_view::npos) return;
    out += text[plain];
    text.remove_prefix(plain + 1);
  }
}

Result<std::string> choose_url(const catalogue::Source& source, const catalogue::Address& address,
                               const std::map<std::string, std::string>& values) {
  if (std::string own = field_value(source, values, address.field); !own.empty()) return own;
  const std::string choice = field_value(source, values, address.choose_by);
  const auto found = address.urls.find(choice);
  if (found != address.urls.end() && !found->second.empty()) return found->second;
  std::string message = choice.empty() ? fmt::format("The address \"{}\" is not set.", address.name)
                                       : fmt::format("There is no \"{}\" address for {} \"{}\".",
                                                     address.name, address.choose_by, choice);
  if (!address.field.empty()) message += fmt::format(" Set {}.", address.field);
  return Error{ErrorKind::kSettings, "connection", std::move(message), address.field};
}

Result<std::string> make_base(const catalogue::Address& address, std::string url) {
  const net::Url parsed = TRY_AT(net::parse_url(url), address.field);
  if (!parsed.user_info.empty() || !parsed.query.empty() || url.find('#') != std::string::npos) {
    return Error{ErrorKind::kSettings, "connection",
                 "The address must be scheme, host and path only, such as https://host/path.",
                 address.field};
  }
  return net::without_trailing_slashes(net::without_trailing_slashes(url) + address.base_path);
}

}  // namespace

Result<Addresses> Addresses::resolve(const catalogue::Source& source,
                                     const std::map<std::string, std::string>& values) {
  Addresses addresses;
  for (const catalogue::Address& address : source.addresses) {
    std::string url = TRY(choose_url(source, address, values));
    addresses.bases_[address.name] = TRY(make_base(address, std::move(url)));
  }
  return addresses;
}

const std::string& Addresses::base(std::string_view name) const {
  const auto found = bases_.find(name);
  MUSTER_CHECK(found != bases_.end(), "a catalogue names only addresses that it has");
  return found->second;
}

std::string Addresses::origin(std::string_view name) const {
  const std::string& url = base(name);
  return url.substr(0, url.find('/', url.find("://") + 3));
}

std::string field_value(const catalogue::Source& source,
                        const std::map<std::string, std::string>& values, std::string_view field) {
  if (field.empty()) return {};
  const auto found = values.find(std::string(field));
  if (found != values.end() && !found->second.empty()) return found->second;
  const catalogue::ConnectionField* declared = source.find_field(field);
  return declared == nullptr ? std::string() : declared->fallback;
}

Result<std::string> fill_placeholders(std::string_view text, const ValueOf& value_of) {
  std::string out;
  while (true) {
    const std::size_t open = text.find('{');
    out += text.substr(0, open);
    if (open == std::string_view::npos) return out;
    const std::size_t close = text.find('}', open);
    const std::string_view name = text.substr(open + 1, close - open - 1);
    std::optional<std::string> value;
    if (close != std::string_view::npos) value = value_of(name);
    if (!value) {
      return Error{ErrorKind::kSettings, "connection",
                   fmt::format("The connection has no value for \"{}\".", name)};
    }
    out += *value;
    text.remove_prefix(close + 1);
  }
}

std::string with_parameters(std::string path, const Parameters& parameters) {
  char separator = path.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : parameters) {
    path += separator;
    append_encoded(path, name);
    path += '=';
    append_encoded(path, value);
    separator = '&';
  }
  return path;
}

Parameters field_parameters(const catalogue::Request& request,
                            const std::vector<std::string>& fields) {
  Parameters parameters;
  if (request.fields_parameter.empty() || fields.empty()) return parameters;
  if (request.repeats_fields) {
    for (const std::string& field : fields) {
      parameters.emplace_back(request.fields_parameter, field);
    }
  } else {
    parameters.emplace_back(request.fields_parameter, fmt::format("{}", fmt::join(fields, ",")));
  }
  return parameters;
}

}  // namespace muster::source
