// Where a source's kinds of request go, worked out once from the catalogue and the admin's values,
// and how URLs are put together from them.
//
//   Addresses addresses = TRY(Addresses::resolve(source, values));
//   addresses.base("api");    // "https://graph.example/v1.0"
//   addresses.origin("api");  // "https://graph.example"
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "catalogue/model.h"

namespace muster::source {

class Addresses {
 public:
  // kSettings when an address has no URL for these values or the URL is not plain http(s).
  static base::Result<Addresses> resolve(const catalogue::Source& source,
                                         const std::map<std::string, std::string>& values);

  // With the base path, without a '/' at the end. The name must be one of the catalogue's.
  const std::string& base(std::string_view name) const;
  // Scheme, host and port only.
  std::string origin(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> bases_;
};

// The value of a connection field: what the admin wrote, else the catalogue's fallback.
std::string field_value(const catalogue::Source& source,
                        const std::map<std::string, std::string>& values, std::string_view field);

// Puts values in place of "{name}". kSettings for a name that `value_of` does not know.
using ValueOf = std::function<std::optional<std::string>(std::string_view name)>;
base::Result<std::string> fill_placeholders(std::string_view text, const ValueOf& value_of);

// "path?a=1&b=2"; a path that has a query already gets more of it. Names and values are encoded,
// but what RFC 3986 allows in a query and no form decoder reads differently stays readable
// ("$top").
using Parameters = std::vector<std::pair<std::string, std::string>>;
std::string with_parameters(std::string path, const Parameters& parameters);

// Asks for these fields, where the request can: section=A,B or section=A&section=B.
Parameters field_parameters(const catalogue::Request& request,
                            const std::vector<std::string>& fields);

}  // namespace muster::source
