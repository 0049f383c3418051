// The next-link policy: whatever a link looks like, it is either refused or goes to the very origin
// and path prefix the credential was issued for.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "net/url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace muster::net;
  static const std::string kBase = "https://graph.microsoft.com/v1.0";
  const std::string link(reinterpret_cast<const char*>(data), size);
  (void)parse_url(link);
  (void)without_query(link);
  (void)percent_encode(link);
  if (!check_same_origin(kBase, link).ok()) return 0;
  const auto url = parse_url(link);
  if (!url.ok()) std::abort();
  const bool same = url->scheme == "https" && url->host == "graph.microsoft.com" &&
                    url->port == 443 && url->user_info.empty() &&
                    url->path.substr(0, 5) == "/v1.0" &&
                    (url->path.size() == 5 || url->path[5] == '/');
  if (!same || url->path.find("/../") != std::string::npos) std::abort();
  return 0;
}
