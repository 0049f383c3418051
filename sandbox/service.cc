#include "sandbox/service.h"

namespace muster::sandbox {

std::optional<std::string> Call::parameter(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

const std::string* Call::header(std::string_view name) const {
  return headers == nullptr ? nullptr : net::find_header(*headers, name);
}

net::ServerResponse json_response(int status, std::string body) {
  net::ServerResponse response;
  response.status = status;
  response.headers.push_back({"Content-Type", "application/json"});
  response.body = std::move(body);
  return response;
}

}  // namespace muster::sandbox
