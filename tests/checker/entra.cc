#include "tests/checker/entra.h"

#include <fmt/format.h>

#include <algorithm>

#include "sandbox/graph/truth.h"

namespace muster::checker::entra {
namespace {

using json::Value;
namespace world = sandbox::world;

enum class How { kText, kList, kFlag, kStatus };

struct Attribute {
  const char* title;
  const char* property;
  How how = How::kText;
};

struct Set {
  const char* name;
  const char* truth;
  const char* object_type;
  const char* path;
  const char* key = "id";
  const char* key_title = "Object ID";
  const char* label = "displayName";  // "": not a property of the source
  std::vector<Attribute> attributes;
};

// Most are named alike everywhere, and have an id and a display name.
Set plain(const char* name, const char* object_type, const char* path,
          std::vector<Attribute> attributes) {
  return {name, name, object_type, path, "id", "Object ID", "displayName", std::move(attributes)};
}

const std::vector<Set>& sets() {
  static const std::vector<Set> kSets = {
      plain("users", "Entra User", "/users",
            {{"Object ID", "id"},
             {"Display Name", "displayName"},
             {"User Principal Name", "userPrincipalName"},
             {"Mail", "mail"},
             {"Given Name", "givenName"},
             {"Surname", "surname"},
             {"Job Title", "jobTitle"},
             {"Department", "department"},
             {"Employee ID", "employeeId"},
             {"Employee Type", "employeeType"},
             {"Business Phones", "businessPhones", How::kList},
             {"Mobile Phone", "mobilePhone"},
             {"City", "city"},
             {"Country", "country"},
             {"Usage Location", "usageLocation"},
             {"User Type", "userType"},
             {"Account Status", "accountEnabled", How::kStatus},
             {"Created Date Time", "createdDateTime"},
             {"On Premises Sync Enabled", "onPremisesSyncEnabled", How::kFlag}}),
      plain("groups", "Entra Group", "/groups",
            {{"Object ID", "id"},
             {"Display Name", "displayName"},
             {"Description", "description"},
             {"Mail", "mail"},
             {"Visibility", "visibility"},
             {"Created Date Time", "createdDateTime"}}),
      plain("devices", "Entra Device", "/devices",
            {{"Object ID", "id"},
             {"Device ID", "deviceId"},
             {"Display Name", "displayName"},
             {"Operating System", "operatingSystem"},
             {"Manufacturer", "manufacturer"},
             {"Model", "model"},
             {"Account Status", "accountEnabled", How::kStatus},
             {"Is Managed", "isManaged", How::kFlag},
             {"Is Compliant", "isCompliant", How::kFlag}}),
      {"licenses",
       "licences",
       "Entra License",
       "/subscribedSkus",
       "skuId",
       "SKU ID",
       "",
       {{"SKU ID", "skuId"},
        {"SKU Part Number", "skuPartNumber"},
        {"Consumed Units", "consumedUnits"}}},
      plain("applications", "Entra Application", "/applications",
            {{"Object ID", "id"},
             {"Application ID", "appId"},
             {"Display Name", "displayName"},
             {"Sign In Audience", "signInAudience"}}),
      plain("service_principals", "Entra Service Principal", "/servicePrincipals",
            {{"Object ID", "id"},
             {"Application ID", "appId"},
             {"Display Name", "displayName"},
             {"Service Principal Type", "servicePrincipalType"},
             {"App Role Assignment Required", "appRoleAssignmentRequired", How::kFlag}}),
      plain("directory_roles", "Entra Directory Role", "/directoryRoles",
            {{"Object ID", "id"},
             {"Display Name", "displayName"},
             {"Description", "description"},
             {"Role Template ID", "roleTemplateId"}}),
      plain("administrative_units", "Entra Administrative Unit", "/directory/administrativeUnits",
            {{"Object ID", "id"}, {"Display Name", "displayName"}, {"Description", "description"}}),
      {"domains",
       "domains",
       "Entra Domain",
       "/domains",
       "id",
       "Domain Name",
       "id",
       {{"Domain Name", "id"},
        {"Authentication Type", "authenticationType"},
        {"Is Default", "isDefault", How::kFlag},
        {"Supported Services", "supportedServices", How::kList}}},
      {"organization",
       "organization",
       "Entra Organization",
       "/organization",
       "id",
       "Tenant ID",
       "displayName",
       {{"Tenant ID", "id"},
        {"Display Name", "displayName"},
        {"City", "city"},
        {"Technical Notification Mails", "technicalNotificationMails", How::kList}}},
  };
  return kSets;
}

const Set* find(std::string_view name) {
  for (const Set& set : sets()) {
    if (name == set.name) return &set;
  }
  return nullptr;
}

// From the truth of relations: who refers to whom by what.
struct Join {
  const char* truth;
  const char* from_type;  // "": any
  const char* set;        // whose records get the reference
  const char* title;
  const char* target;
  const char* member_type;  // of the far end; "": any
  bool reversed = false;    // the record is the far end
};

constexpr Join kJoins[] = {
    {"memberships", "", "users", "Groups", "groups", "microsoft.graph.user", true},
    {"memberships", "", "groups", "Parent Groups", "groups", "microsoft.graph.group", true},
    {"memberships", "", "devices", "Groups", "groups", "microsoft.graph.device", true},
    {"managers", "", "users", "Manager", "users", ""},
    {"device_owners", "", "devices", "Registered Owners", "users", ""},
    {"device_users", "", "devices", "Registered Users", "users", ""},
    {"app_role_assignments", "", "service_principals", "Assigned Users", "users", "User"},
    {"app_role_assignments", "", "service_principals", "Assigned Groups", "groups", "Group"},
    {"role_members", "", "directory_roles", "Members", "users", "microsoft.graph.user"},
    {"role_members", "", "directory_roles", "Member Groups", "groups", "microsoft.graph.group"},
    {"role_members", "", "directory_roles", "Member Service Principals", "service_principals",
     "microsoft.graph.servicePrincipal"},
};

std::string text_at(const Value& value, std::string_view key) {
  const Value* found = value.find(key);
  return found == nullptr ? std::string() : std::string(found->text());
}

Values values_of(const Value& record, const Attribute& attribute) {
  const Value* value = record.find(attribute.property);
  if (value == nullptr || value->is_null()) return {};
  switch (attribute.how) {
    case How::kText: break;
    case How::kFlag: return {value->boolean() ? "true" : "false"};
    case How::kStatus: return {value->boolean() ? "Enabled" : "Disabled"};
    case How::kList: {  // several values are one text
      std::string all;
      for (const Value& item : value->items()) {
        if (item.text().empty()) continue;
        if (!all.empty()) all += ", ";
        all += item.text();
      }
      return all.empty() ? Values() : Values{all};
    }
  }
  if (value->is_bool()) return {value->boolean() ? "true" : "false"};
  return value->text().empty() ? Values() : Values{std::string(value->text())};
}

std::vector<Value> items_at(const Value& record, std::string_view key) {
  const Value* list = record.find(key);
  if (list == nullptr) return {};
  return {list->items().begin(), list->items().end()};
}

Record read_record(const Set& set, const Value& value) {
  Record record;
  record.key = text_at(value, set.key);
  if (*set.label != '\0') record.label = text_at(value, set.label);
  for (const Attribute& attribute : set.attributes) {
    record.values[attribute.title] = values_of(value, attribute);
    // Assets takes no object without a label, so the key stands in for a missing one.
    const bool is_label = record.label && std::string_view(attribute.property) == set.label;
    if (is_label && record.label->empty()) record.values[attribute.title] = {record.key};
  }
  if (record.label && record.label->empty()) record.label = record.key;
  const std::string name = set.name;
  if (name == "users" || name == "groups") {
    References& licenses = record.references["Licenses"];
    licenses.target = "licenses";
    for (const Value& one : items_at(value, "assignedLicenses")) {
      licenses.keys.insert(text_at(one, "skuId"));
    }
  } else if (name == "organization") {
    References& domains = record.references["Domains"];
    domains.target = "domains";
    for (const Value& one : items_at(value, "verifiedDomains")) {
      domains.keys.insert(text_at(one, "name"));
    }
  }
  return record;
}

json::Document page_of(sandbox::Sandbox& sandbox, std::string_view name,
                       const world::Edits& edits) {
  auto page = sandbox::graph::truth_page(sandbox.world(), edits, name, 0, 1'000'000);
  auto document = json::Document::parse(page.value_or("{}"));
  return document.ok() ? std::move(*document) : *json::Document::parse("{}");
}

void add_joins(Truth& truth, sandbox::Sandbox& sandbox) {
  std::map<std::string, std::map<std::string, Record*>> records;
  for (auto& [name, list] : truth.data_sets) {
    for (Record& record : list) records[name][record.key] = &record;
  }
  std::string loaded;
  json::Document page = *json::Document::parse("{}");
  for (const Join& join : kJoins) {
    for (auto& [key, record] : records[join.set])
      record->references[join.title].target = join.target;
    if (loaded != join.truth)
      page = page_of(sandbox, loaded = join.truth, *sandbox.edits().current());
    for (const Value& pair : items_at(page.root(), "value")) {
      const Value* to = pair.find("to");
      if (to == nullptr) continue;
      const bool assigned = to->is_object();  // an app role assignment, shown whole
      const std::string member = assigned ? text_at(*to, "principalId") : std::string(to->text());
      const std::string type = assigned ? text_at(*to, "principalType") : text_at(pair, "to_type");
      if (*join.member_type != '\0' && type != join.member_type) continue;
      const std::string parent = text_at(pair, "from");
      const auto record = records[join.set].find(join.reversed ? member : parent);
      if (record == records[join.set].end()) continue;
      record->second->references[join.title].keys.insert(join.reversed ? parent : member);
    }
  }
  // A service principal names its application by the application id, also when that is gone at the
  // source: Assets may still have it.
  std::map<std::string, std::string> by_app_id;
  const json::Document all = page_of(sandbox, "applications", world::Edits({}));
  for (const Value& application : items_at(all.root(), "value")) {
    by_app_id[text_at(application, "appId")] = text_at(application, "id");
  }
  for (auto& [key, record] : records["service_principals"]) {
    References& application = record->references["Application"];
    application.target = "applications";
    for (const std::string& id : record->values["Application ID"]) {
      if (by_app_id.contains(id)) application.keys.insert(by_app_id[id]);
    }
  }
}

constexpr std::string_view kRoot = "/graph/v1.0";

std::string rooted(std::string_view path) { return fmt::format("{}{}", kRoot, path); }

void add_relations(Selection& selection) {
  const auto on = [&](std::string_view name) { return selection.find(name) != nullptr; };
  const auto per_parent = [&](const char* name, const char* parent, const char* path) {
    selection.relations.push_back({name, {rooted(path), "", ""}, parent});
  };
  const auto expanded = [&](const char* name, const char* parent, const char* path,
                            const char* with) {
    selection.relations.push_back({name, {rooted(path), with, ""}, parent});
  };
  if (on("groups")) per_parent("group_members", "groups", "/groups/{key}/members");
  if (on("users")) expanded("managers", "users", "/users", "expand=manager");
  if (on("devices") && on("users")) {
    expanded("device_owners", "devices", "/devices", "expand=registeredOwners");
    expanded("device_users", "devices", "/devices", "expand=registeredUsers");
  }
  if (on("service_principals") && (on("users") || on("groups"))) {
    per_parent("app_role_assignments", "service_principals",
               "/servicePrincipals/{key}/appRoleAssignedTo");
  }
  if (on("directory_roles") && (on("users") || on("groups") || on("service_principals"))) {
    per_parent("role_members", "directory_roles", "/directoryRoles/{key}/members");
  }
}

}  // namespace

const std::vector<std::string>& default_data_sets() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const Set& set : sets()) names.emplace_back(set.name);
    return names;
  }();
  return kNames;
}

Selection select(const std::vector<Choice>& choices) {
  Selection selection;
  for (const Choice& choice : choices) {
    const Set* set = find(choice.data_set);
    if (set == nullptr) continue;
    DataSet selected;
    selected.name = selected.selector = set->name;
    selected.object_type = set->object_type;
    selected.listing = {rooted(set->path), "", "expand="};
    selected.limit = choice.limit;
    selected.filter = choice.filter;
    selected.where = choice.where;
    selection.data_sets.push_back(std::move(selected));
  }
  add_relations(selection);
  return selection;
}

Selection select_defaults() {
  std::vector<Choice> all;
  for (const std::string& name : default_data_sets()) all.push_back({name, 0, {}, {}});
  return select(all);
}

Truth read_truth(sandbox::Sandbox& sandbox) {
  Truth truth;
  for (const Set& set : sets()) {
    const json::Document page = page_of(sandbox, set.truth, *sandbox.edits().current());
    auto& records = truth.data_sets[set.name];
    for (const Value& value : items_at(page.root(), "value")) {
      records.push_back(read_record(set, value));
    }
  }
  add_joins(truth, sandbox);
  return truth;
}

std::string record_key(std::string_view target, const Value& record) {
  return text_at(record, target.find("/subscribedSkus") != std::string_view::npos ? "skuId" : "id");
}

std::string object_key(std::string_view selector, const Value& object) {
  return text_at(object, selector == "licenses" ? "sku_id" : "id");
}

std::string key_title(std::string_view object_type) {
  for (const Set& set : sets()) {
    if (object_type == set.object_type) return set.key_title;
  }
  return "";
}

}  // namespace muster::checker::entra
