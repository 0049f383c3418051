// One request and its answer on a libcurl handle, used again for the next when it is done.
//
// Life: prepare() by the caller, then the I/O thread adds the handle to its multi handle; callbacks
// run there until finish(); wait() and take() by the caller. The request must outlive take().
#pragma once

#include <curl/curl.h>

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "net/http.h"
#include "net/url.h"

namespace muster::net {

// The most an answer's head may hold; services send about 20 lines and 2 KiB.
inline constexpr std::size_t kMostHeaders = 256;
inline constexpr std::size_t kMostHeaderBytes = std::size_t{64} << 10;

class CurlExchange {
 public:
  explicit CurlExchange(base::Scheduler& scheduler);
  ~CurlExchange();
  CurlExchange(const CurlExchange&) = delete;
  CurlExchange& operator=(const CurlExchange&) = delete;

  // kSettings or kDenied when the request may not be sent at all.
  base::Status prepare(const Request& request);
  void finish(CURLcode code);  // I/O thread, when the handle is out of the multi handle
  void finish_cancelled();     // likewise
  void wait();
  base::Result<Response> take();

  CURL* easy() const { return easy_; }
  // Set by whoever wants it stopped, read by the I/O thread.
  std::atomic<bool> stop_wanted{false};

 private:
  enum class Fault { kNone, kAddress, kHeaders, kBody, kSentTwice };

  void set_transport_options();
  void set_trust_options();
  void set_method_options();
  base::Status set_headers();
  base::Status set_signed_headers(const Signing& signing);
  void set_signing_options(const Signing& signing);
  base::Status add_header(std::string_view name, std::string_view value);
  void clear_headers();
  bool is_allowed_address(std::string_view numeric);
  bool take_header(std::string_view line);
  bool take_body(std::string_view bytes);
  bool tell_beginning() const;
  base::Error describe_fault(Fault fault) const;
  base::Error describe_failure() const;
  base::Result<bool> is_packed() const;
  base::Status unpack();

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_before_request(void* self, char* peer, char* local, int peer_port, int local_port);

  CURL* const easy_;
  curl_slist* header_lines_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> detail_{};

  const Request* request_ = nullptr;
  Url url_;
  Response response_;
  Fault fault_ = Fault::kNone;
  std::string refused_address_;
  bool address_tried_ = false;
  bool sent_ = false;
  bool body_begun_ = false;
  bool beginning_told_ = false;
  std::size_t header_count_ = 0;
  std::size_t header_bytes_ = 0;

  base::Monitor monitor_;  // guards done_, code_ and was_cancelled_
  bool done_ = false;
  bool was_cancelled_ = false;
  CURLcode code_ = CURLE_OK;
};

}  // namespace muster::net
