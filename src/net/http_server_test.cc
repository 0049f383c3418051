#include "net/http_server.h"

#include <gtest/gtest.h>

#include <atomic>

#include "net/gzip.h"
#include "net/test_support.h"

namespace muster::net {
namespace {

using namespace std::chrono_literals;
using test::RawClient;

ServerResponse echo(ServerRequest&& request) {
  return {.body = request.method + " " + request.target + " " + request.body};
}

class Running {
 public:
  explicit Running(HttpServer::Handler handler = echo, ServerSettings settings = {})
      : server_(settings, std::move(handler)) {
    const base::Status started = server_.start();
    EXPECT_TRUE(started.ok()) << (started.ok() ? "" : started.error().message);
  }
  std::uint16_t port() const { return server_.port(); }
  HttpServer& operator*() { return server_; }

 private:
  HttpServer server_;
};

std::string answer_to(std::uint16_t port, std::string_view bytes, std::string_view until = {}) {
  RawClient client(port);
  client.send(bytes);
  return client.receive(until);
}

std::string status_of(std::string_view answer) { return std::string(answer.substr(0, 12)); }

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(HttpServer, AnswersOverOneConnectionInTheOrderOfTheRequests) {
  Running server([](ServerRequest&& request) {
    // The first is slower than the second.
    return ServerResponse{.body = request.target, .delay = request.target == "/1" ? 50ms : 0ms};
  });
  RawClient client(server.port());
  client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string answers = client.receive("/2");
  EXPECT_LT(answers.find("\r\n\r\n/1"), answers.find("\r\n\r\n/2"));
  EXPECT_FALSE(client.closed());
}

TEST(HttpServer, GivesTheHandlerTheWholeRequest) {
  ServerRequest seen;
  Running server([&](ServerRequest&& request) {
    seen = std::move(request);
    return ServerResponse{.status = 201};
  });
  const std::string answer = answer_to(
      server.port(), "POST /a?b=%20 HTTP/1.1\r\nHost: a\r\nX-Y: z\r\nContent-Length: 3\r\n\r\nabc",
      "\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 201 Created\r\n")) << answer;
  EXPECT_NE(answer.find("Content-Length: 0\r\n"), answer.npos);
  EXPECT_NE(answer.find("Date: "), answer.npos);
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/a?b=%20");
  EXPECT_EQ(seen.body, "abc");
  ASSERT_NE(find_header(seen.headers, "x-y"), nullptr);
  EXPECT_EQ(*find_header(seen.headers, "x-y"), "z");
}

TEST(HttpServer, ReadsAChunkedBodyThatArrivesInPieces) {
  Running server;
  RawClient client(server.port());
  for (const std::string_view piece : {"POST / HTTP/1.1\r\nHo", "st: a\r\nTransfer-Encoding: chu",
                                       "nked\r\n\r\n3\r\nab", "c\r\n2\r", "\nde\r\n0\r\n\r\n"}) {
    client.send(piece);
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_NE(client.receive("abcde").find("POST / abcde"), std::string::npos);
}

struct BadRequest {
  std::string_view name;
  std::string head;  // without the closing empty line
  std::string_view status = "HTTP/1.1 400";
};

// Nothing of the request below may be served: a request hidden in its body would be.
TEST(HttpServer, RefusesEveryRequestWhoseFramingIsInDoubt) {
  const std::string host = "Host: a\r\n";
  const std::string nul = "Host: a\r\nX: a" + std::string(1, '\0') + "b\r\n";
  std::string many = host;
  for (int i = 0; i < 2'000; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
  const std::vector<BadRequest> cases = {
      {"length and encoding", host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"},
      {"two lengths", host + "Content-Length: 3\r\nContent-Length: 5\r\n"},
      {"the same length twice", host + "Content-Length: 3\r\nContent-Length: 3\r\n"},
      {"hexadecimal length", host + "Content-Length: 0x5\r\n"},
      {"signed length", host + "Content-Length: +5\r\n"},
      {"negative length", host + "Content-Length: -1\r\n"},
      {"list of lengths", host + "Content-Length: 3, 3\r\n"},
      {"empty length", host + "Content-Length:\r\n"},
      {"huge length", host + "Content-Length: 99999999999999999999\r\n"},
      {"blank before the colon", host + "Transfer-Encoding : chunked\r\n"},
      {"stacked encodings", host + "Transfer-Encoding: chunked, gzip\r\n"},
      {"unknown encoding", host + "Transfer-Encoding: gzip\r\n"},
      {"encoding twice", host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"},
      {"identity encoding", host + "Transfer-Encoding: identity\r\n"},
      {"no host", "X: y\r\n"},
      {"two hosts", host + host},
      {"host with a path", "Host: a/b\r\n"},
      {"NUL in a value", nul},
      {"folded header", host + "X: a\r\n b\r\n"},
      {"bare return in a value", host + "X: a\rb\r\n"},
      {"header without a colon", host + "X\r\n"},
      {"2,000 headers", many, "HTTP/1.1 431"},
      {"one huge header", host + "X: " + std::string(20'000, 'x') + "\r\n", "HTTP/1.1 431"},
  };
  std::atomic<int> handled = 0;
  Running server([&](ServerRequest&&) {
    ++handled;
    return ServerResponse{};
  });
  for (const BadRequest& bad : cases) {
    SCOPED_TRACE(bad.name);
    RawClient client(server.port());
    client.send("POST / HTTP/1.1\r\n" + bad.head +
                "\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string answer = client.receive();
    EXPECT_EQ(status_of(answer), bad.status);
    EXPECT_EQ(count_of(answer, "HTTP/1.1 "), 1);
    EXPECT_TRUE(client.closed());
  }
  EXPECT_EQ(handled, 0);
}

TEST(HttpServer, RefusesBadRequestLinesAndLineEnds) {
  Running server;
  for (const std::string_view bytes :
       {"GET / HTTP/1.1\nHost: a\n\n", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
        "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /\r\nHost: a\r\n\r\n", "\r\n\r\n",
        "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "\x16\x03\x01\x02\x01 a TLS greeting on a plain port"}) {
    SCOPED_TRACE(bytes);
    EXPECT_EQ(status_of(answer_to(server.port(), bytes)), "HTTP/1.1 400");
  }
}

TEST(HttpServer, RefusesBadChunks) {
  Running server;
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string& chunks :
       {std::string("-1\r\n\r\n"), std::string("0x3\r\nabc\r\n0\r\n\r\n"),
        std::string("3\r\nabcd\r\n0\r\n\r\n"), std::string("ffffffffffffffffff\r\n\r\n"),
        "3;" + std::string(100'000, 'x')}) {
    SCOPED_TRACE(chunks.substr(0, 20));
    EXPECT_EQ(status_of(answer_to(server.port(), head + chunks)), "HTTP/1.1 400");
  }
}

TEST(HttpServer, RefusesABodyOverTheLimitBeforeReadingIt) {
  Running server(echo, {.max_body = 10});
  EXPECT_EQ(status_of(answer_to(server.port(),
                                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n")),
            "HTTP/1.1 413");
  EXPECT_EQ(status_of(answer_to(server.port(),
                                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                "b\r\n12345678901\r\n0\r\n\r\n")),
            "HTTP/1.1 413");
  EXPECT_EQ(status_of(answer_to(
                server.port(), "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n1234567890",
                "0")),
            "HTTP/1.1 200");
}

TEST(HttpServer, ServesOthersWhileManyClientsSendHalfARequest) {
  Running server;
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 50; ++i) {
    slow.push_back(std::make_unique<RawClient>(server.port()));
    slow.back()->send("GET / HTTP/1.1\r\nHo");
  }
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(status_of(answer_to(server.port(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / ")),
            "HTTP/1.1 200");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 1s);
}

TEST(HttpServer, ClosesSlowAndSilentClientsByTimer) {
  Running server(echo, {.header_timeout = 60ms, .body_timeout = 60ms, .idle_timeout = 60ms});
  for (const std::string_view bytes :
       {"", "GET / HTTP/1.1\r\nHo", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    SCOPED_TRACE(bytes);
    RawClient client(server.port());
    client.send(bytes);
    client.receive({}, 2s);
    EXPECT_TRUE(client.closed());
  }
}

TEST(HttpServer, ClosesAClientThatDripsItsHeader) {
  Running server(echo, {.header_timeout = 100ms});
  RawClient client(server.port());
  for (int i = 0; i < 40 && !client.closed(); ++i) {
    client.send("G");
    client.receive({}, 10ms);
  }
  EXPECT_TRUE(client.closed());
}

TEST(HttpServer, ClosesConnectionsBeyondTheCap) {
  Running server(echo, {.max_connections = 1});
  RawClient first(server.port());
  first.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_NE(first.receive("/1").find("/1"), std::string::npos);
  RawClient second(server.port());
  EXPECT_EQ(second.receive({}, 2s), "");
  EXPECT_TRUE(second.closed());
}

TEST(HttpServer, SendsContinueWhenTheClientWaitsForIt) {
  Running server;
  RawClient client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.receive("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  EXPECT_NE(client.receive("POST / ok").find("200 OK"), std::string::npos);
}

TEST(HttpServer, HonoursConnectionCloseAndHead) {
  Running server;
  const std::string closing =
      answer_to(server.port(), "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_NE(closing.find("Connection: close\r\n"), closing.npos);
  const std::string head =
      answer_to(server.port(), "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
  EXPECT_NE(head.find("Content-Length: 7\r\n"), head.npos);
}

TEST(HttpServer, PacksTheBodyForClientsThatTakeIt) {
  const std::string body(10'000, 'a');
  const auto shared = std::make_shared<const std::string>(body);
  Running server(
      [&](ServerRequest&&) { return ServerResponse{.shared_body = shared, .gzip = true}; });
  const std::string packed = answer_to(
      server.port(),
      "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br, gzip\r\nConnection: close\r\n\r\n");
  EXPECT_NE(packed.find("Content-Encoding: gzip\r\n"), packed.npos);
  const auto plain = gunzip(packed.substr(packed.find("\r\n\r\n") + 4), body.size());
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(*plain, body);
  const std::string refused = answer_to(
      server.port(),
      "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip;q=0\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(refused.ends_with(body));
}

TEST(HttpServer, CutsDripsAndResetsWhenAskedTo) {
  Running server([](ServerRequest&& request) {
    ServerResponse response{.body = "0123456789"};
    if (request.target == "/cut") response.cut_after = 4;
    if (request.target == "/drip") response.drip = 5ms;
    if (request.target == "/reset") response.reset = true;
    return response;
  });
  const auto get = [](std::string_view path) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  const std::string cut = answer_to(server.port(), get("/cut"));
  EXPECT_NE(cut.find("Content-Length: 10\r\n"), cut.npos);
  EXPECT_TRUE(cut.ends_with("\r\n\r\n0123")) << cut;

  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(answer_to(server.port(), get("/drip"), "789").ends_with("0123456789"));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 45ms);

  RawClient client(server.port());
  client.send(get("/reset"));
  EXPECT_EQ(client.receive(), "");
  EXPECT_TRUE(client.reset());
}

TEST(HttpServer, DelaysWithoutOccupyingAWorker) {
  Running server(
      [](ServerRequest&& request) {
        return ServerResponse{.body = "ok", .delay = request.target == "/slow" ? 10s : 0s};
      },
      {.workers = 1});
  RawClient slow(server.port());
  slow.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status_of(answer_to(server.port(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "ok")),
            "HTTP/1.1 200");
  EXPECT_EQ(slow.receive({}, 20ms), "");
}  // ... and stopping does not wait for it

TEST(HttpServer, LetsAnAnswerUnderWayFinishWhenItStops) {
  std::atomic<bool> entered = false;
  std::atomic<bool> released = false;
  Running server([&](ServerRequest&&) {
    entered = true;
    while (!released) std::this_thread::sleep_for(1ms);
    return ServerResponse{.body = "finished"};
  });
  RawClient client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  while (!entered) std::this_thread::sleep_for(1ms);
  std::thread stopper([&] { (*server).stop(); });
  std::this_thread::sleep_for(20ms);
  released = true;
  const std::string answer = client.receive();
  stopper.join();
  EXPECT_TRUE(answer.ends_with("finished")) << answer;
  EXPECT_FALSE(RawClient(server.port()).connected());
}

// A timer that fires while the server stops must not keep it alive.
TEST(HttpServer, StopsWhileItsTimersFire) {
  for (int i = 0; i < 300; ++i) {
    Running server(echo, {.header_timeout = 4ms, .idle_timeout = 4ms});
    RawClient client(server.port());
    if (i % 2 == 0) std::this_thread::sleep_for(std::chrono::microseconds(900 + i));
  }
}

TEST(HttpServer, SurvivesAHandlerThatThrowsOrSplitsAHeader) {
  Running server([](ServerRequest&& request) -> ServerResponse {
    if (request.target == "/throw") throw std::runtime_error("secret detail");
    return {.headers = {{"Location", "/x\r\nSet-Cookie: a=b"}}};
  });
  const auto get = [](std::string_view path) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  };
  const std::string thrown = answer_to(server.port(), get("/throw"));
  EXPECT_EQ(status_of(thrown), "HTTP/1.1 500");
  EXPECT_EQ(thrown.find("secret"), thrown.npos);
  const std::string split = answer_to(server.port(), get("/split"));
  EXPECT_EQ(status_of(split), "HTTP/1.1 500");
  EXPECT_EQ(split.find("Set-Cookie"), split.npos);
}

TEST(HttpServer, SaysWhyItCannotStart) {
  Running taken;
  HttpServer second({.port = taken.port()}, echo);
  const auto in_use = second.start();
  ASSERT_FALSE(in_use.ok());
  EXPECT_EQ(in_use.error().kind, base::ErrorKind::kSettings);
  EXPECT_NE(in_use.error().message.find("Cannot listen on 127.0.0.1 port"), std::string::npos);

  HttpServer without({.certificate_file = "/nowhere.pem", .private_key_file = "/no"}, echo);
  const auto missing = without.start();
  ASSERT_FALSE(missing.ok());
  EXPECT_NE(missing.error().message.find("/nowhere.pem"), std::string::npos);
}

}  // namespace
}  // namespace muster::net
