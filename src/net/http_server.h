// A strict HTTP/1.1 server on Boost.Beast: asynchronous I/O on one thread, handlers on a few more.
//
// Refused with 400 and a close before any handler sees it: both Content-Length and
// Transfer-Encoding, repeated or non-digit Content-Length, any Transfer-Encoding but "chunked",
// missing or repeated Host, control bytes. Timers on header (10 s), body (30 s) and idle (60 s);
// caps on header (16 KiB), body (per server) and connections. Answers of one connection leave in
// the order of its requests. A slow or silent client costs a descriptor, never a thread.
//
//   HttpServer server({.address = "127.0.0.1", .port = 0, .workers = 2}, handler);
//   TRY(server.start());  use(server.port());  server.stop();
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http.h"

namespace muster::net {

struct ServerRequest {
  std::string method;
  std::string target;  // as received: "/graph/v1.0/users?$top=5"
  std::vector<Header> headers;
  std::string body;
  std::uint64_t connection = 0;  // same number for requests on one connection
  std::string peer;              // the client's address, without its port
};

struct ServerResponse {
  int status = 200;
  std::vector<Header> headers;  // Content-Length, Date and Connection are added; one set here
                                // is kept, which lets a test lie about the length
  std::string body;
  std::shared_ptr<const std::string> shared_body;  // sent instead of `body` when set; not copied
  bool gzip = false;                               // compress when the client accepts it

  // Faults, for the sandbox and tests. Zero / false: none.
  std::chrono::milliseconds delay{0};  // before answering; occupies no worker
  bool reset = false;                  // no answer but a TCP reset
  std::int64_t cut_after = -1;         // send only so many body bytes, then close
  std::chrono::milliseconds drip{0};   // pause after each byte of the body
};

struct ServerSettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: a free one
  unsigned workers = 2;
  std::size_t max_body = std::size_t{64} << 20;
  std::size_t max_connections = 1024;
  std::string certificate_file;  // PEM; with private_key_file: TLS
  std::string private_key_file;
  std::chrono::milliseconds header_timeout{10'000};
  std::chrono::milliseconds body_timeout{30'000};  // plus a second for each 32 KiB
  std::chrono::milliseconds idle_timeout{60'000};
};

class HttpServer {
 public:
  using Handler = std::function<ServerResponse(ServerRequest&&)>;  // on a worker thread

  HttpServer(ServerSettings settings, Handler handler);
  ~HttpServer();  // stops

  // kSettings: the address cannot be listened on, a TLS file cannot be read.
  base::Status start();
  // Idle connections close at once, answers under way get five seconds. Not from a handler.
  void stop();
  std::uint16_t port() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace muster::net
