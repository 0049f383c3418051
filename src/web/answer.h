// What goes back to a client, and how errors are told: problem documents (RFC 9457) with a stable
// `code`.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "net/http_server.h"

namespace muster::web {

// With the headers that every answer has.
net::ServerResponse json_answer(int status, std::string body,
                                std::string_view type = "application/json");
net::ServerResponse problem(int status, std::string_view code, std::string_view title,
                            std::string_view detail);
// By its kind and reason. What is nobody's fault but ours is told without details.
net::ServerResponse problem_of(const base::Error& error);

}  // namespace muster::web
