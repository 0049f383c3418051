#include "assets/people.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "assets/account_api.h"
#include "assets/explain.h"
#include "assets/in_flight.h"
#include "assets/jira_users.h"
#include "base/text.h"
#include "json/writer.h"

namespace muster::assets {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using base::Stop;
using json::Value;

// Of the REST API: developer.atlassian.com/cloud/assets/rest/api-group-objecttypeattribute/
constexpr std::int64_t kUserType = 2;
// The most that a page may hold is not documented.
constexpr std::size_t kObjectsPerPage = 100;
constexpr std::size_t kWritesInFlight = 4;

Error wrong_settings(std::string message) {
  return {ErrorKind::kSettings, "people_settings", std::move(message)};
}

// "ws" of "workspace/ws/importsource/src".
std::string workspace_of(std::string_view target) {
  constexpr std::string_view kPrefix = "workspace/";
  if (!target.starts_with(kPrefix)) return {};
  target.remove_prefix(kPrefix.size());
  return std::string(target.substr(0, target.find('/')));
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

const Value* find_attribute(const json::Document& attributes, std::string_view name) {
  for (const Value& attribute : attributes.root().items()) {
    if (base::equals_ignoring_case(text_at(attribute, "name"), name)) return &attribute;
  }
  return nullptr;
}

// A user stands in a member of its own, and in what people see and search for besides:
// github.com/MrRefactoring/jira.js, src/assets/models/objectAttributeValue.ts.
std::string account_in(const Value& value) {
  if (const Value* user = value.find("user")) {
    if (std::string key = text_at(*user, "key"); !key.empty()) return key;
  }
  std::string text = text_at(value, "value");
  return text.empty() ? text_at(value, "searchValue") : text;
}

class JiraPeople final : public People {
 public:
  JiraPeople(PeopleSettings settings, JsmTools tools)
      : api_(std::move(settings), tools), users_(api_) {}

  Status check(const std::string& target, const Stop& stop) override;
  Status open(const PeopleObjects& objects, const Stop& stop) override;
  Status read(const OnPerson& on_person, const Stop& stop) override;
  Status find(std::span<const std::string> emails, const OnFound& on_found,
              const Stop& stop) override {
    return users_.find(emails, on_found, stop);
  }
  Status write(std::span<const AccountChange> changes, std::vector<Written>& written,
               const Stop& stop) override;
  PeopleTraffic traffic() const override { return api_.traffic(); }

 private:
  Status sign_in(const Stop& stop);
  Status find_workspace(const std::string& target, const Stop& stop);
  Status find_attributes(const Stop& stop);
  Result<json::Document> list_attributes(const Stop& stop);
  Status make_attribute(const Stop& stop);
  Result<std::string> id_of(const json::Document& attributes, const std::string& name) const;
  Person person_of(const Value& object) const;
  std::string body_of(const AccountChange& change) const;

  AccountApi api_;
  JiraUsers users_;
  PeopleObjects objects_;
  std::string key_id_, email_id_, account_id_;  // of attributes
};

Status JiraPeople::open(const PeopleObjects& objects, const Stop& stop) {
  objects_ = objects;
  if (!is_number(objects.type_id)) {
    return wrong_settings(fmt::format("Assets did not say which object type {} is.",
                                      base::printable(objects.type_name)));
  }
  TRY(check(objects.target, stop));
  return find_attributes(stop);
}

Status JiraPeople::check(const std::string& target, const Stop& stop) {
  TRY(api_.locate(stop));
  TRY(sign_in(stop));
  return find_workspace(target, stop);
}

// A search by nobody, or by somebody who may not, finds nobody instead of being refused:
// developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-search/
Status JiraPeople::sign_in(const Stop& stop) {
  TRY(api_.read_jira({.doing = "signing in", .path = "/rest/api/3/myself"}, stop));
  const json::Document granted =
      TRY(api_.read_jira({.doing = "looking at the account's permissions",
                          .path = "/rest/api/3/mypermissions?permissions=USER_PICKER"},
                         stop));
  const Value* permissions = granted.root().find("permissions");
  const Value* browse = permissions ? permissions->find("USER_PICKER") : nullptr;
  const Value* has = browse ? browse->find("havePermission") : nullptr;
  if (has != nullptr && has->boolean()) return {};
  return Error{ErrorKind::kDenied, "people_permission",
               "The account of \"people\" may not search for people in Jira. Grant it the global "
               "permission \"Browse users and groups\" (Settings > System > Global permissions)."};
}

Status JiraPeople::find_workspace(const std::string& target, const Stop& stop) {
  const std::string wanted = workspace_of(target);
  const json::Document answer =
      TRY(api_.read_jira({.doing = "asking for the Assets of the site",
                          .path = "/rest/servicedeskapi/assets/workspace?start=0&limit=50"},
                         stop));
  const Value* values = answer.root().find("values");
  const auto items = values ? values->items() : std::span<const Value>();
  const bool is_there = !wanted.empty() && std::ranges::any_of(items, [&](const Value& one) {
    return text_at(one, "workspaceId") == wanted;
  });
  if (!is_there) {
    return wrong_settings(
        "The site in site_url has other Assets than the import went to, or none. Write the address "
        "of the Jira site that the import's token comes from.");
  }
  api_.use_workspace(wanted);
  return {};
}

Result<json::Document> JiraPeople::list_attributes(const Stop& stop) {
  return api_.read_assets({.doing = "reading the attributes of the object type",
                           .path = fmt::format("/objecttype/{}/attributes", objects_.type_id)},
                          stop);
}

Result<std::string> JiraPeople::id_of(const json::Document& attributes,
                                      const std::string& name) const {
  const Value* attribute = find_attribute(attributes, name);
  std::string id = attribute ? text_at(*attribute, "id") : std::string();
  if (is_number(id)) return id;
  return wrong_settings(fmt::format("{} has no attribute \"{}\" in Assets.", objects_.type_name,
                                    base::printable(name)));
}

Status JiraPeople::find_attributes(const Stop& stop) {
  json::Document attributes = TRY(list_attributes(stop));
  if (find_attribute(attributes, objects_.account_attribute) == nullptr) {
    TRY(make_attribute(stop));
    attributes = TRY(list_attributes(stop));
  }
  account_id_ = TRY(id_of(attributes, objects_.account_attribute));
  key_id_ = TRY(id_of(attributes, objects_.key_attribute));
  email_id_ = TRY(id_of(attributes, objects_.email_attribute));
  const Value* type = find_attribute(attributes, objects_.account_attribute)->find("type");
  if (type != nullptr && type->integer() == kUserType) return {};
  return wrong_settings(fmt::format(
      "The attribute \"{}\" of {} is not of type User in Assets. Give it another name there, or "
      "name another one in \"people\".",
      base::printable(objects_.account_attribute), objects_.type_name));
}

// A lost answer does not matter: the attributes are listed again.
Status JiraPeople::make_attribute(const Stop& stop) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("name").string(objects_.account_attribute);
  writer.key("description").string("The person's Jira account, filled in by muster");
  writer.key("type").number(kUserType).key("minimumCardinality").number(std::int64_t{0});
  writer.key("maximumCardinality").number(std::int64_t{1}).end_object();
  const Result<net::Response> answer =
      api_.ask_assets({.doing = "adding an attribute to the object type",
                       .method = "POST",
                       .path = fmt::format("/objecttypeattribute/{}", objects_.type_id),
                       .body = std::move(body),
                       .idempotent = false},
                      stop);
  if (answer.ok() && (answer->status == 200 || answer->status == 201)) return {};
  if (!answer.ok() && answer.error().kind == ErrorKind::kUnavailable) return {};
  if (!answer.ok() && answer.error().reason != "people_permission") return answer.error();
  return Error{ErrorKind::kDenied, "people_settings",
               fmt::format("{} has no attribute \"{}\" and Assets does not let the account of "
                           "\"people\" add it. Add it there by hand, of type User.",
                           objects_.type_name, base::printable(objects_.account_attribute))};
}

Person JiraPeople::person_of(const Value& object) const {
  Person person{.object_id = text_at(object, "id"),
                .object_key = text_at(object, "objectKey"),
                .key = {},
                .email = {},
                .accounts = {}};
  const Value* attributes = object.find("attributes");
  if (attributes == nullptr) return person;
  for (const Value& attribute : attributes->items()) {
    const std::string id = text_at(attribute, "objectTypeAttributeId");
    const Value* values = attribute.find("objectAttributeValues");
    if (values == nullptr || values->items().empty()) continue;
    if (id == key_id_) person.key = text_at(values->items()[0], "value");
    if (id == email_id_) person.email = text_at(values->items()[0], "value");
    if (id != account_id_) continue;
    for (const Value& value : values->items()) person.accounts.push_back(account_in(value));
  }
  return person;
}

Status JiraPeople::read(const OnPerson& on_person, const Stop& stop) {
  constexpr std::string_view kDoing = "reading the people in Assets";
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("qlQuery");
  writer.string(fmt::format("objectTypeId = {} order by Key", objects_.type_id)).end_object();
  std::unordered_set<std::string> seen;
  for (std::size_t start = 0;;) {
    const json::Document page = TRY(api_.read_assets(
        {.doing = kDoing,
         .method = "POST",
         .path = fmt::format("/object/aql?startAt={}&maxResults={}&includeAttributes=true", start,
                             kObjectsPerPage),
         .body = body},
        stop));
    const Value* values = page.root().find("values");
    if (values == nullptr || !values->is_array()) {
      return Error{ErrorKind::kMalformed, "people_unavailable",
                   fmt::format("Assets' answer to {} holds no objects.", kDoing)};
    }
    const std::size_t before = seen.size();
    for (const Value& object : values->items()) {
      Person person = person_of(object);
      // The id becomes part of a path.
      if (is_number(person.object_id) && seen.insert(person.object_id).second) {
        on_person(std::move(person));
      }
    }
    const Value* last = page.root().find("isLast");
    if (last == nullptr) last = page.root().find("last");
    if (values->items().empty() || (last != nullptr && last->boolean())) return {};
    if (seen.size() == before) {
      return Error{ErrorKind::kMalformed, "people_unavailable",
                   fmt::format("Assets gave the same objects again while {}.", kDoing)};
    }
    start += values->items().size();
  }
}

std::string JiraPeople::body_of(const AccountChange& change) const {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("objectTypeId").string(objects_.type_id);
  writer.key("attributes").begin_array().begin_object();
  writer.key("objectTypeAttributeId").string(account_id_);
  writer.key("objectAttributeValues").begin_array().begin_object();
  writer.key("value").string(change.account).end_object().end_array();
  writer.end_object().end_array().end_object();
  return body;
}

Status JiraPeople::write(std::span<const AccountChange> changes, std::vector<Written>& written,
                         const Stop& stop) {
  constexpr std::string_view kDoing = "writing an account into an object";
  written.assign(changes.size(), Written::kNot);
  return for_each_in_flight(
      api_.scheduler(), kWritesInFlight, changes.size(),
      [&](std::size_t i, const Stop& inner) -> Status {
        const net::Response answer = TRY(api_.ask_assets({.doing = kDoing,
                                                          .method = "PUT",
                                                          .path = "/object/" + changes[i].object_id,
                                                          .body = body_of(changes[i])},
                                                         inner));
        if (answer.status == 200) {
          written[i] = Written::kDone;
        } else if (answer.status == 404) {
          written[i] = Written::kGone;
        } else if (answer.status == 400) {
          written[i] = Written::kRefused;
        } else {
          return not_done("Assets", kDoing, answer);
        }
        return {};
      },
      stop);
}

}  // namespace

std::unique_ptr<People> make_people(PeopleSettings settings, JsmTools tools) {
  return std::make_unique<JiraPeople>(std::move(settings), tools);
}

}  // namespace muster::assets
