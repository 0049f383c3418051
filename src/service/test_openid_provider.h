// An OpenID provider of the tests' own, as an HTTP client that answers by itself: it signs whatever
// it is told to, also what no honest one would.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "crypto/test_signing_pair.h"
#include "net/http.h"
#include "net/url.h"

namespace muster::service::test {

using crypto::Algorithm;
using crypto::test::SigningPair;

constexpr std::string_view kIssuer = "https://login.example/realm";
constexpr std::string_view kClientId = "muster app";

// A JSON object from members that a test changes one by one; "": the member is left out.
using Members = std::map<std::string, std::string>;
inline std::string object_of(const Members& members, const Members& changed = {}) {
  Members all = members;
  for (const auto& [name, value] : changed) all[name] = value;
  std::string text = "{";
  for (const auto& [name, value] : all) {
    if (!value.empty()) text += fmt::format("{}\"{}\":{}", text.size() > 1 ? "," : "", name, value);
  }
  return text + "}";
}

inline std::string in_quotes(std::string_view text) { return fmt::format("\"{}\"", text); }

// Any thread. What it answers is for the test to change.
class FakeProvider final : public net::HttpClient {
 public:
  base::Result<net::Response> send(const net::Request& request, const base::Stop&) override {
    requests.push_back(request);
    if (is_down) {
      return base::Error{base::ErrorKind::kUnavailable, "source_unavailable", "No route to it."};
    }
    if (request.url == fmt::format("{}/.well-known/openid-configuration", kIssuer)) {
      return net::Response{.status = 200, .body = object_of(discovery)};
    }
    if (request.url == "https://keys.example/jwks") {
      return net::Response{.status = 200, .body = fmt::format(R"({{"keys":[{}]}})", keys)};
    }
    if (request.url == "https://login.example/token") {
      return net::Response{.status = token_status, .body = token_answer};
    }
    ADD_FAILURE() << request.url;
    return net::Response{.status = 404};
  }
  int count(std::string_view url) const {
    return static_cast<int>(std::ranges::count_if(
        requests, [&](const net::Request& request) { return request.url == url; }));
  }

  Members discovery = {{"issuer", in_quotes(kIssuer)},
                       {"authorization_endpoint", R"("https://login.example/authorize?v=2")"},
                       {"token_endpoint", R"("https://login.example/token")"},
                       {"jwks_uri", R"("https://keys.example/jwks")"}};
  std::string keys = SigningPair::rsa().jwk("rsa");
  int token_status = 200;
  std::string token_answer;
  bool is_down = false;
  std::vector<net::Request> requests;
};

// The value of a parameter of a URL's query, as it stands there.
inline std::string parameter(std::string_view url, std::string_view name) {
  for (std::string_view pair : base::split(url.substr(url.find('?') + 1), '&')) {
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) {
      return std::string(pair.substr(name.size() + 1));
    }
  }
  return "";
}

}  // namespace muster::service::test
