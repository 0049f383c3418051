#include "net/http_answer.h"

#include <fmt/format.h>

#include <algorithm>

#include "net/gzip.h"
#include "net/http_framing.h"

namespace muster::net {
namespace {

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Status";  // the phrase means nothing to a client, it must only be there
  }
}

bool may_have_body(int status) { return status >= 200 && status != 204 && status != 304; }

bool is_safe(const Header& header) { return is_token(header.name) && is_field_value(header.value); }

void append_line(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

void pack_body(ServerResponse& response, const AnswerTraits& traits) {
  if (!response.gzip || !traits.gzip_accepted || !may_have_body(response.status)) return;
  response.body = gzip(body_of(response));
  response.shared_body.reset();
  response.headers.push_back({"Content-Encoding", "gzip"});
  response.headers.push_back({"Vary", "Accept-Encoding"});
}

std::string_view body_of(const ServerResponse& response) {
  if (!may_have_body(response.status)) return {};
  return response.shared_body ? std::string_view(*response.shared_body) : response.body;
}

std::string make_head(ServerResponse& response, std::string_view date, const AnswerTraits& traits) {
  if (!std::all_of(response.headers.begin(), response.headers.end(), is_safe)) {
    response = plain_answer(500, "The answer held a header that cannot be sent.");
  }
  const auto is_set = [&](std::string_view name) {
    return find_header(response.headers, name) != nullptr;
  };
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
  for (const Header& header : response.headers) append_line(head, header.name, header.value);
  if (may_have_body(response.status) && !is_set("Content-Length") && !is_set("Transfer-Encoding")) {
    append_line(head, "Content-Length", std::to_string(body_of(response).size()));
  }
  if (!is_set("Date")) append_line(head, "Date", date);
  if (!traits.keep_alive && !is_set("Connection")) append_line(head, "Connection", "close");
  return head += "\r\n";
}

ServerResponse plain_answer(int status, std::string_view text) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::string(text) + "\n"};
}

}  // namespace muster::net
