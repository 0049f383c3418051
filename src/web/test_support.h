// The whole API on a database of its own, for the tests of this room: two sites, people of every
// role, and something of each kind at the site that is not theirs.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "run/report.h"
#include "store/db.h"
#include "store/test_support.h"
#include "web/hosted_api.h"

namespace muster::web {

// As JSON Schema names them.
inline bool is_of_type(const json::Value& value, std::string_view type) {
  if (type == "string") return value.is_string();
  if (type == "integer") return value.integer().has_value();
  if (type == "boolean") return value.is_bool();
  if (type == "array") return value.is_array();
  return type == "object" && value.is_object();
}

inline std::string header(const net::ServerResponse& response, std::string_view name) {
  const std::string* value = net::find_header(response.headers, name);
  return value == nullptr ? "" : *value;
}

class ApiTest : public testing::Test {
 protected:
  using Headers = std::vector<net::Header>;

  ApiTest() {
    EXPECT_TRUE(store::open_store(url_).ok());  // brings the database up to date
    vault_ = service::Vault::open(store::open_secrets(url_).value(),
                                  crypto::KeyEncryptionKey::generate(), *scheduler_)
                 .value();
    host_with([](HostTools&) {});
    const base::Secret token = host_->access().first_start().value();
    const auto first = ask("POST", "/api/v1/set-up",
                           R"({"token":")" + std::string(token.reveal()) +
                               R"(","admin":"olga","password":"correct horse"})");
    EXPECT_EQ(first.status, 200) << first.body;
    tokens_["operator"] = token_of("olga", "write");
    for (const std::string site : {"acme", "globex"}) {
      EXPECT_EQ(as("operator", "POST", "/api/v1/sites", R"({"site":")" + site + "\"}").status, 201);
    }
    add("anna", R"({"acme":"admin"})");
    add("aude", R"({"acme":"auditor"})");
    add("gert", R"({"globex":"admin"})");
    add("nick", "{}");
    tokens_["admin"] = token_of("anna", "write");
    tokens_["auditor"] = token_of("aude", "write");
    tokens_["reader"] = token_of("anna", "read");
    tokens_["stranger"] = token_of("gert", "write");
    tokens_["nobody in particular"] = token_of("nick", "write");
  }

  net::ServerResponse ask(const std::string& method, const std::string& target,
                          const std::string& body = "", Headers headers = {}) {
    if (!body.empty()) headers.push_back({"Content-Type", "application/json"});
    net::ServerResponse response = host_->answer({.method = method,
                                                  .target = target,
                                                  .headers = std::move(headers),
                                                  .body = body,
                                                  .peer = "10.0.0.1"});
    check_answer(method, target, response);
    return response;
  }
  // With the personal token of somebody of this role; "": of nobody.
  net::ServerResponse as(const std::string& role, const std::string& method,
                         const std::string& target, const std::string& body = "",
                         Headers headers = {}) {
    if (!role.empty()) headers.push_back({"Authorization", "Bearer " + tokens_.at(role)});
    return ask(method, target, body, std::move(headers));
  }

  static json::Document read(const net::ServerResponse& response) {
    auto document = json::Document::parse(response.body);
    EXPECT_TRUE(document.ok()) << response.body;
    return std::move(document).value();
  }
  static std::string member(const net::ServerResponse& response, std::string_view name) {
    const json::Document document = read(response);
    const json::Value* value = document.root().find(name);
    return value == nullptr ? "" : std::string(json::scalar_text(*value));
  }
  static std::string code_of(const net::ServerResponse& response) {
    return member(response, "code");
  }

  static std::string definition_of(const std::string& importer, const std::string& more = "") {
    return "version: 1\\nimporters:\\n  - name: " + importer +
           "\\n    source: entra\\n    connection: { tenant_id: "
           "11111111-2222-3333-4444-555555555555, client_id: "
           "66666666-7777-8888-9999-000000000000, client_secret: { secret: entra } }\\n"
           "    destination: { type: jsm_assets, token: { secret: jsm }, schema: { name: IT } "
           "}\\n" +
           more;
  }
  static std::string importer_body(const std::string& importer, const std::string& more = "") {
    return "{\"definition\":\"" + definition_of(importer, more) + "\"}";
  }
  net::ServerResponse put_importer(const std::string& site, const std::string& importer) {
    return as("operator", "PUT", "/api/v1/sites/" + site + "/importers/" + importer,
              importer_body(importer));
  }
  // A run that was made there, in its state.
  void add_run(const std::string& site, const std::string& run_id, run::State state,
               const std::string& importer = "entra") {
    run::Report report{.run_id = run_id,
                       .importer = importer,
                       .site = site,
                       .state = state,
                       .reason = "ok",
                       .message = "Done.",
                       .started = base::WallTime(std::chrono::seconds(++made_))};
    report.ended = report.started;
    report.data_sets.push_back(
        {.name = "users", .object_type = "=Entra User", .fetched = 7, .accepted = 5});
    if (state == run::State::kHeld) {
      report.gate = {.verdict = "held",
                     .findings = {{.data_set = "users", .reason = "gate_empty", .text = "All."}}};
    }
    const auto store = store::open_store(url_, site).value();
    store::RunRow row{
        .run_id = run_id, .importer = importer, .state = "running", .started = report.started};
    ASSERT_TRUE(store->run_started(row).ok());
    row.state = std::string(run::to_string(state));
    row.reason = report.reason;
    row.message = report.message;
    row.ended = report.ended;
    row.report = run::to_json(report);
    ASSERT_TRUE(store->run_ended(row, nullptr).ok());
  }
  std::vector<std::string> acts(const std::string& site) {
    std::vector<std::string> acts;
    const auto audit = store::open_audit(url_).value();
    const auto entries = audit->list(site, 0, 1'000).value();
    for (const auto& entry : entries) acts.push_back(entry.act);
    return acts;
  }

  // Opens the API anew, with other tools.
  void host_with(const std::function<void(HostTools&)>& change) {
    HostTools tools{*scheduler_, *client_, *random_, *logger_, library_, vault_.get()};
    change(tools);
    host_ = HostedApi::open(url_, std::move(tools)).value();
  }
  std::string token_of(const std::string& admin, const std::string& scope) {
    const service::Caller caller{.admin = admin};
    return std::string(host_->access()
                           .make_token(caller, "test", scope, std::chrono::hours(1))
                           .value()
                           .text.reveal());
  }
  void add(const std::string& admin, const std::string& roles) {
    EXPECT_EQ(as("operator", "PUT", "/api/v1/admins/" + admin, R"({"roles":)" + roles + "}").status,
              200);
  }

  const store::test::TemporaryFolder folder_;
  const std::string url_ = "sqlite:" + folder_.file("test.db");
  const std::unique_ptr<base::Scheduler> scheduler_ = base::make_real_scheduler();
  const std::unique_ptr<net::HttpClient> client_ = net::make_curl_client(*scheduler_);
  const std::unique_ptr<base::Random> random_ = base::make_seeded_random(1);
  const std::unique_ptr<base::Logger> logger_ = base::make_null_logger();
  const catalogue::Library library_ = catalogue::Library::bundled();
  std::unique_ptr<service::Vault> vault_;
  std::unique_ptr<HostedApi> host_;
  std::map<std::string, std::string> tokens_;

 private:
  // Whatever test it is: an answer is what its route says in the OpenAPI document.
  static void check_answer(const std::string& method, const std::string& target,
                           const net::ServerResponse& response) {
    EXPECT_EQ(header(response, "Cache-Control"), "no-store") << target;
    EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff") << target;
    if (response.status >= 400) {
      EXPECT_EQ(header(response, "Content-Type"), "application/problem+json") << target;
      EXPECT_NE(code_of(response), "") << target;
      EXPECT_EQ(member(response, "status"), std::to_string(response.status)) << target;
      return;
    }
    for (const Route& route : every_route()) {
      if (route.method != method || !fit(route.path, path_of(target))) continue;
      if (response.status == 204) return;
      EXPECT_EQ(response.status, route.status) << target;
      EXPECT_EQ(header(response, "Content-Type"), route.type) << target;
      if (route.type != "application/json") return;
      const json::Document document = read(response);
      for (const Field& field : route.answers) {
        const json::Value* value = document.root().find(field.name);
        if (value == nullptr) {
          EXPECT_FALSE(field.is_required) << target << " lacks " << field.name;
        } else {
          EXPECT_TRUE(is_of_type(*value, field.type)) << target << ": " << field.name;
        }
      }
    }
  }

  std::int64_t made_ = 0;
};

}  // namespace muster::web
