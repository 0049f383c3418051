#include "net/curl_exchange.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "net/address_policy.h"
#include "net/curl_error.h"
#include "net/gzip.h"
#include "net/http_framing.h"

namespace muster::net {
namespace {

using base::Error;
using base::ErrorKind;

constexpr long kConnectTimeoutMs = 15'000;
constexpr std::size_t kMostReserved = std::size_t{8} << 20;  // an announced length is only a claim

std::string numeric_address(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = "";
  const void* bytes = nullptr;
  if (address.sa_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  } else if (address.sa_family == AF_INET6) {
    bytes = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  }
  if (bytes != nullptr) inet_ntop(address.sa_family, bytes, text, sizeof text);
  return text;
}

bool may_repeat(std::string_view method) { return method != "POST" && method != "PATCH"; }

template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(easy, option, value);
  MUSTER_CHECK(code == CURLE_OK, "libcurl takes every option that is set here");
}

bool is_single_gzip(std::string_view coding) {
  return base::equals_ignoring_case(coding, "gzip") || base::equals_ignoring_case(coding, "x-gzip");
}

}  // namespace

CurlExchange::CurlExchange(base::Scheduler& scheduler)
    : easy_(curl_easy_init()), monitor_(scheduler) {
  MUSTER_CHECK(easy_ != nullptr, "libcurl has memory for a handle");
}

CurlExchange::~CurlExchange() {
  clear_headers();
  curl_easy_cleanup(easy_);
}

base::Status CurlExchange::prepare(const Request& request) {
  MUSTER_CHECK(request.trust != nullptr, "every request says whom it trusts");
  url_ = TRY(parse_url(request.url));
  if (!url_.user_info.empty()) {
    return Error{ErrorKind::kSettings, "url", "A URL must not carry a user name or password."};
  }
  if (url_.scheme == "http" && !request.trust->allow_private_address) {
    return Error{ErrorKind::kDenied, "address_not_allowed",
                 fmt::format("http://{} is not encrypted. Use https://.", url_.host)};
  }
  request_ = &request;
  response_ = {};
  fault_ = Fault::kNone;
  address_tried_ = sent_ = body_begun_ = beginning_told_ = done_ = was_cancelled_ = false;
  header_count_ = header_bytes_ = 0;
  detail_[0] = '\0';
  stop_wanted = false;
  curl_easy_reset(easy_);  // keeps the TLS sessions, which save a round trip
  TRY(set_headers());
  set_transport_options();
  set_trust_options();
  set_method_options();
  if (request.signing) set_signing_options(*request.signing);
  return {};
}

void CurlExchange::set_transport_options() {
  set(easy_, CURLOPT_PRIVATE, this);
  set(easy_, CURLOPT_URL, request_->url.c_str());
  set(easy_, CURLOPT_PATH_AS_IS, 1L);  // a next link goes back byte for byte
  // libcurl 7.88 reports HTTP/2 bodies that were cut off as complete (measured: 118 to 131 of 400);
  // https://github.com/curl/curl/pull/10693. Over HTTP/1.1 it notices whatever can be noticed.
  set(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy_, CURLOPT_PROTOCOLS_STR,
      request_->trust->allow_private_address ? "http,https" : "https");
  set(easy_, CURLOPT_FOLLOWLOCATION, 0L);  // a redirect would take the credentials along
  set(easy_, CURLOPT_PROXY, "");           // not from the environment: it would see every address
  set(easy_, CURLOPT_NOSIGNAL, 1L);        // several threads
  set(easy_, CURLOPT_ERRORBUFFER, detail_.data());
  set(easy_, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  // Bounds a peer that drips, too. libcurl's low-speed limit would do so earlier, but counts the
  // time before the first byte as slow and would end requests that a service thinks about for a
  // minute.
  const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(request_->timeout).count();
  set(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(timeout, 1)));
  set(easy_, CURLOPT_TCP_KEEPALIVE, 1L);  // a firewall that forgot the connection shows itself
  set(easy_, CURLOPT_TCP_KEEPIDLE, 60L);
  set(easy_, CURLOPT_TCP_KEEPINTVL, 30L);
  set(easy_, CURLOPT_HEADERFUNCTION, on_header);
  set(easy_, CURLOPT_HEADERDATA, this);
  set(easy_, CURLOPT_WRITEFUNCTION, on_body);
  set(easy_, CURLOPT_WRITEDATA, this);
}

// One multi handle serves every Trust: libcurl itself reuses a connection only for the same CAINFO,
// and on_before_request judges the address of a connection again each time it is used.
void CurlExchange::set_trust_options() {
  set(easy_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(easy_, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy_, CURLOPT_SSL_VERIFYHOST, 2L);
  // Beside it stands Debian's compiled-in CAPATH, a folder in which OpenSSL looks up only the
  // certificate it needs; reading the whole system bundle for each connection would cost
  // milliseconds.
  if (!request_->trust->ca_file.empty()) {
    set(easy_, CURLOPT_CAINFO, request_->trust->ca_file.c_str());
  }
  set(easy_, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
  set(easy_, CURLOPT_OPENSOCKETDATA, this);
  set(easy_, CURLOPT_PREREQFUNCTION, on_before_request);
  set(easy_, CURLOPT_PREREQDATA, this);
}

void CurlExchange::set_method_options() {
  const std::string& method = request_->method;
  if (method == "HEAD") {
    set(easy_, CURLOPT_NOBODY, 1L);
  } else if (method != "GET" && (method != "DELETE" || !request_->body.empty())) {
    set(easy_, CURLOPT_POST, 1L);
    set(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_->body.size()));
    set(easy_, CURLOPT_POSTFIELDS, request_->body.data());  // not copied
    set(easy_, CURLOPT_CUSTOMREQUEST, method.c_str());
  } else {
    set(easy_, CURLOPT_HTTPGET, 1L);
    set(easy_, CURLOPT_CUSTOMREQUEST, method.c_str());
  }
}

// libcurl signs every line of the list, also one that only takes a header away: then it would sign
// what is not sent. So a body is announced (Expect), which S3 answers before it is sent, and what a
// proxy may change is not in the list.
base::Status CurlExchange::set_signed_headers(const Signing& signing) {
  if (!request_->body.empty() && find_header(request_->headers, "Content-Type") == nullptr) {
    TRY(add_header("Content-Type", "application/octet-stream"));
  }
  if (!signing.session_token.empty()) {
    TRY(add_header("x-amz-security-token", signing.session_token.reveal()));
  }
  set(easy_, CURLOPT_HTTPHEADER, header_lines_);
  set(easy_, CURLOPT_USERAGENT, "muster/" MUSTER_VERSION);
  return {};
}

void CurlExchange::set_signing_options(const Signing& signing) {
  const std::string provider = fmt::format("aws:amz:{}:{}", signing.region, signing.service);
  std::string secret(signing.secret.reveal());
  set(easy_, CURLOPT_AWS_SIGV4, provider.c_str());
  set(easy_, CURLOPT_USERNAME, signing.key_id.c_str());
  set(easy_, CURLOPT_PASSWORD, secret.c_str());
  OPENSSL_cleanse(secret.data(), secret.size());
}

base::Status CurlExchange::set_headers() {
  clear_headers();
  for (const Header& header : request_->headers) TRY(add_header(header.name, header.value));
  if (!request_->bearer.empty()) {
    std::string value = "Bearer " + std::string(request_->bearer.reveal());
    const base::Status added = add_header("Authorization", value);
    OPENSSL_cleanse(value.data(), value.size());
    TRY(added);
  }
  for (const auto& [name, value] : request_->secret_headers) TRY(add_header(name, value.reveal()));
  if (request_->signing) return set_signed_headers(*request_->signing);
  if (find_header(request_->headers, "User-Agent") == nullptr) {
    TRY(add_header("User-Agent", "muster/" MUSTER_VERSION));
  }
  // Unpacked by ourselves: on the caller's thread instead of the shared one, within our limits, and
  // with an error when the packed bytes end too early, which libcurl lets pass.
  TRY(add_header("Accept-Encoding", "gzip"));
  // libcurl would ask before sending a body, and would call it a form.
  header_lines_ = curl_slist_append(header_lines_, "Expect:");
  if (find_header(request_->headers, "Content-Type") == nullptr) {
    header_lines_ = curl_slist_append(header_lines_, "Content-Type:");
  }
  set(easy_, CURLOPT_HTTPHEADER, header_lines_);
  return {};
}

base::Status CurlExchange::add_header(std::string_view name, std::string_view value) {
  if (!is_token(name) || !is_field_value(value)) {
    return Error{ErrorKind::kSettings, "header",
                 fmt::format("The value for the header {} holds a line break or control character.",
                             base::printable(name))};
  }
  // libcurl's way to send an empty header; with a colon it would mean "leave it out".
  std::string line = value.empty() ? fmt::format("{};", name) : fmt::format("{}: {}", name, value);
  header_lines_ = curl_slist_append(header_lines_, line.c_str());
  OPENSSL_cleanse(line.data(), line.size());
  return {};
}

void CurlExchange::clear_headers() {
  for (curl_slist* line = header_lines_; line != nullptr; line = line->next) {
    OPENSSL_cleanse(line->data, std::strlen(line->data));  // one of them is a credential
  }
  curl_slist_free_all(std::exchange(header_lines_, nullptr));
}

void CurlExchange::finish(CURLcode code) {
  base::Monitor::Lock lock(monitor_);
  code_ = code;
  done_ = true;
  monitor_.notify_all();
}

void CurlExchange::finish_cancelled() {
  base::Monitor::Lock lock(monitor_);
  was_cancelled_ = true;
  done_ = true;
  monitor_.notify_all();
}

void CurlExchange::wait() {
  base::Monitor::Lock lock(monitor_);
  lock.wait([&] { return done_; });
}

base::Result<Response> CurlExchange::take() {
  clear_headers();
  if (was_cancelled_) return cancelled();
  if (code_ != CURLE_OK) return describe_failure();
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  response_.status = static_cast<int>(status);
  response_.wire_bytes = response_.body.size();
  TRY(unpack());
  return std::move(response_);
}

base::Status CurlExchange::unpack() {
  if (!TRY(is_packed()) || response_.body.empty()) return {};
  response_.body = TRY_AT(gunzip(response_.body, request_->max_body), url_.host);
  return {};
}

base::Result<bool> CurlExchange::is_packed() const {
  std::string_view coding = "identity";
  int codings = 0;
  for (const Header& header : response_.headers) {
    if (!base::equals_ignoring_case(header.name, "Content-Encoding")) continue;
    coding = header.value;
    ++codings;
  }
  if (codings > 1 || coding.find(',') != std::string_view::npos) {
    return Error{ErrorKind::kLimit, "source_protocol",
                 fmt::format("{} packed its answer more than once.", url_.host)};
  }
  if (response_.body.empty() || base::equals_ignoring_case(coding, "identity")) return false;
  if (!is_single_gzip(coding)) {
    return Error{ErrorKind::kMalformed, "source_protocol",
                 fmt::format("{} answered in the encoding '{}'; asked for was gzip.", url_.host,
                             base::printable(coding))};
  }
  return true;
}

Error CurlExchange::describe_failure() const {
  // A refused address is the reason only when no other address of the host could be tried.
  const bool other_address_failed =
      fault_ == Fault::kAddress && address_tried_ && code_ != CURLE_ABORTED_BY_CALLBACK;
  if (fault_ != Fault::kNone && !other_address_failed) return describe_fault(fault_);
  // How libcurl says that a single header line is longer than its own 100 KiB.
  if (code_ == CURLE_OUT_OF_MEMORY && !body_begun_) return describe_fault(Fault::kHeaders);
  return describe({easy_, code_, detail_.data()}, *request_, url_);
}

Error CurlExchange::describe_fault(Fault fault) const {
  switch (fault) {
    case Fault::kAddress:
      return {
          ErrorKind::kDenied, "address_not_allowed",
          classify(refused_address_) == AddressClass::kForbidden
              ? fmt::format("{} leads to {}, which no source may use.", url_.host, refused_address_)
              : fmt::format("{} leads to {}, an address of your own network. For a system of "
                            "your own set allow_private_address (with https, or http on this "
                            "machine only).",
                            url_.host, refused_address_)};
    case Fault::kHeaders:
      return {ErrorKind::kLimit, "source_protocol",
              fmt::format("{} sent more than {} headers or {} of them.", url_.host, kMostHeaders,
                          base::format_bytes(kMostHeaderBytes))};
    case Fault::kBody:
      return {ErrorKind::kLimit, "source_protocol",
              fmt::format("{} sent an answer larger than {}.", url_.host,
                          base::format_bytes(request_->max_body))};
    case Fault::kSentTwice:
    case Fault::kNone: break;
  }
  return {ErrorKind::kUnavailable, "source_unavailable",
          fmt::format("{} closed the connection before it answered.", url_.host)};
}

bool CurlExchange::is_allowed_address(std::string_view numeric) {
  const AddressClass address_class = classify(numeric);
  const bool allowed = url_.scheme == "http"
                           ? address_class == AddressClass::kLoopback
                           : is_allowed(address_class, request_->trust->allow_private_address);
  if (!allowed) {
    fault_ = Fault::kAddress;
    refused_address_ = numeric;
  }
  return allowed;
}

bool CurlExchange::take_header(std::string_view line) {
  if (body_begun_) return true;  // a trailer: nothing we know uses one
  header_bytes_ += line.size();
  if (++header_count_ > kMostHeaders || header_bytes_ > kMostHeaderBytes) {
    fault_ = Fault::kHeaders;
    return false;
  }
  if (line.starts_with("HTTP/")) {
    response_.headers.clear();  // what came before was an interim answer such as 100 or 103
    return true;
  }
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    response_.headers.push_back(
        {std::string(line.substr(0, colon)), std::string(base::trim(line.substr(colon + 1)))});
  }
  return true;
}

bool CurlExchange::take_body(std::string_view bytes) {
  if (!std::exchange(body_begun_, true)) {
    curl_off_t announced = -1;
    curl_easy_getinfo(easy_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    const auto length = static_cast<std::size_t>(std::max<curl_off_t>(announced, 0));
    if (length <= request_->max_body) response_.body.reserve(std::min(length, kMostReserved));
  }
  if (response_.body.size() + bytes.size() > request_->max_body) {
    fault_ = Fault::kBody;
    return false;
  }
  response_.body.append(bytes);
  if (request_->on_beginning && !beginning_told_) beginning_told_ = tell_beginning();
  return true;
}

bool CurlExchange::tell_beginning() const {
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  const base::Result<bool> packed = is_packed();
  if (status < 200 || status >= 300 || !packed.ok()) return true;  // nothing to tell
  const std::string_view body = std::string_view(response_.body).substr(0, kBeginning);
  const bool enough =
      request_->on_beginning(*packed ? std::string_view(gunzip_beginning(body, kBeginning)) : body);
  return enough || response_.body.size() >= kBeginning;
}

std::size_t CurlExchange::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  const std::string_view line(data, size * count);
  return static_cast<CurlExchange*>(self)->take_header(line) ? line.size() : 0;
}

std::size_t CurlExchange::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  const std::string_view bytes(data, size * count);
  return static_cast<CurlExchange*>(self)->take_body(bytes) ? bytes.size() : CURL_WRITEFUNC_ERROR;
}

// The address that is judged here is the one connected to, so a name that resolves differently a
// moment later gains nothing.
curl_socket_t CurlExchange::on_open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  if (!exchange.is_allowed_address(numeric_address(address->addr))) return CURL_SOCKET_BAD;
  exchange.address_tried_ = true;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int CurlExchange::on_before_request(void* self, char* peer, char*, int, int) {
  auto& exchange = *static_cast<CurlExchange*>(self);
  exchange.fault_ = Fault::kNone;  // another address of the host was refused, this one is not
  if (!exchange.is_allowed_address(peer)) return CURL_PREREQFUNC_ABORT;
  // libcurl silently sends again when a kept connection dies without an answer. The first one may
  // have been acted upon, so for what must not happen twice the caller has to decide.
  if (std::exchange(exchange.sent_, true) && !may_repeat(exchange.request_->method)) {
    exchange.fault_ = Fault::kSentTwice;
    return CURL_PREREQFUNC_ABORT;
  }
  return CURL_PREREQFUNC_OK;
}

}  // namespace muster::net
