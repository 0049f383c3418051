#include "net/http.h"

#include "base/text.h"

namespace muster::net {

const std::string* find_header(const std::vector<Header>& headers, std::string_view name) {
  for (const Header& header : headers) {
    if (base::equals_ignoring_case(header.name, name)) return &header.value;
  }
  return nullptr;
}

}  // namespace muster::net
