// The part of the Assets REST API that looks at objects, and enough writing to make one by hand.
// https://developer.atlassian.com/cloud/assets/rest/
#include "base/id.h"
#include "base/text.h"
#include "sandbox/assets/exchange.h"
#include "sandbox/assets/object_json.h"
#include "sandbox/assets/value_rules.h"

namespace muster::sandbox::assets {
namespace {

using json::Value;
using net::ServerResponse;

constexpr std::size_t kDefaultPage = 25;

// Writes one JSON answer.
class Answer {
 public:
  explicit Answer(const Exchange& exchange)
      : writer(body), json(writer, exchange.site, exchange.link("")) {}
  ServerResponse send(int status = 200) { return json_response(status, std::move(body)); }

  std::string body;
  json::Writer writer;
  ObjectJson json;
};

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  const auto number = base::parse_int(text);
  if (!number || *number < 0 || *number > UINT32_MAX) return std::nullopt;
  return static_cast<Number>(*number);
}

struct Page {
  std::size_t start = 0;
  std::size_t size = kDefaultPage;
};

std::optional<Page> page_of(const Exchange& exchange) {
  Page page;
  if (const auto start = exchange.call.parameter("startAt")) {
    const auto number = number_of<std::size_t>(*start);
    if (!number) return std::nullopt;
    page.start = *number;
  }
  if (const auto size = exchange.call.parameter("maxResults")) {
    const auto number = number_of<std::size_t>(*size);
    if (!number || *number == 0) return std::nullopt;
    page.size = *number;
  }
  return page;
}

std::optional<std::uint32_t> schema_of(const Exchange& exchange) {
  const auto id = number_of<std::uint32_t>(exchange.captures[0]);
  const std::vector<Schema>& schemas = exchange.site.workspace.schemas;
  const auto found = id ? std::ranges::find(schemas, *id, &Schema::id) : schemas.end();
  if (found == schemas.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - schemas.begin());
}

std::optional<TypeIndex> type_of(const Exchange& exchange, std::string_view text) {
  const auto id = number_of<std::uint32_t>(text);
  return id ? exchange.site.workspace.type_by_id(*id) : std::nullopt;
}

// By its number or its key; 0 when there is none.
ObjectId object_of(const Exchange& exchange) {
  const std::string& text = exchange.captures[0];
  if (const auto id = number_of<ObjectId>(text))
    return exchange.site.workspace.find(*id) == nullptr ? 0 : *id;
  return exchange.site.workspace.object_by_key(text).value_or(0);
}

ServerResponse not_found() { return error_answer(404, "NotFoundInsightException: not found"); }

ServerResponse list_schemas(Exchange& exchange) {
  const auto page = page_of(exchange);
  if (!page) return error_answer(400, "startAt and maxResults are whole numbers");
  const std::size_t total = exchange.site.workspace.schemas.size();
  const std::size_t end = std::min(total, page->start + page->size);
  Answer answer(exchange);
  answer.writer.begin_object().key("startAt").number(std::uint64_t{page->start});
  answer.writer.key("maxResults").number(std::uint64_t{page->size});
  answer.writer.key("total").number(std::uint64_t{total}).key("values").begin_array();
  for (std::size_t i = page->start; i < end; ++i) answer.json.schema(static_cast<std::uint32_t>(i));
  answer.writer.end_array().key("isLast").boolean(page->start + page->size >= total).end_object();
  return answer.send();
}

ServerResponse get_schema(Exchange& exchange) {
  const auto schema = schema_of(exchange);
  if (!schema) return not_found();
  Answer answer(exchange);
  answer.json.schema(*schema);
  return answer.send();
}

ServerResponse list_types(Exchange& exchange) {
  const auto schema = schema_of(exchange);
  if (!schema) return not_found();
  Answer answer(exchange);
  answer.writer.begin_array();
  for (TypeIndex type = 0; type < exchange.site.workspace.types.size(); ++type)
    if (exchange.site.workspace.types[type].schema == *schema) answer.json.type(type);
  answer.writer.end_array();
  return answer.send();
}

ServerResponse get_type(Exchange& exchange) {
  const auto type = type_of(exchange, exchange.captures[0]);
  if (!type) return not_found();
  Answer answer(exchange);
  answer.json.type(*type);
  return answer.send();
}

void write_attributes(Answer& answer, const Workspace& workspace, TypeIndex type) {
  answer.json.key_attribute(type);
  for (std::uint16_t slot = 0; slot < workspace.types[type].attributes.size(); ++slot)
    answer.json.attribute(type, slot);
}

ServerResponse list_attributes(Exchange& exchange) {
  const auto type = type_of(exchange, exchange.captures[0]);
  if (!type) return not_found();
  Answer answer(exchange);
  answer.writer.begin_array();
  write_attributes(answer, exchange.site.workspace, *type);
  answer.writer.end_array();
  return answer.send();
}

// Only what an import cannot make: an attribute for users.
ServerResponse create_attribute(Exchange& exchange) {
  const auto index = type_of(exchange, exchange.captures[0]);
  if (!index) return not_found();
  const Value* name = exchange.body == nullptr ? nullptr : exchange.body->find("name");
  const Value* kind = exchange.body == nullptr ? nullptr : exchange.body->find("type");
  if (name == nullptr || name->text().empty() || kind == nullptr || !kind->integer())
    return error_answer(400, "name and type are needed");
  if (kind->integer() != 2) return error_answer(400, "the sandbox makes attributes of type 2 only");
  Workspace& workspace = exchange.site.workspace;
  ObjectType& type = workspace.types[*index];
  if (type.slot_of(name->text()) || base::equals_ignoring_case(name->text(), "Key"))
    return error_answer(400, "the type has an attribute of this name");
  type.attributes.push_back(
      {.id = workspace.next_id(),
       .external_id = "cmdb::externalId/" + base::make_random_id(*exchange.site.random),
       .name = std::string(name->text()),
       .type = std::string(kUser)});
  Answer answer(exchange);
  answer.json.attribute(*index, static_cast<std::uint16_t>(type.attributes.size() - 1));
  return answer.send(201);
}

// ---- objects by hand --------------------------------------------------------------------------

struct WrittenObject {
  std::string values;
  std::vector<Link> links;
  std::string error;
};

std::optional<std::uint16_t> slot_by_id(const ObjectType& type, std::string_view id) {
  for (std::size_t slot = 0; slot < type.attributes.size(); ++slot)
    if (std::to_string(type.attributes[slot].id) == id) return static_cast<std::uint16_t>(slot);
  return std::nullopt;
}

// The text of each objectAttributeValues[].value.
std::vector<std::string> texts_of(const Value& attribute) {
  std::vector<std::string> texts;
  if (const Value* values = attribute.find("objectAttributeValues"))
    for (const Value& one : values->items())
      if (const Value* text = one.find("value"); text != nullptr && !text->text().empty())
        texts.emplace_back(text->text());
  return texts;
}

bool are_accounts(const Site& site, const std::vector<std::string>& ids) {
  const auto& name_of = site.settings.account_name;
  return std::ranges::all_of(
      ids, [&](const std::string& id) { return name_of && name_of(id).has_value(); });
}

// Values by slot from the body's attributes; `known` are those of an existing object.
WrittenObject read_object(const Exchange& exchange, TypeIndex index, const Object* known) {
  const Workspace& workspace = exchange.site.workspace;
  const ObjectType& type = workspace.types[index];
  std::map<std::uint16_t, std::vector<std::string>> by_slot;
  WrittenObject written;
  if (known != nullptr) {
    written.links = known->links;
    for (PackedReader entry(known->values); !entry.done(); entry.next())
      for (std::string_view text : entry.values()) by_slot[entry.slot()].emplace_back(text);
  }
  const Value* attributes = exchange.body == nullptr ? nullptr : exchange.body->find("attributes");
  if (attributes == nullptr || !attributes->is_array()) return {.error = "attributes are needed"};
  for (const Value& attribute : attributes->items()) {
    const Value* id = attribute.find("objectTypeAttributeId");
    const auto slot = slot_by_id(type, id == nullptr ? "" : id->text());
    if (!slot) return {.error = "an attribute that the type does not have"};
    std::vector<std::string> texts = texts_of(attribute);
    for (const std::string& text : texts)
      if (const auto error = check_value(type.attributes[*slot], text)) return {.error = *error};
    if (type.attributes[*slot].is_user() && !are_accounts(exchange.site, texts))
      return {.error = "a Jira account that does not exist"};
    if (!type.attributes[*slot].is_reference()) {
      by_slot[*slot] = std::move(texts);
      continue;
    }
    std::erase_if(written.links, [&](const Link& link) { return link.slot == *slot; });
    for (const std::string& key : texts) {
      const auto target = workspace.object_by_key(key);
      if (!target) return {.error = "a reference to an object that does not exist"};
      written.links.push_back({*slot, *target});
    }
  }
  std::ranges::sort(written.links);
  PackedWriter writer(written.values);
  for (std::uint16_t slot = 0; slot < type.attributes.size(); ++slot) {
    const std::vector<std::string>& texts = by_slot[slot];
    if (type.attributes[slot].is_reference()) continue;
    if (const auto error = check_cardinality(type.attributes[slot], texts.size()))
      return {.error = *error};
    if (texts.empty()) continue;
    writer.begin(slot);
    for (const std::string& text : texts) writer.add(text);
    writer.end();
  }
  return written;
}

ServerResponse answer_object(const Exchange& exchange, ObjectId id, int status) {
  Answer answer(exchange);
  answer.json.object(id, true);
  return answer.send(status);
}

ServerResponse create_object(Exchange& exchange) {
  const Value* id = exchange.body == nullptr ? nullptr : exchange.body->find("objectTypeId");
  const auto type = type_of(exchange, id == nullptr ? "" : id->text());
  if (!type) return error_answer(400, "objectTypeId names no object type");
  WrittenObject written = read_object(exchange, *type, nullptr);
  if (!written.error.empty()) return error_answer(400, written.error);
  Workspace& workspace = exchange.site.workspace;
  const ObjectId created = workspace.create(*type, std::move(written.values), exchange.clock.wall);
  workspace.replace_links(created, std::move(written.links), exchange.clock.wall);
  return answer_object(exchange, created, 201);
}

ServerResponse update_object(Exchange& exchange) {
  const ObjectId id = object_of(exchange);
  if (id == 0) return not_found();
  Workspace& workspace = exchange.site.workspace;
  const Value* type = exchange.body == nullptr ? nullptr : exchange.body->find("objectTypeId");
  if (type != nullptr && type_of(exchange, type->text()) != workspace.at(id).type)
    return error_answer(400, "objectTypeId is of another type");
  WrittenObject written = read_object(exchange, workspace.at(id).type, &workspace.at(id));
  if (!written.error.empty()) return error_answer(400, written.error);
  workspace.replace_values(id, std::move(written.values), exchange.clock.wall);
  workspace.replace_links(id, std::move(written.links), exchange.clock.wall);
  return answer_object(exchange, id, 200);
}

ServerResponse delete_object(Exchange& exchange) {
  const ObjectId id = object_of(exchange);
  if (id == 0) return not_found();
  exchange.site.workspace.remove({id});
  return empty_answer(200);
}

ServerResponse get_object(Exchange& exchange) {
  const ObjectId id = object_of(exchange);
  return id == 0 ? not_found() : answer_object(exchange, id, 200);
}

ServerResponse get_object_attributes(Exchange& exchange) {
  const ObjectId id = object_of(exchange);
  if (id == 0) return not_found();
  Answer answer(exchange);
  answer.json.attributes_of(id);
  return answer.send();
}

// Which types refer to the object through which attribute, and how often.
ServerResponse get_reference_info(Exchange& exchange) {
  const ObjectId id = object_of(exchange);
  if (id == 0) return not_found();
  const Workspace& workspace = exchange.site.workspace;
  std::map<std::pair<TypeIndex, std::uint16_t>, std::uint64_t> counts;
  workspace.each_object([&](ObjectId other) {
    for (const Link& link : workspace.at(other).links)
      if (link.target == id) ++counts[{workspace.at(other).type, link.slot}];
  });
  Answer answer(exchange);
  answer.writer.begin_array();
  for (const auto& [from, count] : counts) {
    const ObjectType& type = workspace.types[from.first];
    answer.writer.begin_object().key("referenceTypes").begin_array().begin_object();
    answer.writer.key("name").string(type.attributes[from.second].name).end_object().end_array();
    answer.writer.key("objectType");
    answer.json.type(from.first);
    answer.writer.key("numberOfReferencedObjects").number(count);
    answer.writer.key("openIssuesExists").boolean(false);
    answer.writer.key("closedIssuesExists").boolean(false).end_object();
  }
  answer.writer.end_array();
  return answer.send();
}

// ---- search -----------------------------------------------------------------------------------

base::Result<std::vector<ObjectId>> search(const Exchange& exchange) {
  const Value* text = exchange.body == nullptr ? nullptr : exchange.body->find("qlQuery");
  if (text == nullptr || !text->is_string())
    return base::Error{base::ErrorKind::kMalformed, "aql", "qlQuery is needed"};
  const AqlQuery query = TRY(parse_aql(text->text(), AqlForm::kQuery));
  return AqlSearch(exchange.site.workspace, exchange.clock.wall).run(query);
}

ServerResponse search_objects(Exchange& exchange) {
  const auto page = page_of(exchange);
  if (!page) return error_answer(400, "startAt and maxResults are whole numbers");
  const auto found = search(exchange);
  if (!found.ok()) return error_answer(400, found.error().message);
  const bool with_attributes = exchange.call.parameter("includeAttributes") != "false";
  const std::vector<ObjectId>& ids = *found;
  const std::size_t end = std::min(ids.size(), page->start + page->size);
  const bool last = page->start + page->size >= ids.size();
  std::vector<TypeIndex> types;
  Answer answer(exchange);
  answer.writer.begin_object().key("startAt").number(std::uint64_t{page->start});
  answer.writer.key("maxResults").number(std::uint64_t{page->size}).key("values").begin_array();
  for (std::size_t i = page->start; i < end; ++i) {
    answer.json.object(ids[i], with_attributes);
    const TypeIndex type = exchange.site.workspace.at(ids[i]).type;
    if (std::ranges::count(types, type) == 0) types.push_back(type);
  }
  answer.writer.end_array().key("objectTypeAttributes").begin_array();
  for (TypeIndex type : types) write_attributes(answer, exchange.site.workspace, type);
  answer.writer.end_array().key("last").boolean(last).key("isLast").boolean(last).end_object();
  return answer.send();
}

ServerResponse count_objects(Exchange& exchange) {
  const auto found = search(exchange);
  if (!found.ok()) return error_answer(400, found.error().message);
  return json_response(200, fmt::format(R"({{"totalCount":{}}})", found->size()));
}

ServerResponse list_statuses(Exchange& exchange) {
  Answer answer(exchange);
  answer.writer.begin_array();
  for (const StatusType& status : exchange.site.workspace.statuses) answer.json.status(status);
  answer.writer.end_array();
  return answer.send();
}

ServerResponse get_usage(Exchange& exchange) {
  const Workspace& workspace = exchange.site.workspace;
  Answer answer(exchange);
  answer.writer.begin_object().key("totalObjectsCount");
  answer.writer.number(std::uint64_t{workspace.object_count()}).key("perSchemaUsageInfo");
  answer.writer.begin_array();
  for (std::uint32_t i = 0; i < workspace.schemas.size(); ++i) {
    const Schema& schema = workspace.schemas[i];
    std::uint64_t objects = 0;
    for (const ObjectType& type : workspace.types)
      if (type.schema == i) objects += type.objects.size();
    answer.writer.begin_object().key("schemaId").number(std::uint64_t{schema.id});
    answer.writer.key("schemaName").string(schema.name).key("schemaCreatedAt");
    answer.writer.string(base::format_utc(schema.created));
    answer.writer.key("objectCount").number(objects).end_object();
  }
  answer.writer.end_array().end_object();
  return answer.send();
}

constexpr Route kRoutes[] = {
    {"GET", "/objectschema/list", list_schemas, ""},
    {"GET", "/objectschema/{}", get_schema, ""},
    {"GET", "/objectschema/{}/objecttypes", list_types, ""},
    {"GET", "/objectschema/{}/objecttypes/flat", list_types, ""},
    {"GET", "/objecttype/{}", get_type, ""},
    {"GET", "/objecttype/{}/attributes", list_attributes, ""},
    {"POST", "/objecttypeattribute/{}", create_attribute, ""},
    {"POST", "/object/aql", search_objects, ""},
    {"POST", "/object/aql/totalcount", count_objects, ""},
    {"POST", "/object/create", create_object, ""},
    {"GET", "/object/{}", get_object, ""},
    {"PUT", "/object/{}", update_object, ""},
    {"DELETE", "/object/{}", delete_object, ""},
    {"GET", "/object/{}/attributes", get_object_attributes, ""},
    {"GET", "/object/{}/referenceinfo", get_reference_info, ""},
    {"GET", "/config/statustype", list_statuses, ""},
    {"GET", "/usage", get_usage, ""},
};

}  // namespace

std::span<const Route> object_routes() { return kRoutes; }

}  // namespace muster::sandbox::assets
