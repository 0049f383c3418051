#include "sandbox/assets/test_support.h"

#include "json/writer.h"

namespace muster::sandbox::assets {
namespace {

constexpr std::string_view kOrigin = "http://127.0.0.1:9090";
constexpr std::string_view kPrefix = "/assets";

std::string text_of(const json::Value& value) {
  if (value.is_bool()) return value.boolean() ? "true" : "false";
  if (value.is_null()) return "null";
  if (value.is_array()) {
    std::vector<std::string> texts;
    for (const json::Value& item : value.items()) texts.push_back(text_of(item));
    return fmt::format("[{}]", fmt::join(texts, ","));
  }
  return std::string(value.text());
}

}  // namespace

std::string Answer::at(std::initializer_list<std::string_view> keys) const {
  const auto document = json::Document::parse(body);
  if (!document.ok()) return "<no JSON>";
  const json::Value* value = &document->root();
  for (std::string_view key : keys) {
    const auto index = base::parse_int(key);
    if (value->is_array() && index && *index < static_cast<int>(value->items().size())) {
      value = &value->items()[static_cast<std::size_t>(*index)];
    } else {
      value = value->find(key);
    }
    if (value == nullptr) return "<none>";
  }
  return text_of(*value);
}

std::string people_mapping() {
  return R"json({
  "schema": { "objectSchema": { "name": "People", "description": "", "objectTypes": [
    { "externalId": "t/group", "name": "Entra Group", "description": "", "attributes": [
      { "externalId": "t/group/id", "name": "Object ID", "description": "", "type": "text",
        "minimumCardinality": 1, "maximumCardinality": 1, "unique": true },
      { "externalId": "t/group/name", "name": "Display Name", "description": "", "type": "text",
        "label": true } ] },
    { "externalId": "t/user", "name": "Entra User", "description": "", "attributes": [
      { "externalId": "t/user/id", "name": "Object ID", "description": "", "type": "text",
        "minimumCardinality": 1, "maximumCardinality": 1, "unique": true },
      { "externalId": "t/user/upn", "name": "UPN", "description": "", "type": "text", "label": true },
      { "externalId": "t/user/age", "name": "Age", "description": "", "type": "integer" },
      { "externalId": "t/user/state", "name": "State", "description": "", "type": "status",
        "typeValues": ["Enabled", "Disabled"] },
      { "externalId": "t/user/office", "name": "Office", "description": "", "type": "select" },
      { "externalId": "t/user/manager", "name": "Manager", "description": "",
        "type": "referenced_object", "referenceObjectTypeExternalId": "t/user" },
      { "externalId": "t/user/groups", "name": "Groups", "description": "",
        "type": "referenced_object", "referenceObjectTypeExternalId": "t/group",
        "maximumCardinality": -1 } ] } ] },
    "statusSchema": { "statuses": [
      { "name": "Enabled", "description": "", "category": "active" },
      { "name": "Disabled", "description": "", "category": "inactive" } ] } },
  "mapping": { "objectTypeMappings": [
    { "objectTypeExternalId": "t/user", "objectTypeName": "Entra User", "selector": "users",
      "description": "", "attributesMapping": [
      { "attributeExternalId": "t/user/id", "attributeName": "Object ID",
        "attributeLocators": ["id"], "externalIdPart": true },
      { "attributeExternalId": "t/user/upn", "attributeName": "UPN", "attributeLocators": ["upn"] },
      { "attributeExternalId": "t/user/age", "attributeName": "Age", "attributeLocators": ["age"] },
      { "attributeExternalId": "t/user/state", "attributeName": "State",
        "attributeLocators": ["state"] },
      { "attributeExternalId": "t/user/office", "attributeName": "Office",
        "attributeLocators": ["office"] },
      { "attributeExternalId": "t/user/manager", "attributeName": "Manager",
        "attributeLocators": ["manager_id"], "objectMappingIQL": "\"Object ID\" = ${manager_id}" },
      { "attributeExternalId": "t/user/groups", "attributeName": "Groups",
        "attributeLocators": ["group_ids"],
        "objectMappingIQL": "\"Object ID\" IN (${group_ids${0}})" } ] },
    { "objectTypeExternalId": "t/group", "objectTypeName": "Entra Group", "selector": "groups",
      "description": "", "attributesMapping": [
      { "attributeExternalId": "t/group/id", "attributeName": "Object ID",
        "attributeLocators": ["id"], "externalIdPart": true },
      { "attributeExternalId": "t/group/name", "attributeName": "Display Name",
        "attributeLocators": ["name"] } ] } ] }
})json";
}

std::string people_mapping_with(std::string_view from, std::string_view to) {
  std::string mapping = people_mapping();
  const std::size_t at = mapping.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return mapping.replace(at, from.size(), to);
}

TestAssets::TestAssets(AssetsSettings settings)
    : scheduler(base::make_simulated_scheduler(1)),
      service(std::make_unique<AssetsService>(std::move(settings), *scheduler)) {}

TestAssets::~TestAssets() { service.reset(); }

Answer TestAssets::send(std::string_view method, std::string_view url, std::string_view body,
                        std::string_view authorization, std::string_view content_type) {
  if (url.starts_with(kOrigin)) url.remove_prefix(kOrigin.size() + kPrefix.size());
  const std::size_t query = std::min(url.find('?'), url.size());
  Call call{.method = std::string(method),
            .origin = std::string(kOrigin),
            .prefix = std::string(kPrefix),
            .path = std::string(url.substr(0, query)),
            .body = body};
  if (query < url.size())
    for (std::string_view pair : base::split(url.substr(query + 1), '&')) {
      const std::size_t equals = pair.find('=');
      call.query.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    }
  std::vector<net::Header> headers{{"Authorization", std::string(authorization)}};
  if (!body.empty()) headers.push_back({"Content-Type", std::string(content_type)});
  call.headers = &headers;
  const net::ServerResponse response = service->handle(call);
  Answer answer{.status = response.status, .body = response.body, .lost = response.reset};
  if (const auto* location = net::find_header(response.headers, "Location"))
    answer.location = *location;
  if (const auto* wait = net::find_header(response.headers, "Retry-After"))
    answer.retry_after = *wait;
  return answer;
}

Answer TestAssets::call(std::string_view method, std::string_view path, std::string_view body) {
  if (path.starts_with(kOrigin)) return send(method, path, body, bearer());
  return send(method,
              fmt::format("/jsm/assets/workspace/{}/v1/importsource/{}{}", service->workspace_id(),
                          service->source_id(0), path),
              body, bearer());
}

Answer TestAssets::rest(std::string_view method, std::string_view path, std::string_view body) {
  return send(method, fmt::format("/jsm/assets/workspace/{}/v1{}", service->workspace_id(), path),
              body, "Basic " + base::base64_encode("admin@example.com:sandbox-api-token"));
}

Answer TestAssets::control(std::string_view path, std::string_view body) {
  Call call{.method = body.empty() ? "GET" : "POST",
            .prefix = "/_sandbox/assets",
            .path = std::string(path),
            .body = body};
  const net::ServerResponse response = service->control(call);
  return {.status = response.status, .body = response.body};
}

void TestAssets::wait(base::Duration duration) {
  base::sleep_for(*scheduler, duration, base::Stop());
}

void TestAssets::map(const std::string& mapping) {
  const Answer answer = call("PUT", "/mapping", mapping);
  ASSERT_EQ(answer.status, 204) << answer.body;
}

std::string TestAssets::start() {
  const Answer answer = call("POST", "/executions");
  EXPECT_EQ(answer.status, 200) << answer.body;
  const std::string link = answer.at({"links", "cancel"});
  wait(kStartingTakes);
  return link.substr(link.rfind('/') + 1);
}

Answer TestAssets::submit(const std::string& execution, std::string_view body) {
  return call("POST", fmt::format("/executions/{}/data", execution), body);
}

Answer TestAssets::import(std::string_view data) {
  const std::string execution = start();
  const Answer sent =
      submit(execution, fmt::format(R"({{"data":{},"clientGeneratedId":"1"}})", data));
  EXPECT_EQ(sent.status, 200) << sent.body;
  EXPECT_EQ(submit(execution, R"({"completed":true})").status, 200);
  return call("GET", fmt::format("/executions/{}/status", execution));
}

int TestAssets::count(std::string_view query) {
  std::string body;
  json::Writer(body).begin_object().key("qlQuery").string(query).end_object();
  const Answer answer = rest("POST", "/object/aql/totalcount", body);
  if (answer.status != 200) return -1;
  return static_cast<int>(base::parse_int(answer.at({"totalCount"})).value_or(-2));
}

int counter(const Answer& report, std::string_view type, std::string_view name) {
  const auto document = json::Document::parse(report.body);
  if (!document.ok()) return -1;
  const json::Value* results = document->root().find("progressResult");
  if (results != nullptr) results = results->find("objectTypeResultMap");
  if (results == nullptr) return -1;
  for (const auto& [id, result] : results->members())
    if (result.find("objectTypeName")->text() == type)
      return static_cast<int>(result.find(name)->integer().value_or(-1));
  return -1;
}

}  // namespace muster::sandbox::assets
