#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "net/curl_exchange.h"
#include "net/gzip.h"
#include "net/http.h"
#include "net/http_server.h"
#include "net/test_support.h"

namespace muster::net {
namespace {

using namespace std::chrono_literals;
using base::ErrorKind;

class CurlClient : public ::testing::Test {
 protected:
  void serve(HttpServer::Handler handler, ServerSettings settings = {}) {
    server_ = std::make_unique<HttpServer>(settings, std::move(handler));
    ASSERT_TRUE(server_->start().ok());
    scheme_ = settings.certificate_file.empty() ? "http" : "https";
  }
  void serve_answer(ServerResponse response) {
    serve([response](ServerRequest&&) { return response; });
  }

  Request request(std::string_view target = "/") const {
    return {
        .url = scheme_ + "://127.0.0.1:" + std::to_string(server_->port()) + std::string(target),
        .trust = trust_};
  }
  base::Result<Response> send(const Request& sent) {
    return client_->send(sent, stop_.get_token());
  }

  base::Error failure(const Request& sent) {
    base::Result<Response> outcome = send(sent);
    EXPECT_FALSE(outcome.ok());
    return outcome.ok() ? base::Error{} : outcome.error();
  }

  std::unique_ptr<HttpServer> server_;
  std::string scheme_ = "http";
  std::shared_ptr<Trust> trust_ = std::make_shared<Trust>(Trust{.allow_private_address = true});
  std::unique_ptr<base::Scheduler> scheduler_ = base::make_real_scheduler();
  std::unique_ptr<HttpClient> client_ = make_curl_client(*scheduler_);
  std::stop_source stop_;
};

// tests/system/s3.py computes the signature anew; here is only looked at what is signed.
TEST_F(CurlClient, SignsWhatIsSentAndNothingElse) {
  ServerRequest seen;
  serve([&](ServerRequest&& received) {
    seen = std::move(received);
    return ServerResponse{.status = 200, .headers = {}, .body = "ok"};
  });
  Request sent = request("/bucket/key?partNumber=1&uploadId=a%2Fb");
  sent.method = "PUT";
  sent.body = std::string(3'000'000, 'b');
  sent.headers = {{"x-amz-content-sha256", std::string(64, 'a')}, {"Content-MD5", "bWQ1"}};
  sent.signing = std::make_shared<const Signing>(Signing{.region = "eu-test-1",
                                                         .key_id = "AKID",
                                                         .secret = base::Secret("never sent"),
                                                         .session_token = base::Secret("lent")});
  ASSERT_TRUE(send(sent).ok());
  EXPECT_EQ(seen.method, "PUT");
  EXPECT_EQ(seen.body.size(), sent.body.size());
  const std::string authorization = *find_header(seen.headers, "Authorization");
  EXPECT_TRUE(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKID/")) << authorization;
  EXPECT_NE(authorization.find("/eu-test-1/s3/aws4_request"), std::string::npos) << authorization;
  const std::string names = "SignedHeaders=";
  const std::size_t begin = authorization.find(names) + names.size();
  const std::string listed = authorization.substr(begin, authorization.find(',', begin) - begin);
  EXPECT_EQ(listed,
            "content-md5;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token");
  EXPECT_EQ(*find_header(seen.headers, "x-amz-security-token"), "lent");
  EXPECT_EQ(find_header(seen.headers, "User-Agent")->substr(0, 7), "muster/");
  for (const Header& header : seen.headers) {
    EXPECT_EQ(header.value.find("never sent"), std::string::npos) << header.name;
  }
  // The handle is used again: nothing of it stays.
  ASSERT_TRUE(send(request()).ok());
  EXPECT_EQ(find_header(seen.headers, "Authorization"), nullptr);
}

TEST_F(CurlClient, SendsTheRequestAsWrittenAndGivesBackTheAnswer) {
  ServerRequest seen;
  serve([&](ServerRequest&& received) {
    seen = std::move(received);
    return ServerResponse{.status = 404, .headers = {{"X-Answer", "yes"}}, .body = "gone"};
  });
  Request sent = request("/a/../b%2Fc?$top=5&x=%7e'");
  sent.method = "PATCH";
  sent.body = std::string(300'000, 'b');
  sent.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}};
  sent.bearer = base::Secret("token");
  sent.secret_headers.emplace_back("DD-API-KEY", base::Secret("key"));
  const auto answer = send(sent);
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->body, "gone");
  EXPECT_EQ(*find_header(answer->headers, "x-answer"), "yes");
  EXPECT_GT(answer->duration, 0ns);
  EXPECT_EQ(seen.method, "PATCH");
  EXPECT_EQ(seen.target, "/a/../b%2Fc?$top=5&x=%7e'");
  EXPECT_EQ(seen.body, sent.body);
  EXPECT_EQ(*find_header(seen.headers, "authorization"), "Bearer token");
  EXPECT_EQ(*find_header(seen.headers, "dd-api-key"), "key");
  EXPECT_EQ(*find_header(seen.headers, "content-type"), "application/json");
  EXPECT_EQ(*find_header(seen.headers, "x-empty"), "");
  EXPECT_EQ(find_header(seen.headers, "expect"), nullptr);
  EXPECT_TRUE(find_header(seen.headers, "user-agent")->starts_with("muster/"));
}

TEST_F(CurlClient, SendsEachMethodWithItsBody) {
  serve([](ServerRequest&& received) {
    return ServerResponse{.body = received.method + ":" + received.body};
  });
  const auto say = [&](std::string method, std::string body) {
    Request sent = request();
    sent.method = std::move(method);
    sent.body = std::move(body);
    return send(sent).value().body;
  };
  EXPECT_EQ(say("GET", ""), "GET:");
  EXPECT_EQ(say("POST", ""), "POST:");
  EXPECT_EQ(say("PUT", "x"), "PUT:x");
  EXPECT_EQ(say("DELETE", ""), "DELETE:");
  EXPECT_EQ(say("GET", ""), "GET:");
  EXPECT_EQ(say("HEAD", ""), "");
}

TEST_F(CurlClient, KeepsOneConnectionForRequestsInARow) {
  std::atomic<std::uint64_t> connection = 0;
  serve([&](ServerRequest&& received) {
    connection = received.connection;
    return ServerResponse{};
  });
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(send(request()).ok());
  EXPECT_EQ(connection, 1);
}

TEST_F(CurlClient, TellsHowABodyBeginsBeforeItIsWhole) {
  std::string body = "{\"next\":\"a\"";
  for (int i = 0; i < 300'000; ++i) body += std::to_string(i);
  for (const bool packed : {false, true}) {
    serve([&](ServerRequest&&) {
      ServerResponse response{.headers = {{"Content-Type", "application/json"}}, .body = body};
      if (packed) {
        response.headers.push_back({"Content-Encoding", "gzip"});
        response.body = gzip(body);
      }
      return response;
    });
    std::string told;
    int times = 0;
    Request sent = request();
    sent.on_beginning = [&](std::string_view beginning) {
      ++times;
      told = beginning;
      return beginning.size() >= 11;
    };
    EXPECT_EQ(send(sent).value().body, body);
    EXPECT_EQ(times, 1);
    EXPECT_LE(told.size(), kBeginning);
    EXPECT_TRUE(told.starts_with("{\"next\":\"a\"0123")) << told.substr(0, 20);
  }
}

TEST_F(CurlClient, TellsTheBeginningOfSuccessesOnlyAndNotForEver) {
  int status = 404;
  serve([&](ServerRequest&&) {
    return ServerResponse{.status = status, .body = std::string(1'000'000, 'x')};
  });
  std::size_t most = 0;
  Request sent = request();
  sent.on_beginning = [&](std::string_view beginning) {
    most = std::max(most, beginning.size());
    return false;
  };
  ASSERT_TRUE(send(sent).ok());
  EXPECT_EQ(most, 0U);
  status = 200;
  ASSERT_TRUE(send(sent).ok());
  EXPECT_GT(most, 0U);
  EXPECT_LE(most, kBeginning);
}

TEST_F(CurlClient, ServesManyThreadsAtOnce) {
  serve([](ServerRequest&& received) {
    return ServerResponse{.body = received.target, .delay = 5ms};
  });
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 16; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 10; ++i) {
        const std::string target = "/" + std::to_string(thread * 100 + i);
        const auto answer = send(request(target));
        if (answer.ok() && answer->body == target) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 160);
}

TEST_F(CurlClient, GivesBackARedirectInsteadOfFollowingIt) {
  serve_answer({.status = 302, .headers = {{"Location", "https://login.example/"}}});
  const auto answer = send(request());
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 302);
}

TEST_F(CurlClient, UnpacksGzipAndCountsWhatCameOverTheWire) {
  serve_answer({.body = std::string(100'000, 'a'), .gzip = true});
  const auto answer = send(request());
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->body, std::string(100'000, 'a'));
  EXPECT_LT(answer->wire_bytes, 1'000U);
}

TEST_F(CurlClient, TellsEveryCutOffBodyFromACompleteOne) {
  ServerResponse cut{.body = std::string(50'000, 'a'), .cut_after = 20'000};
  serve_answer(cut);
  base::Error error = failure(request());
  EXPECT_EQ(error.kind, ErrorKind::kUnavailable);
  EXPECT_EQ(error.reason, "source_unavailable");
  EXPECT_EQ(error.message, "127.0.0.1 closed the connection before its answer was complete.");

  const std::string chunks = "5\r\nabcde\r\n5\r\nfghij\r\n0\r\n\r\n";
  for (const std::int64_t length :
       {0, 10, 13, 20, 21}) {  // at and inside of chunks, before the end
    serve_answer(
        {.headers = {{"Transfer-Encoding", "chunked"}}, .body = chunks, .cut_after = length});
    EXPECT_EQ(failure(request()).kind, ErrorKind::kUnavailable) << length;
  }
  serve_answer({.headers = {{"Transfer-Encoding", "chunked"}}, .body = chunks});
  EXPECT_EQ(send(request()).value().body, "abcdefghij");

  serve_answer(
      {.headers = {{"Content-Length", "11"}, {"Connection", "close"}}, .body = "0123456789"});
  EXPECT_EQ(failure(request()).kind, ErrorKind::kUnavailable);
  serve_answer({.reset = true});
  EXPECT_EQ(failure(request()).kind, ErrorKind::kUnavailable);
}

TEST_F(CurlClient, TellsACutOffOrDamagedGzipBody) {
  std::string plain;
  for (int i = 0; i < 2'000; ++i) plain += std::to_string(i * i);
  std::string packed = gzip(plain);
  const auto serve_packed = [&](std::string body) {
    serve_answer({.headers = {{"Content-Encoding", "gzip"}}, .body = std::move(body)});
  };
  serve_packed(packed.substr(0, packed.size() - 9));
  EXPECT_EQ(failure(request()).kind, ErrorKind::kUnavailable);
  packed[packed.size() / 2] ^= 1;
  serve_packed(packed);
  EXPECT_EQ(failure(request()).kind, ErrorKind::kUnavailable);
  serve_packed("not packed at all");
  EXPECT_EQ(failure(request()).kind, ErrorKind::kUnavailable);
}

TEST_F(CurlClient, RefusesExpansionBombs) {
  const std::string bomb = gzip(std::string(std::size_t{32} << 20, '\0'));
  serve_answer({.headers = {{"Content-Encoding", "gzip"}}, .body = bomb});
  const base::Error by_ratio = failure(request());
  EXPECT_EQ(by_ratio.kind, ErrorKind::kLimit);
  Request small = request();
  small.max_body = std::size_t{1} << 20;
  EXPECT_EQ(failure(small).kind, ErrorKind::kLimit);
  for (const std::string_view twice : {"gzip, gzip", "gzip,deflate"}) {
    serve_answer({.headers = {{"Content-Encoding", std::string(twice)}}, .body = gzip(bomb)});
    EXPECT_EQ(failure(request()).kind, ErrorKind::kLimit);
  }
  serve_answer({.headers = {{"Content-Encoding", "gzip"}, {"Content-Encoding", "gzip"}},
                .body = gzip(bomb)});
  EXPECT_EQ(failure(request()).kind, ErrorKind::kLimit);
  serve_answer({.headers = {{"Content-Encoding", "br"}}, .body = "x"});
  EXPECT_EQ(failure(request()).kind, ErrorKind::kMalformed);
}

TEST_F(CurlClient, RefusesBodiesAndHeadsBeyondTheLimit) {
  serve_answer({.body = std::string(1'001, 'a')});
  Request small = request();
  small.max_body = 1'000;
  EXPECT_EQ(failure(small).kind, ErrorKind::kLimit);

  ServerResponse many{.body = "x"};
  for (int i = 0; i < 10'000; ++i) many.headers.push_back({"X-" + std::to_string(i), "1"});
  serve_answer(many);
  EXPECT_EQ(failure(request()).kind, ErrorKind::kLimit);
  for (const std::size_t length : {70'000, 500'000}) {
    serve_answer({.headers = {{"X", std::string(length, 'x')}}});
    EXPECT_EQ(failure(request()).kind, ErrorKind::kLimit) << length;
  }
}

TEST_F(CurlClient, RefusesAPageOf200MebibytesUnlessSomebodyWantsIt) {
  const std::size_t size = std::size_t{200} << 20;
  serve_answer({.body = std::string(size, 'a')});
  const base::Error refused = failure(request());
  EXPECT_EQ(refused.kind, ErrorKind::kLimit);
  EXPECT_NE(refused.message.find("64"), std::string::npos) << refused.message;
  Request large = request();
  large.max_body = size;
  const auto taken = client_->send(large, stop_.get_token());
  ASSERT_TRUE(taken.ok()) << taken.error().text();
  EXPECT_EQ(taken->body.size(), size);
}

TEST_F(CurlClient, GivesUpOnAPeerThatDripsOrSaysNothing) {
  serve_answer({.body = std::string(1'000, 'a'), .drip = 20ms});
  Request sent = request();
  sent.timeout = 150ms;
  const base::Error dripping = failure(sent);
  EXPECT_EQ(dripping.kind, ErrorKind::kUnavailable);
  EXPECT_EQ(dripping.message, "127.0.0.1 did not finish its answer within 150 ms.");
  serve_answer({.delay = 10s});
  sent = request();
  sent.timeout = 100ms;
  EXPECT_EQ(failure(sent).kind, ErrorKind::kUnavailable);
}

TEST_F(CurlClient, EndsAtOnceWhenStoppedInMidBody) {
  std::atomic<bool> asked = false;
  serve([&](ServerRequest&&) {
    asked = true;
    return ServerResponse{.body = std::string(10'000, 'a'), .drip = 10ms};
  });
  std::thread stopper([&] {
    while (!asked) std::this_thread::sleep_for(1ms);
    std::this_thread::sleep_for(30ms);
    stop_.request_stop();
  });
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(failure(request()).kind, ErrorKind::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
  stopper.join();
  EXPECT_EQ(failure(request()).kind, ErrorKind::kCancelled);  // stopped before it began
  stop_ = {};
  EXPECT_EQ(failure([&] {
              Request sent = request();
              sent.timeout = 50ms;
              return sent;
            }())
                .kind,
            ErrorKind::kUnavailable);  // the handle of the stopped one works again
}

TEST_F(CurlClient, RefusesAddressesOfTheOwnNetworkUnlessAllowed) {
  serve_answer({});
  const auto open = std::make_shared<Trust>();
  const std::string port = std::to_string(server_->port());
  for (const std::string host :
       {"127.0.0.1", "localhost", "2130706433", "127.1", "0x7f000001", "[::1]",
        "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254", "0.0.0.0"}) {
    SCOPED_TRACE(host);
    const base::Error error = failure({.url = "https://" + host + ":" + port, .trust = open});
    EXPECT_EQ(error.kind, ErrorKind::kDenied);
    EXPECT_EQ(error.reason, "address_not_allowed");
  }
  const base::Error plain = failure({.url = "http://93.184.216.34/", .trust = open});
  EXPECT_EQ(plain.reason, "address_not_allowed");
}

TEST_F(CurlClient, NeverReachesMetadataNorPlainHttpBeyondLoopback) {
  for (const std::string url :
       {"https://169.254.169.254/", "http://10.0.0.1/", "https://0.0.0.0/"}) {
    EXPECT_EQ(failure({.url = url, .trust = trust_}).reason, "address_not_allowed") << url;
  }
}

TEST_F(CurlClient, DoesNotLendAConnectionToSomebodyWhoMayNotReachIt) {
  test::Certificate certificate;
  ASSERT_TRUE(certificate.made);
  serve([](ServerRequest&&) { return ServerResponse{.body = "private"}; },
        {.certificate_file = certificate.certificate_file,
         .private_key_file = certificate.private_key_file});
  trust_->ca_file = certificate.certificate_file;
  ASSERT_TRUE(send(request()).ok());  // leaves an open connection behind
  Request stranger = request();
  stranger.trust = std::make_shared<Trust>(Trust{.ca_file = certificate.certificate_file});
  EXPECT_EQ(failure(stranger).reason, "address_not_allowed");
  stranger.trust = std::make_shared<Trust>(Trust{.allow_private_address = true});
  EXPECT_EQ(failure(stranger).reason, "certificate_not_trusted");
  EXPECT_TRUE(send(request()).ok());
}

TEST_F(CurlClient, ChecksTheCertificateAndSaysWhatToDo) {
  test::Certificate certificate;
  ASSERT_TRUE(certificate.made);
  std::atomic<std::uint64_t> connection = 0;
  serve(
      [&](ServerRequest&& received) {
        connection = received.connection;
        return ServerResponse{.body = std::string(100'000, 'x')};
      },
      {.certificate_file = certificate.certificate_file,
       .private_key_file = certificate.private_key_file});
  const base::Error untrusted = failure(request());
  EXPECT_EQ(untrusted.kind, ErrorKind::kDenied);
  EXPECT_NE(untrusted.message.find("127.0.0.1 is not trusted (self-signed certificate). If "
                                   "127.0.0.1 uses a private CA, set ca_file."),
            std::string::npos)
      << untrusted.message;

  trust_->ca_file = certificate.certificate_file;
  for (int i = 0; i < 3; ++i) {
    const auto answer = send(request());
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer->body.size(), 100'000U);
  }
  EXPECT_EQ(connection, 2) << "three requests over the one connection after the refused one";

  Request wrong_name = request();
  wrong_name.url = "https://127.0.0.2:" + std::to_string(server_->port());
  ServerSettings everywhere{.address = "0.0.0.0",
                            .certificate_file = certificate.certificate_file,
                            .private_key_file = certificate.private_key_file};
  serve([](ServerRequest&&) { return ServerResponse{}; }, everywhere);
  wrong_name.url = "https://127.0.0.2:" + std::to_string(server_->port());
  const base::Error misnamed = failure(wrong_name);
  EXPECT_NE(misnamed.message.find("issued for another name"), std::string::npos)
      << misnamed.message;

  Request no_file = request();
  no_file.trust = std::make_shared<Trust>(Trust{true, "/nowhere/ca.pem"});
  const base::Error missing = failure(no_file);
  EXPECT_EQ(missing.kind, ErrorKind::kSettings);
  EXPECT_NE(missing.message.find("/nowhere/ca.pem"), std::string::npos);
}

TEST_F(CurlClient, TellsATlsBodyThatWasCutOff) {
  test::Certificate certificate;
  serve([](ServerRequest&&) { return ServerResponse{.body = "0123456789", .cut_after = 5}; },
        {.certificate_file = certificate.certificate_file,
         .private_key_file = certificate.private_key_file});
  trust_->ca_file = certificate.certificate_file;
  EXPECT_EQ(failure(request()).kind, ErrorKind::kUnavailable);
}

// A POST that was sent over a kept connection and got no answer may have been acted upon.
TEST_F(CurlClient, DoesNotRepeatAPostBehindTheCallersBack) {
  std::atomic<int> posts = 0;
  std::atomic<int> gets = 0;
  serve([&](ServerRequest&& received) {
    if (received.method == "POST") return ServerResponse{.reset = ++posts == 2};
    return ServerResponse{.reset = ++gets == 1};
  });
  Request post = request();
  post.method = "POST";
  post.body = "{}";
  ASSERT_TRUE(send(post).ok());
  const base::Error lost = failure(post);
  EXPECT_EQ(lost.kind, ErrorKind::kUnavailable);
  EXPECT_EQ(posts, 2);
}

TEST_F(CurlClient, SaysWhatIsWrongWithAnAddress) {
  const auto message_for = [&](std::string url) {
    return failure({.url = std::move(url), .trust = trust_}).message;
  };
  EXPECT_EQ(message_for("https://no-such-host.invalid/x?token=abc"),
            "Could not resolve no-such-host.invalid: check the name and this machine's DNS.");
  serve_answer({});
  const std::string port = std::to_string(server_->port());
  server_.reset();
  EXPECT_EQ(message_for("http://127.0.0.1:" + port + "/"),
            "Could not connect to 127.0.0.1 port " + port + ": Connection refused.");
  EXPECT_EQ(failure({.url = "https://user:pass@example.com/", .trust = trust_}).kind,
            ErrorKind::kSettings);
}

TEST_F(CurlClient, RefusesAHeaderThatWouldBreakOutOfItsLine) {
  serve_answer({});
  Request sent = request();
  sent.bearer = base::Secret("token\r\nX-Other: 1");
  const base::Error error = failure(sent);
  EXPECT_EQ(error.kind, ErrorKind::kSettings);
  EXPECT_EQ(error.message.find("token"), std::string::npos);
}

}  // namespace
}  // namespace muster::net
