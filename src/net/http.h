// Requests and answers as plain values, and the client interface every caller takes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "base/secret.h"

namespace muster::net {

struct Header {
  std::string name;
  std::string value;
};

// The first header with this name, ignoring case.
const std::string* find_header(const std::vector<Header>& headers, std::string_view name);

// Which addresses a request may reach, and whom it trusts. One per connection of the importer.
struct Trust {
  bool allow_private_address = false;  // private and loopback too, and plain http to loopback only
  std::string ca_file;                 // extra PEM bundle beside the system's; empty: none
};

// AWS Signature Version 4, by which services that speak S3 know who asks. libcurl signs; it wants
// the query sorted and encoded as it is signed, and the header x-amz-content-sha256 from whoever
// makes the request.
struct Signing {
  std::string region;
  std::string service = "s3";
  std::string key_id;
  base::Secret secret;
  base::Secret session_token;  // of keys that are lent for a while; empty: none
};

// Told how the body of a 2xx answer begins (unpacked, at most kBeginning bytes of it) while the
// rest is still under way, again with more until it returns true. On the client's own thread, so it
// must be quick. A repeated request may tell it again. Only for what can be done without: a client
// need not call it.
using OnBeginning = std::function<bool(std::string_view)>;
inline constexpr std::size_t kBeginning = std::size_t{16} << 10;

struct Request {
  std::string method = "GET";
  std::string url;  // absolute, sent byte for byte
  std::vector<Header> headers;
  std::string body;
  base::Secret bearer;  // becomes "Authorization: Bearer ..."; empty: none
  std::vector<std::pair<std::string, base::Secret>> secret_headers;  // e.g. DD-API-KEY
  std::shared_ptr<const Trust> trust;                                // required
  base::Duration timeout = std::chrono::seconds(120);                // the whole exchange
  std::size_t max_body = std::size_t{64} << 20;  // of the answer, after decompression
  OnBeginning on_beginning{};
  std::shared_ptr<const Signing> signing{};  // null: none
};

struct Response {
  int status = 0;
  std::vector<Header> headers;
  std::string body;              // decompressed
  std::uint64_t wire_bytes = 0;  // body bytes as received
  base::Duration duration{0};
  // By a lane: an attempt before this one failed and may have been acted on all the same.
  bool may_be_a_repeat = false;
};

// One exchange; no retries, no redirects (a 3xx comes back as it is). Any thread; blocks.
// Errors:
//   kUnavailable `source_unavailable`: resolve, connect, TLS, reset, cut-off body, time-out
//   kLimit `source_protocol`: body or header limits, expansion bombs, stacked encodings
//   kMalformed `source_protocol`: an encoding that was not asked for
//   kDenied `address_not_allowed`, `certificate_not_trusted`: only a person can change that
//   kSettings: a URL, ca_file or header that cannot be used
//   kCancelled
// Messages name the host, never the query, a header or the body.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual base::Result<Response> send(const Request& request, const base::Stop& stop) = 0;
};

// libcurl on one thread of its own, HTTP/1.1, keep-alive, gzip. curl_exchange.cc says each option's
// reason. Destroy it after the last send() has come back.
std::unique_ptr<HttpClient> make_curl_client(base::Scheduler& scheduler);

}  // namespace muster::net
