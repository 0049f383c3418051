// Turning a handler's answer into the bytes that leave the server.
#pragma once

#include <string>
#include <string_view>

#include "net/http_server.h"

namespace muster::net {

struct AnswerTraits {
  bool keep_alive = true;
  bool head_only = false;  // HEAD: the length is told, the body stays here
  bool gzip_accepted = false;
};

// Packs the body when the handler asked for it and the client takes it.
void pack_body(ServerResponse& response, const AnswerTraits& traits);

// What goes after the head; valid as long as `response`.
std::string_view body_of(const ServerResponse& response);

// Status line and headers with the empty line. A header that would break out of its line turns the
// answer into a 500, so that no handler can be made to answer twice.
std::string make_head(ServerResponse& response, std::string_view date, const AnswerTraits& traits);

ServerResponse plain_answer(int status, std::string_view text);

}  // namespace muster::net
