// What the tests of the sandbox share: a sandbox in virtual time, spoken to without a network.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/scheduler.h"
#include "base/text.h"
#include "json/value.h"
#include "net/url.h"
#include "sandbox/sandbox.h"

namespace muster::sandbox::test {

inline constexpr std::string_view kOrigin = "http://sandbox.test:9090";

struct Reply {
  int status = 0;
  std::vector<net::Header> headers;
  std::string body;
  net::ServerResponse raw;

  json::Document json() const {
    auto document = json::Document::parse(body);
    EXPECT_TRUE(document.ok()) << body;
    return document.ok() ? std::move(document).value() : json::Document::parse("null").value();
  }
  std::string header(std::string_view name) const {
    const std::string* value = net::find_header(headers, name);
    return value == nullptr ? "" : *value;
  }
  // error.code of Graph, or error of the login service.
  std::string code() const {
    const json::Document document = json();
    const json::Value* error = document.root().find("error");
    if (error == nullptr) return "";
    const json::Value* inner = error->find("code");
    return std::string((inner == nullptr ? error : inner)->text());
  }
  std::string message() const {
    const json::Document document = json();
    const json::Value* error = document.root().find("error");
    const json::Value* text = error == nullptr ? nullptr : error->find("message");
    return text == nullptr ? "" : std::string(text->text());
  }
  std::string text(std::string_view key) const {
    const json::Document document = json();
    const json::Value* value = document.root().find(key);
    return value == nullptr ? "" : std::string(value->text());
  }
  std::size_t rows() const {
    const json::Document document = json();
    const json::Value* value = document.root().find("value");
    return value == nullptr ? 0 : value->items().size();
  }
};

inline SandboxSettings small_world() {
  return {.seed = 3,
          .sizes = {.users = 1500,
                    .groups = 60,
                    .memberships = 6000,
                    .devices = 300,
                    .contacts = 20,
                    .applications = 10,
                    .service_principals = 30,
                    .administrative_units = 12}};
}

class Stage {
 public:
  explicit Stage(SandboxSettings settings = small_world())
      : scheduler(base::make_simulated_scheduler(1)), sandbox(std::move(settings), *scheduler) {}

  Reply send(std::string method, std::string target, std::vector<net::Header> headers = {},
             std::string body = {}) {
    headers.push_back({"Host", "sandbox.test:9090"});
    net::ServerRequest request{.method = std::move(method),
                               .target = std::move(target),
                               .headers = std::move(headers),
                               .body = std::move(body)};
    net::ServerResponse response = sandbox.handle(std::move(request));
    Reply reply;
    reply.raw = response;
    reply.status = response.status;
    reply.headers = response.headers;
    reply.body = response.shared_body != nullptr ? *response.shared_body : response.body;
    return reply;
  }

  Reply sign_in(std::map<std::string, std::string> changes = {}) {
    const Connection connection = sandbox.connection(kOrigin);
    std::map<std::string, std::string> form = {{"grant_type", "client_credentials"},
                                               {"scope", "https://graph.microsoft.com/.default"},
                                               {"client_id", connection.client_id},
                                               {"client_secret", connection.client_secret}};
    std::string tenant = connection.tenant_id;
    for (auto& [name, value] : changes)
      name == "tenant" ? void(tenant = value) : void(form[name] = value);
    std::string body;
    for (const auto& [name, value] : form) {
      if (!value.empty()) body += (body.empty() ? "" : "&") + name + '=' + base::form_encode(value);
    }
    return send("POST", "/login/" + tenant + "/oauth2/v2.0/token",
                {{"Content-Type", "application/x-www-form-urlencoded"}}, body);
  }

  const std::string& token() {
    if (token_.empty()) token_ = sign_in().text("access_token");
    return token_;
  }

  // `path` as "/users?$top=5", or an absolute link.
  Reply get(std::string path, std::vector<net::Header> headers = {}) {
    headers.push_back({"Authorization", "Bearer " + token()});
    if (path.starts_with(kOrigin)) {
      path.erase(0, kOrigin.size());
    } else {
      path.insert(0, "/graph/v1.0");
    }
    return send("GET", std::move(path), std::move(headers));
  }
  Reply advanced(std::string path) {
    return get(std::move(path), {{"ConsistencyLevel", "eventual"}});
  }

  Reply batch(std::string body) {
    return send("POST", "/graph/v1.0/$batch",
                {{"Authorization", "Bearer " + token()}, {"Content-Type", "application/json"}},
                std::move(body));
  }

  void pass(base::Duration duration) { base::sleep_for(*scheduler, duration, {}); }

  std::string id(world::Kind kind, std::uint32_t index) {
    return std::string(sandbox.world().id(kind, index).view());
  }

  std::unique_ptr<base::Scheduler> scheduler;
  Sandbox sandbox;

 private:
  std::string token_;
};

// "value[].key" of a reply, as text.
inline std::vector<std::string> column(const Reply& reply, std::string_view key) {
  std::vector<std::string> texts;
  const json::Document document = reply.json();
  for (const json::Value& row : document.root().find("value")->items()) {
    const json::Value* value = row.find(key);
    texts.push_back(value == nullptr ? "(absent)" : std::string(value->text()));
  }
  return texts;
}

}  // namespace muster::sandbox::test
