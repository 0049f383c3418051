// For the tests of this room: a Jira site and its Assets in a few lines, every answer of which a
// test can replace. The strict imitation lives in the sandbox.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "assets/test_support.h"
#include "base/scheduler.h"
#include "base/text.h"
#include "json/value.h"
#include "net/http.h"
#include "net/url.h"

namespace muster::assets::test {

inline constexpr std::string_view kSite = "https://acme.atlassian.net";
inline constexpr std::string_view kAssets = "https://api.atlassian.com/jsm/assets/workspace/ws/v1";
inline constexpr std::string_view kBearerJira = "https://api.atlassian.com/ex/jira/cloud-1";
inline constexpr std::string_view kBearerAssets =
    "https://api.atlassian.com/ex/jira/cloud-1/jsm/assets/workspace/ws/v1";

struct Account {
  std::string id, email;  // email empty: hidden, and `finds` is what finds it
  std::string finds{}, name = "Somebody", type = "atlassian";
  bool active = true;
};

struct Object {
  std::string key, email, account{};
};

// Calls are noted as "GET jira/rest/api/3/myself".
class FakeSite final : public net::HttpClient {
 public:
  explicit FakeSite(base::Scheduler& scheduler) : scheduler_(scheduler), monitor_(scheduler) {}

  base::Result<net::Response> send(const net::Request& request, const base::Stop&) override {
    const base::Monitor::Lock lock(monitor_);
    const std::string call = short_call(request);
    calls.push_back(call);
    times.push_back(scheduler_.now());
    urls.push_back(request.url);
    credentials.insert(!request.bearer.empty() ? "Bearer " + std::string(request.bearer.reveal())
                       : request.secret_headers.empty()
                           ? "none"
                           : std::string(request.secret_headers[0].second.reveal()));
    const auto scripted = scripts.find(call.substr(0, call.find('?')));
    if (scripted != scripts.end() && !scripted->second.empty()) {
      base::Result<net::Response> reply = scripted->second.front();
      scripted->second.pop_front();
      return reply;
    }
    return usual(request, call);
  }

  std::size_t count(std::string_view beginning) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        calls, [&](const std::string& call) { return call.starts_with(beginning); }));
  }

  std::vector<Account> accounts;
  std::vector<Object> objects;  // object ids are places from 1
  bool has_attribute = true;
  int attribute_type = 2;
  bool may_browse = true;
  std::string workspace = "ws";
  std::size_t page = 100;  // of accounts and objects, whatever is asked for
  std::map<std::string, std::deque<base::Result<net::Response>>> scripts;
  std::vector<std::string> calls, urls;
  std::vector<base::Instant> times;
  std::set<std::string> credentials;

 private:
  static std::string short_call(const net::Request& request) {
    const std::pair<std::string_view, std::string_view> places[] = {
        {kBearerAssets, "assets"}, {kBearerJira, "jira"}, {kAssets, "assets"}, {kSite, "jira"}};
    for (const auto& [base, name] : places) {
      if (request.url.starts_with(base)) {
        return fmt::format("{} {}{}", request.method, name, request.url.substr(base.size()));
      }
    }
    return request.method + " elsewhere " + request.url;
  }

  static std::string parameter(const std::string& call, std::string_view name) {
    const std::size_t at = call.find(fmt::format("{}=", name));
    if (at == std::string::npos) return "";
    const std::size_t begin = at + name.size() + 1;
    return call.substr(begin, std::min(call.find('&', begin), call.size()) - begin);
  }

  static std::string user(const Account& account) {
    return fmt::format(
        R"({{"accountId":"{}","accountType":"{}","displayName":"{}","active":{},"emailAddress":{}}})",
        account.id, account.type, account.name, account.active,
        account.email.empty() ? "null" : '"' + account.email + '"');
  }

  net::Response list(const std::string& call) {
    const std::size_t start = std::stoul(parameter(call, "startAt"));
    std::string body;
    for (std::size_t i = start; i < std::min(start + page, accounts.size()); ++i) {
      body += (body.empty() ? "" : ",") + user(accounts[i]);
    }
    return answer(200, "[" + body + "]");
  }

  net::Response search(const std::string& call) {
    std::string body;
    for (const Account& account : accounts) {
      const std::string found =
          base::percent_encode(account.email.empty() ? account.finds : account.email);
      const bool by_name = base::percent_encode(account.name) == parameter(call, "query");
      if (!found.starts_with(parameter(call, "query")) && !by_name) continue;
      body += (body.empty() ? "" : ",") + user(account);
    }
    return answer(200, "[" + body + "]");
  }

  static std::string attribute(std::string_view id, std::string_view values) {
    return fmt::format(R"({{"objectTypeAttributeId":"{}","objectAttributeValues":[{}]}})", id,
                       values);
  }

  net::Response objects_page(const std::string& call) {
    const std::size_t start = std::stoul(parameter(call, "startAt"));
    const std::size_t end = std::min(start + page, objects.size());
    std::string body;
    for (std::size_t i = start; i < end; ++i) {
      const Object& object = objects[i];
      body += fmt::format(
          R"({}{{"id":"{}","objectKey":"IT-{}","attributes":[{},{},{}]}})", body.empty() ? "" : ",",
          i + 1, i + 1, attribute("11", fmt::format(R"({{"value":"{}"}})", object.key)),
          attribute("12",
                    object.email.empty() ? "" : fmt::format(R"({{"value":"{}"}})", object.email)),
          attribute("13", object.account.empty()
                              ? ""
                              : fmt::format(R"({{"displayValue":"N","user":{{"key":"{}"}}}})",
                                            object.account)));
    }
    return answer(200,
                  fmt::format(R"({{"values":[{}],"isLast":{}}})", body, end == objects.size()));
  }

  net::Response write(const net::Request& request, const std::string& call) {
    const std::size_t id = std::stoul(call.substr(call.rfind('/') + 1));
    if (id > objects.size()) return answer(404);
    const json::Document body = json::Document::parse(request.body).value();
    const json::Value& attribute = body.root().find("attributes")->items()[0];
    EXPECT_EQ(attribute.find("objectTypeAttributeId")->text(), "13");
    EXPECT_EQ(body.root().find("objectTypeId")->text(), "401");
    objects[id - 1].account =
        attribute.find("objectAttributeValues")->items()[0].find("value")->text();
    return answer(200, "{}");
  }

  net::Response usual(const net::Request& request, const std::string& call) {
    if (call == "GET jira/_edge/tenant_info") return answer(200, R"({"cloudId":"cloud-1"})");
    if (call == "GET jira/rest/api/3/myself") return answer(200, "{}");
    if (call == "GET jira/rest/api/3/mypermissions?permissions=USER_PICKER") {
      return answer(200,
                    fmt::format(R"({{"permissions":{{"USER_PICKER":{{"havePermission":{}}}}}}})",
                                may_browse));
    }
    if (call.starts_with("GET jira/rest/servicedeskapi/assets/workspace")) {
      return answer(200, R"({"values":[{"workspaceId":")" + workspace + R"("}]})");
    }
    if (call.starts_with("GET jira/rest/api/3/users/search?")) return list(call);
    if (call.starts_with("GET jira/rest/api/3/user/search?")) return search(call);
    if (call == "GET assets/objecttype/401/attributes") {
      const std::string account =
          fmt::format(R"(,{{"id":"13","name":"Jira account","type":{}}})", attribute_type);
      return answer(200, R"([{"id":"11","name":"Object ID"},{"id":"12","name":"Mail"})" +
                             (has_attribute ? account : "") + "]");
    }
    if (call == "POST assets/objecttypeattribute/401") {
      EXPECT_NE(request.body.find(R"("name":"Jira account")"), std::string::npos);
      EXPECT_NE(request.body.find(R"("type":2)"), std::string::npos);
      has_attribute = true;
      return answer(201, "{}");
    }
    if (call.starts_with("POST assets/object/aql?")) {
      EXPECT_EQ(request.body, R"({"qlQuery":"objectTypeId = 401 order by Key"})");
      return objects_page(call);
    }
    if (call.starts_with("PUT assets/object/")) return write(request, call);
    return answer(404, "<html>");
  }

  base::Scheduler& scheduler_;
  base::Monitor monitor_;  // guards everything
};

}  // namespace muster::assets::test
