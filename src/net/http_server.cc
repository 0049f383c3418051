// Asio moves the bytes, Beast parses them after http_framing has judged the head. Everything of a
// connection happens on the I/O thread; only handlers and gzip run on workers.
#include "net/http_server.h"

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
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "base/text.h"
#include "net/gzip.h"
#include "net/http_date.h"
#include "net/http_framing.h"

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
constexpr auto kLingerTime = std::chrono::seconds(2);
constexpr auto kStopTime = std::chrono::seconds(5);
constexpr auto kAcceptPause = std::chrono::milliseconds(100);

std::chrono::milliseconds time_for(std::size_t bytes) {
  return std::chrono::seconds(bytes / kSlowestBytesPerSecond);
}

class Connection;

struct Job {
  std::shared_ptr<Connection> connection;
  ServerRequest request;
};

// Runs handlers. A plain pool: each handler may block, the I/O thread must not.
class Workers {
 public:
  using Run = std::function<void(Job&&)>;

  void start(unsigned count, Run run) {
    run_ = std::move(run);
    for (unsigned i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
  }

  void push(Job job) {
    {
      std::lock_guard lock(mutex_);
      jobs_.push_back(std::move(job));
    }
    changed_.notify_one();
  }

  void stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      Job job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      run_(std::move(job));
      lock.lock();
    }
  }

  Run run_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;  // guards jobs_ and stopping_
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
};

// A socket with or without TLS, so that a connection is written once.
class Transport {
 public:
  Transport(tcp::socket socket, asio::ssl::context* tls) : socket_(std::move(socket)) {
    if (tls != nullptr) tls_.emplace(socket_, *tls);
  }

  bool is_tls() const { return tls_.has_value(); }
  tcp::socket& socket() { return socket_; }

  template <typename Done>
  void handshake(Done&& done) {
    tls_->async_handshake(asio::ssl::stream_base::server, std::forward<Done>(done));
  }
  template <typename Done>
  void shutdown(Done&& done) {
    tls_->async_shutdown(std::forward<Done>(done));
  }
  template <typename Buffers, typename Done>
  void read_some(const Buffers& buffers, Done&& done) {
    if (tls_) {
      tls_->async_read_some(buffers, std::forward<Done>(done));
    } else {
      socket_.async_read_some(buffers, std::forward<Done>(done));
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

struct AnswerTraits {
  bool keep_alive = true;
  bool head_only = false;
};

bool has_body(int status) { return status >= 200 && status != 204 && status != 304; }

void append_line(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

// An empty string when a header could break out of its line.
std::string make_head(const ServerResponse& response, std::size_t length, std::string_view date,
                      const AnswerTraits& traits) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status,
                                 std::string_view(http::obsolete_reason(
                                     http::int_to_status(static_cast<unsigned>(response.status)))));
  for (const Header& header : response.headers) {
    if (!is_token(header.name) || !is_field_value(header.value)) return {};
    append_line(head, header.name, header.value);
  }
  const auto is_set = [&](std::string_view name) {
    return find_header(response.headers, name) != nullptr;
  };
  if (has_body(response.status) && !is_set("Content-Length") && !is_set("Transfer-Encoding")) {
    append_line(head, "Content-Length", std::to_string(length));
  }
  if (!is_set("Date")) append_line(head, "Date", date);
  if (!traits.keep_alive && !is_set("Connection")) append_line(head, "Connection", "close");
  head += "\r\n";
  return head;
}

ServerResponse plain_answer(int status, std::string_view text) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::string(text) + "\n"};
}

void compress(ServerResponse& response) {
  response.body = gzip(response.shared_body ? *response.shared_body : response.body);
  response.shared_body.reset();
  response.headers.push_back({"Content-Encoding", "gzip"});
  response.headers.push_back({"Vary", "Accept-Encoding"});
}

base::Error settings_error(std::string message) {
  return {base::ErrorKind::kSettings, "server", std::move(message)};
}

int choose_http_1_1(SSL*, const unsigned char** chosen, unsigned char* length,
                    const unsigned char* offered, unsigned offered_length, void*) {
  static constexpr unsigned char kOnly[] = "\x08http/1.1";
  const int outcome =
      SSL_select_next_proto(const_cast<unsigned char**>(chosen), length, kOnly, sizeof kOnly - 1,
                            offered, offered_length);
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

// Shared by the connections; used on the I/O thread except where noted.
struct HttpServer::State {
  State(ServerSettings s, Handler h) : settings(std::move(s)), handler(std::move(h)) {}

  const ServerSettings settings;
  const Handler handler;  // on workers
  asio::io_context io{1};
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> work;
  std::optional<asio::ssl::context> tls;
  tcp::acceptor acceptor{io};
  asio::steady_timer accept_timer{io};
  asio::steady_timer sweep_timer{io};
  std::unordered_map<std::uint64_t, Connection*> connections;
  std::uint64_t last_connection = 0;
  std::uint16_t port = 0;
  bool stopping = false;
  Clock::time_point stop_deadline = Clock::time_point::max();
  std::int64_t date_second = 0;
  std::string date;
  Workers workers;
  std::thread io_thread;

  base::Status load_certificate();
  base::Status listen();
  void accept();
  void accepted(tcp::socket socket);
  void sweep();
  void begin_stop();
  void end_when_empty();
  void handle(Job&& job);  // on a worker
  std::string_view date_now();
};

namespace {

// One client. Reads a request, hands it to a worker, writes the answer, and only then looks at the
// next: that keeps the order and lets a client that sends ahead wait in its own socket buffer.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(HttpServer::State& server, tcp::socket socket, std::uint64_t id)
      : server_(server),
        transport_(std::move(socket), server.tls ? &*server.tls : nullptr),
        timer_(server.io),
        id_(id) {
    server_.connections.emplace(id_, this);
  }
  ~Connection() {
    server_.connections.erase(id_);
    server_.end_when_empty();
  }

  void start();
  void answer(ServerResponse response);  // to the request that a worker has
  void close_if_late(Clock::time_point now) {
    if (now >= deadline_) close_now();
  }
  void wind_down();  // the server stops: let an answer finish, end everything else
  void close_now();

 private:
  using Parser = http::request_parser<http::string_body>;

  void wait_for(std::chrono::milliseconds time) { deadline_ = Clock::now() + time; }
  void read();
  void advance();
  bool take_head();
  void take_body();
  void expect_body();
  void refuse(int status, std::string_view text);
  void dispatch();
  void write_answer();
  void write_all();
  void drip(std::size_t position);
  void written(error_code error);
  void close_politely();
  void half_close();
  void drain();
  void reset();

  HttpServer::State& server_;
  Transport transport_;
  asio::steady_timer timer_;
  const std::uint64_t id_;
  Clock::time_point deadline_ = Clock::time_point::max();

  boost::beast::flat_buffer buffer_;
  HeadScanner scanner_;
  std::optional<Parser> parser_;
  bool request_begun_ = false;
  bool in_handler_ = false;
  bool writing_ = false;

  AnswerTraits traits_;
  bool gzip_accepted_ = false;
  bool cut_ = false;
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
  wait_for(server_.settings.header_timeout);
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
                         self->advance();
                       });
}

void Connection::advance() {
  if (server_.stopping) return close_now();
  if (parser_) return take_body();
  if (buffer_.size() == 0) {
    wait_for(server_.settings.idle_timeout);
    return read();
  }
  if (!std::exchange(request_begun_, true)) wait_for(server_.settings.header_timeout);
  if (take_head()) take_body();
}

// True once the head is complete, judged and parsed.
bool Connection::take_head() {
  const auto outcome = scanner_.scan(view_of(buffer_));
  const bool complete = outcome == HeadScanner::Outcome::kComplete;
  if (outcome == HeadScanner::Outcome::kBad) {
    refuse(400, "The request holds a control byte or a bare line end.");
    return false;
  }
  if (scanner_.length() > kMaxHead) {
    refuse(431, "The request's headers are too large.");
    return false;
  }
  if (!complete) {
    read();
    return false;
  }
  if (const auto fault = check_head(view_of(buffer_).substr(0, scanner_.length()))) {
    refuse(400, *fault);
    return false;
  }
  parser_.emplace();
  parser_->header_limit(kMaxHead);
  parser_->body_limit(server_.settings.max_body);
  error_code error;
  buffer_.consume(parser_->put(buffer_.data(), error));
  if (!parser_->is_header_done()) {
    const bool too_large = error == http::error::body_limit;
    refuse(too_large ? 413 : 400, too_large ? "The request's body is too large."
                                            : "The request cannot be understood.");
    return false;
  }
  parser_->eager(true);
  expect_body();
  return true;
}

void Connection::expect_body() {
  const auto length = parser_->content_length();
  const std::size_t expected = length ? static_cast<std::size_t>(*length) : 0;
  wait_for(server_.settings.body_timeout + time_for(expected));
  const auto expect = parser_->get().find(http::field::expect);
  if (parser_->is_done() || buffer_.size() > 0 || expect == parser_->get().end()) return;
  // Best effort and tiny: a client that cannot take 25 bytes will be closed by the timer.
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  transport_.write(asio::buffer(kContinue), [self = shared_from_this()](error_code, std::size_t) {});
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
  if (parser_->chunked()) {
    wait_for(server_.settings.body_timeout);
  }
  read();
}

void Connection::refuse(int status, std::string_view text) {
  traits_ = {.keep_alive = false};
  gzip_accepted_ = false;
  in_handler_ = true;
  answer(plain_answer(status, text));
}

void Connection::dispatch() {
  const auto& message = parser_->get();
  traits_ = {.keep_alive = message.keep_alive(), .head_only = message.method() == http::verb::head};
  ServerRequest request{.method = std::string(message.method_string()),
                        .target = std::string(message.target()),
                        .connection = id_};
  for (const auto& field : message) {
    request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  const std::string* accepted = find_header(request.headers, "Accept-Encoding");
  gzip_accepted_ = accepted != nullptr && accepts_gzip(*accepted);
  request.body = std::move(parser_->get().body());
  parser_.reset();
  scanner_ = {};
  request_begun_ = false;
  in_handler_ = true;
  deadline_ = Clock::time_point::max();
  server_.workers.push({shared_from_this(), std::move(request)});
}
