// Asio moves the bytes, Beast parses them after http_framing has judged the head. Everything of a
// connection happens on the I/O thread; only handlers and gzip run on workers.
#include "net/http_server.h"

#ifdef __SANITIZE_THREAD__
// Asio's fences are beyond ThreadSanitizer, which says so; its queues also lock, which is enough.
#pragma GCC diagnostic ignored "-Wtsan"
#endif

#include <openssl/ssl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <thread>
#include <unordered_map>

#include "base/text.h"
#include "net/gzip.h"
#include "net/http_answer.h"
#include "net/http_date.h"
#include "net/http_framing.h"
#include "net/worker_pool.h"

namespace muster::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxHead = std::size_t{16} << 10;
constexpr std::size_t kReadSize = std::size_t{64} << 10;
// What the parser may leave unread: a chunk's size line, for which Beast itself has no limit.
constexpr std::size_t kMaxUnparsed = std::size_t{16} << 10;
constexpr std::size_t kTlsRecord = std::size_t{16} << 10;
constexpr std::size_t kSlowestBytesPerSecond = std::size_t{32} << 10;
constexpr auto kLingerTime = std::chrono::milliseconds(2'000);
constexpr auto kStopLingerTime = std::chrono::milliseconds(200);
constexpr auto kStopTime = std::chrono::seconds(5);
constexpr auto kAcceptPause = std::chrono::milliseconds(100);

std::chrono::seconds time_for(std::size_t bytes) {
  return std::chrono::seconds(bytes / kSlowestBytesPerSecond);
}

// A socket with or without TLS, so that a connection is written once.
class Transport {
 public:
  Transport(tcp::socket socket, asio::ssl::context* tls) : socket_(std::move(socket)) {
    if (tls != nullptr) tls_.emplace(socket_, *tls);
  }

  bool is_tls() const { return tls_.has_value(); }
  std::string peer() const {
    boost::system::error_code gone;
    const tcp::endpoint other = socket_.remote_endpoint(gone);
    return gone ? std::string() : other.address().to_string();
  }
  tcp::socket& socket() { return socket_; }

  template <typename Done>
  void handshake(Done&& done) {
    tls_->async_handshake(asio::ssl::stream_base::server, std::forward<Done>(done));
  }
  template <typename Done>
  void shutdown(Done&& done) {
    tls_->async_shutdown(std::forward<Done>(done));
  }
  template <typename Done>
  void read_some(asio::mutable_buffer buffer, Done&& done) {
    if (tls_) {
      tls_->async_read_some(buffer, std::forward<Done>(done));
    } else {
      socket_.async_read_some(buffer, std::forward<Done>(done));
    }
  }
  template <typename Buffers, typename Done>
  void write(const Buffers& buffers, Done&& done) {
    if (tls_) {
      asio::async_write(*tls_, buffers, std::forward<Done>(done));
    } else {
      asio::async_write(socket_, buffers, std::forward<Done>(done));
    }
  }

 private:
  tcp::socket socket_;
  std::optional<asio::ssl::stream<tcp::socket&>> tls_;
};

class Connection;

// What the connections share; used on the I/O thread except where noted.
class Core {
 public:
  Core(ServerSettings server_settings, HttpServer::Handler server_handler)
      : settings(std::move(server_settings)), handler(std::move(server_handler)) {}

  base::Status start();  // on the caller's thread, like stop()
  void stop();
  std::string_view date_now();
  void forget(std::uint64_t connection);

  const ServerSettings settings;
  const HttpServer::Handler handler;  // on workers
  asio::io_context io{1};
  std::optional<asio::ssl::context> tls;
  std::unordered_map<std::uint64_t, Connection*> connections;
  WorkerPool workers;
  std::uint16_t port = 0;
  bool stopping = false;

 private:
  base::Status load_certificate();
  base::Status listen();
  void accept();
  void sweep();
  void begin_stop();
  void end_when_empty();

  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work_;
  tcp::acceptor acceptor_{io};
  asio::steady_timer accept_timer_{io};
  asio::steady_timer sweep_timer_{io};
  std::uint64_t last_connection_ = 0;
  Clock::time_point stop_deadline_ = Clock::time_point::max();
  std::int64_t date_second_ = 0;
  std::string date_;
  std::thread thread_;
};

// One client. Reads a request, hands it to a worker, writes the answer, and only then looks at the
// next: that keeps the order and lets a client that sends ahead wait in its own socket buffer.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Core& core, tcp::socket socket, std::uint64_t id)
      : core_(core),
        transport_(std::move(socket), core.tls ? &*core.tls : nullptr),
        timer_(core.io),
        id_(id) {
    core_.connections.emplace(id_, this);
  }
  ~Connection() { core_.forget(id_); }

  void start();
  void close_if_late(Clock::time_point now) {
    if (now >= deadline_) close_now();
  }
  void wind_down();  // the server stops: let an answer finish, end everything else
  void close_now();

 private:
  using Parser = http::request_parser<http::string_body>;
  enum class Phase { kReading, kHandling, kPausing, kWriting, kClosing };

  void set_deadline(std::chrono::milliseconds time) { deadline_ = Clock::now() + time; }
  void read();
  void advance();
  bool take_head();
  bool continue_expected() const;
  void take_body();
  void refuse(int status, std::string_view text);
  void dispatch();
  static void handle(std::shared_ptr<Connection> self, ServerRequest&& request);  // on a worker
  void answer(ServerResponse&& response);
  void write_answer();
  void write_all();
  void drip(std::size_t position);
  void written(error_code error);
  void close_politely();
  void drain();
  void reset();

  Core& core_;
  Transport transport_;
  asio::steady_timer timer_;
  const std::uint64_t id_;
  Phase phase_ = Phase::kReading;
  Clock::time_point deadline_ = Clock::time_point::max();

  boost::beast::flat_buffer buffer_;
  HeadScanner scanner_;
  std::optional<Parser> parser_;  // from the complete head to the complete body
  bool request_begun_ = false;
  Clock::time_point body_begun_;
  std::size_t body_received_ = 0;

  AnswerTraits traits_;
  ServerResponse response_;
  std::string head_;
  std::string_view body_;
};

std::string_view view_of(const boost::beast::flat_buffer& buffer) {
  return {static_cast<const char*>(buffer.data().data()), buffer.size()};
}

void Connection::start() {
  error_code ignored;
  transport_.socket().set_option(tcp::no_delay(true), ignored);
  set_deadline(core_.settings.header_timeout);
  if (!transport_.is_tls()) return advance();
  transport_.handshake([self = shared_from_this()](error_code error) {
    if (!error) self->advance();
  });
}

void Connection::read() {
  transport_.read_some(buffer_.prepare(kReadSize),
                       [self = shared_from_this()](error_code error, std::size_t size) {
                         if (error) return self->close_now();
                         self->buffer_.commit(size);
                         self->body_received_ += size;
                         self->advance();
                       });
}

void Connection::advance() {
  phase_ = Phase::kReading;
  if (core_.stopping) return close_now();
  if (parser_) return take_body();
  if (buffer_.size() == 0) {
    set_deadline(core_.settings.idle_timeout);
    return read();
  }
  if (!std::exchange(request_begun_, true)) set_deadline(core_.settings.header_timeout);
  if (!take_head()) return;
  body_begun_ = Clock::now();
  body_received_ = 0;
  if (!continue_expected()) return take_body();
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  transport_.write(asio::buffer(kContinue),
                   [self = shared_from_this()](error_code error, std::size_t) {
                     if (error) return self->close_now();
                     self->take_body();
                   });
}

// True once the head is complete, judged and parsed.
bool Connection::take_head() {
  const auto outcome = scanner_.scan(view_of(buffer_));
  if (outcome == HeadScanner::Outcome::kBad) {
    refuse(400, "The request holds a control byte or a bare line end.");
    return false;
  }
  if (scanner_.length() > kMaxHead) {
    refuse(431, "The request's headers are too large.");
    return false;
  }
  if (outcome == HeadScanner::Outcome::kIncomplete) {
    read();
    return false;
  }
  if (const auto fault = check_head(view_of(buffer_).substr(0, scanner_.length()))) {
    refuse(400, *fault);
    return false;
  }
  parser_.emplace();
  parser_->header_limit(kMaxHead);
  parser_->body_limit(core_.settings.max_body);
  error_code error;
  buffer_.consume(parser_->put(buffer_.data(), error));
  if (error == http::error::body_limit) {
    refuse(413, "The request's body is too large.");
    return false;
  }
  if (error || !parser_->is_header_done()) {
    refuse(400, "The request's head cannot be understood.");
    return false;
  }
  parser_->eager(true);
  return true;
}

bool Connection::continue_expected() const {
  return !parser_->is_done() && buffer_.size() == 0 &&
         parser_->get().find(http::field::expect) != parser_->get().end();
}

void Connection::take_body() {
  while (!parser_->is_done() && buffer_.size() > 0) {
    error_code error;
    const std::size_t used = parser_->put(buffer_.data(), error);
    buffer_.consume(used);
    if (error == http::error::need_more || (!error && used == 0)) break;
    if (error == http::error::body_limit) return refuse(413, "The request's body is too large.");
    if (error) return refuse(400, "The request's body cannot be understood.");
  }
  if (parser_->is_done()) return dispatch();
  if (buffer_.size() > kMaxUnparsed) return refuse(400, "A chunk's size line is too long.");
  deadline_ = body_begun_ + core_.settings.body_timeout + time_for(body_received_);
  read();
}

void Connection::refuse(int status, std::string_view text) {
  traits_ = {.keep_alive = false};
  answer(plain_answer(status, text));
}

void Connection::dispatch() {
  auto& message = parser_->get();
  traits_ = {.keep_alive = message.keep_alive(), .head_only = message.method() == http::verb::head};
  ServerRequest request{.method = std::string(message.method_string()),
                        .target = std::string(message.target()),
                        .body = std::move(message.body()),
                        .connection = id_,
                        .peer = transport_.peer()};
  for (const auto& field : message) {
    request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  if (const std::string* accepted = find_header(request.headers, "Accept-Encoding")) {
    traits_.gzip_accepted = accepts_gzip(*accepted);
  }
  parser_.reset();
  scanner_ = {};
  request_begun_ = false;
  phase_ = Phase::kHandling;
  deadline_ = Clock::time_point::max();
  core_.workers.push([self = shared_from_this(), taken = std::move(request)]() mutable {
    handle(std::move(self), std::move(taken));
  });
}

// The worker gives its reference away with the answer: the last one must go on the I/O thread,
// because the destructor changes the core.
void Connection::handle(std::shared_ptr<Connection> self, ServerRequest&& request) {
  ServerResponse response;
  try {
    response = self->core_.handler(std::move(request));
  } catch (const std::exception&) {
    // A handler's failure must not end the process for everybody else.
    response = plain_answer(500, "The request could not be handled.");
  }
  pack_body(response, self->traits_);
  asio::io_context& io = self->core_.io;
  asio::post(io, [owned = std::move(self), made = std::move(response)]() mutable {
    owned->answer(std::move(made));
  });
}

void Connection::answer(ServerResponse&& response) {
  if (!transport_.socket().is_open()) return;
  response_ = std::move(response);
  if (response_.delay.count() == 0) return write_answer();
  phase_ = Phase::kPausing;
  deadline_ = Clock::time_point::max();
  timer_.expires_after(response_.delay);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (!error) self->write_answer();
  });
}

void Connection::write_answer() {
  if (response_.reset) return reset();
  const bool cut = response_.cut_after >= 0;
  const std::string* connection = find_header(response_.headers, "Connection");
  const bool asked_to_close = connection && base::equals_ignoring_case(*connection, "close");
  traits_.keep_alive = traits_.keep_alive && !cut && !asked_to_close && !core_.stopping;
  head_ = make_head(response_, core_.date_now(), traits_);
  body_ = traits_.head_only ? std::string_view() : body_of(response_);
  if (cut) body_ = body_.substr(0, static_cast<std::size_t>(response_.cut_after));
  if (response_.drip.count() == 0) return write_all();
  phase_ = Phase::kWriting;
  set_deadline(core_.settings.body_timeout);
  transport_.write(asio::buffer(head_), [self = shared_from_this()](error_code error, std::size_t) {
    if (error) return self->close_now();
    self->drip(0);
  });
}

void Connection::write_all() {
  phase_ = Phase::kWriting;
  set_deadline(core_.settings.body_timeout + time_for(body_.size()));
  if (transport_.is_tls()) {
    // Asio encrypts buffer by buffer: without this a small answer would be two records, two
    // packets.
    const std::size_t joined =
        std::min(body_.size(), kTlsRecord - std::min(kTlsRecord, head_.size()));
    head_.append(body_.substr(0, joined));
    body_.remove_prefix(joined);
  }
  const std::array<asio::const_buffer, 2> buffers = {asio::buffer(head_), asio::buffer(body_)};
  transport_.write(buffers, [self = shared_from_this()](error_code error, std::size_t) {
    self->written(error);
  });
}

void Connection::drip(std::size_t position) {
  if (position == body_.size()) return written({});
  phase_ = Phase::kPausing;
  deadline_ = Clock::time_point::max();
  transport_.write(asio::buffer(body_.substr(position, 1)),
                   [self = shared_from_this(), position](error_code error, std::size_t) {
                     if (error) return self->close_now();
                     self->timer_.expires_after(self->response_.drip);
                     self->timer_.async_wait([self, position](error_code cancelled) {
                       if (!cancelled) self->drip(position + 1);
                     });
                   });
}

void Connection::written(error_code error) {
  if (error) return close_now();
  const bool cut = response_.cut_after >= 0;
  response_ = {};  // a shared body may be large
  if (traits_.keep_alive) return advance();
  phase_ = Phase::kClosing;
  set_deadline(core_.stopping ? kStopLingerTime : kLingerTime);
  if (!transport_.is_tls() || cut) return close_politely();  // a cut-off answer has no farewell
  transport_.shutdown([self = shared_from_this()](error_code) { self->close_politely(); });
}

// Closing with unread bytes would send a reset, which can overtake the answer on its way.
void Connection::close_politely() {
  error_code error;
  transport_.socket().shutdown(tcp::socket::shutdown_send, error);
  if (error) return close_now();
  drain();
}

void Connection::drain() {
  buffer_.clear();
  transport_.socket().async_read_some(buffer_.prepare(kReadSize),
                                      [self = shared_from_this()](error_code error, std::size_t) {
                                        if (error) return self->close_now();
                                        self->drain();
                                      });
}

void Connection::reset() {
  error_code ignored;
  transport_.socket().set_option(asio::socket_base::linger(true, 0), ignored);
  close_now();
}

void Connection::close_now() {
  error_code ignored;
  transport_.socket().close(ignored);
  timer_.cancel();
  deadline_ = Clock::time_point::max();
}

void Connection::wind_down() {
  if (phase_ == Phase::kReading || phase_ == Phase::kPausing) close_now();
  if (phase_ == Phase::kClosing) set_deadline(kStopLingerTime);
}

base::Error settings_error(std::string message) {
  return {base::ErrorKind::kSettings, "server", std::move(message)};
}

int choose_http_1_1(SSL*, const unsigned char** chosen, unsigned char* length,
                    const unsigned char* offered, unsigned offered_length, void*) {
  static constexpr std::string_view kOnly = "\x08http/1.1";
  const int outcome = SSL_select_next_proto(const_cast<unsigned char**>(chosen), length,
                                            reinterpret_cast<const unsigned char*>(kOnly.data()),
                                            kOnly.size(), offered, offered_length);
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

base::Status Core::start() {
  TRY(load_certificate());
  TRY(listen());
  work_.emplace(io.get_executor());
  accept();
  sweep();
  workers.start(std::max(1U, settings.workers));
  thread_ = std::thread([this] { io.run(); });
  return {};
}

base::Status Core::load_certificate() {
  if (settings.certificate_file.empty()) return {};
  tls.emplace(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(tls->native_handle(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(tls->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(tls->native_handle(), choose_http_1_1, nullptr);
  error_code error;
  tls->use_certificate_chain_file(settings.certificate_file, error);
  if (error) {
    return settings_error("Cannot use " + settings.certificate_file +
                          " as the server's certificate: " + error.message() + ".");
  }
  tls->use_private_key_file(settings.private_key_file, asio::ssl::context::pem, error);
  if (error) {
    return settings_error("Cannot use " + settings.private_key_file +
                          " as the server's private key: " + error.message() + ".");
  }
  return {};
}

base::Status Core::listen() {
  error_code error;
  const auto address = asio::ip::make_address(settings.address, error);
  if (error) return settings_error("'" + settings.address + "' is not a network address.");
  const tcp::endpoint endpoint(address, settings.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return settings_error(fmt::format("Cannot listen on {} port {}: {}.", settings.address,
                                      settings.port, error.message()));
  }
  port = acceptor_.local_endpoint().port();
  return {};
}

void Core::accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (stopping || error == asio::error::operation_aborted) return;
    if (error) {
      // Usually out of descriptors: trying again at once would only burn the processor.
      accept_timer_.expires_after(kAcceptPause);
      return accept_timer_.async_wait([this](error_code cancelled) {
        if (!cancelled) accept();
      });
    }
    if (connections.size() < settings.max_connections) {
      std::make_shared<Connection>(*this, std::move(socket), ++last_connection_)->start();
    }
    accept();
  });
}

// One timer for all deadlines: arming one per read and write costs more than looking now and then.
void Core::sweep() {
  const auto shortest = std::min(settings.header_timeout, settings.idle_timeout);
  sweep_timer_.expires_after(std::min<std::chrono::milliseconds>(kAcceptPause, shortest / 4));
  sweep_timer_.async_wait([this](error_code cancelled) {
    // Asked again because a timer that has already fired cannot be cancelled any more.
    if (cancelled || (stopping && connections.empty())) return;
    const auto now = Clock::now();
    for (const auto& [id, connection] : connections) {
      if (now >= stop_deadline_) {
        connection->close_now();
      } else {
        connection->close_if_late(now);
      }
    }
    sweep();
  });
}

std::string_view Core::date_now() {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (const auto second = now.time_since_epoch().count(); second != date_second_) {
    date_second_ = second;
    date_ = format_http_date(now);
  }
  return date_;
}

void Core::forget(std::uint64_t connection) {
  connections.erase(connection);
  end_when_empty();
}

void Core::begin_stop() {
  stopping = true;
  stop_deadline_ = Clock::now() + kStopTime;
  error_code ignored;
  acceptor_.close(ignored);
  accept_timer_.cancel();
  for (const auto& [id, connection] : connections) connection->wind_down();
  end_when_empty();
}

void Core::end_when_empty() {
  if (!stopping || !connections.empty()) return;
  work_.reset();
  sweep_timer_.cancel();
}

void Core::stop() {
  if (!thread_.joinable()) return;
  asio::post(io, [this] { begin_stop(); });
  thread_.join();
  workers.stop();
}

}  // namespace

struct HttpServer::State : Core {
  using Core::Core;
};

HttpServer::HttpServer(ServerSettings settings, Handler handler)
    : state_(std::make_unique<State>(std::move(settings), std::move(handler))) {}

HttpServer::~HttpServer() { stop(); }

base::Status HttpServer::start() { return state_->start(); }

void HttpServer::stop() { state_->stop(); }

std::uint16_t HttpServer::port() const { return state_->port; }

}  // namespace muster::net
