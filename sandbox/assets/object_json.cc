#include "sandbox/assets/object_json.h"

#include "base/text.h"

namespace muster::sandbox::assets {
namespace {

// The numbers of the REST API for attribute types.
constexpr int kDefaultType = 0;
constexpr int kReferenceType = 1;
constexpr int kUserType = 2;
constexpr int kStatusType = 7;

struct DefaultType {
  std::string_view name;
  int id;
  std::string_view title;
};
constexpr DefaultType kDefaultTypes[] = {
    {"text", 0, "Text"},          {"integer", 1, "Integer"}, {"boolean", 2, "Boolean"},
    {"double", 3, "Double"},      {"date", 4, "Date"},       {"time", 5, "Time"},
    {"date_time", 6, "DateTime"}, {"url", 7, "Url"},         {"email", 8, "Email"},
    {"textarea", 9, "Textarea"},  {"select", 10, "Select"},  {"ipaddress", 11, "IP Address"}};

int category_number(std::string_view category) {
  return category == "active" ? 1 : category == "inactive" ? 0 : 2;
}

std::int64_t milliseconds(base::WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

void ObjectJson::global_id(std::string_view id) {
  writer_.key("workspaceId").string(site_.workspace_id);
  writer_.key("globalId").string(fmt::format("{}:{}", site_.workspace_id, id));
  writer_.key("id").string(id);
}

void ObjectJson::schema(std::uint32_t index) {
  const Schema& schema = workspace_.schemas[index];
  std::uint64_t objects = 0;
  std::uint64_t types = 0;
  for (const ObjectType& type : workspace_.types)
    if (type.schema == index) {
      ++types;
      objects += type.objects.size();
    }
  writer_.begin_object();
  global_id(std::to_string(schema.id));
  writer_.key("name").string(schema.name).key("objectSchemaKey").string(schema.key);
  writer_.key("description").string(schema.description).key("status").string("Ok");
  writer_.key("created").string(base::format_utc(schema.created));
  writer_.key("updated").string(base::format_utc(schema.created));
  writer_.key("objectCount").number(objects).key("objectTypeCount").number(types).end_object();
}

void ObjectJson::type(TypeIndex index) {
  const ObjectType& type = workspace_.types[index];
  const Icon* icon = workspace_.find_icon(type.icon_key);
  const Schema& schema = workspace_.schemas[type.schema];
  writer_.begin_object();
  global_id(std::to_string(type.id));
  writer_.key("name").string(type.name).key("description").string(type.description);
  writer_.key("icon").begin_object().key("id").string(icon ? std::to_string(icon->id) : "1");
  writer_.key("name").string(icon ? icon->name : "Object").end_object();
  writer_.key("position").number(std::uint64_t{index});
  writer_.key("created").string(base::format_utc(schema.created));
  writer_.key("updated").string(base::format_utc(schema.created));
  writer_.key("objectCount").number(std::uint64_t{type.objects.size()});
  if (type.parent)
    writer_.key("parentObjectTypeId").string(std::to_string(workspace_.types[*type.parent].id));
  writer_.key("objectSchemaId").string(std::to_string(schema.id));
  writer_.key("inherited").boolean(false).key("abstractObjectType").boolean(false);
  writer_.key("parentObjectTypeInherited").boolean(false).end_object();
}

void ObjectJson::key_attribute(TypeIndex type) {
  writer_.begin_object();
  global_id(std::to_string(workspace_.types[type].key_attribute_id));
  writer_.key("name").string("Key").key("label").boolean(false);
  writer_.key("type").number(std::int64_t{kDefaultType}).key("defaultType").begin_object();
  writer_.key("id").number(std::int64_t{0}).key("name").string("Text").end_object();
  writer_.key("editable").boolean(false).key("system").boolean(true).end_object();
}

void ObjectJson::attribute(TypeIndex type, std::uint16_t slot) {
  const Attribute& attribute = workspace_.types[type].attributes[slot];
  writer_.begin_object();
  global_id(std::to_string(attribute.id));
  writer_.key("name").string(attribute.name).key("description").string(attribute.description);
  writer_.key("label").boolean(attribute.label);
  if (attribute.is_reference()) {
    writer_.key("type").number(std::int64_t{kReferenceType});
    writer_.key("referenceObjectTypeId")
        .string(std::to_string(workspace_.types[*attribute.target].id));
  } else if (attribute.type == "status") {
    writer_.key("type").number(std::int64_t{kStatusType});
  } else if (attribute.is_user()) {
    writer_.key("type").number(std::int64_t{kUserType});
  } else {
    writer_.key("type").number(std::int64_t{kDefaultType});
    const auto* found = std::ranges::find(kDefaultTypes, attribute.type, &DefaultType::name);
    writer_.key("defaultType").begin_object().key("id").number(std::int64_t{found->id});
    writer_.key("name").string(found->title).end_object();
  }
  writer_.key("editable").boolean(true).key("system").boolean(false);
  writer_.key("minimumCardinality").number(attribute.minimum);
  writer_.key("maximumCardinality").number(attribute.maximum);
  writer_.key("uniqueAttribute").boolean(attribute.unique);
  writer_.key("options").string(fmt::format("{}", fmt::join(attribute.options, ",")));
  writer_.key("position").number(std::uint64_t{slot}).end_object();
}

void ObjectJson::value(std::string_view text) {
  writer_.begin_object().key("value").string(text).key("displayValue").string(text);
  writer_.key("searchValue").string(text).key("referencedType").boolean(false).end_object();
}

// Without `value`, which the description leaves open for users.
void ObjectJson::user(std::string_view account_id) {
  const auto& name_of = site_.settings.account_name;
  const std::string name = name_of ? name_of(account_id).value_or("Former user") : "Former user";
  writer_.begin_object().key("displayValue").string(name).key("searchValue").string(account_id);
  writer_.key("referencedType").boolean(false).key("user").begin_object();
  writer_.key("displayName").string(name).key("name").string("").key("key").string(account_id);
  writer_.key("emailAddress").string("").key("isDeleted").boolean(false).end_object().end_object();
}

void ObjectJson::brief_object(ObjectId id) {
  const Object& object = workspace_.at(id);
  global_id(std::to_string(id));
  writer_.key("label").string(workspace_.label(id));
  writer_.key("objectKey").string(workspace_.object_key(id)).key("objectType");
  type(object.type);
  writer_.key("created").string(base::format_utc(object.created));
  writer_.key("updated").string(base::format_utc(object.updated));
  writer_.key("hasAvatar").boolean(false).key("timestamp").number(milliseconds(object.updated));
  writer_.key("_links").begin_object().key("self");
  writer_.string(fmt::format("{}/object/{}", base_link_, id)).end_object();
  writer_.key("name").string(workspace_.label(id));
}

void ObjectJson::reference(ObjectId target) {
  const std::string key = workspace_.object_key(target);
  writer_.begin_object().key("value").string(key).key("displayValue");
  writer_.string(workspace_.label(target)).key("searchValue").string(key);
  writer_.key("referencedType").boolean(true).key("referencedObject").begin_object();
  brief_object(target);
  writer_.end_object().end_object();
}

void ObjectJson::attributes_of(ObjectId id) {
  const Object& object = workspace_.at(id);
  const ObjectType& type = workspace_.types[object.type];
  writer_.begin_array();
  const auto begin = [&](std::uint32_t attribute_id) {
    writer_.begin_object().key("workspaceId").string(site_.workspace_id);
    writer_.key("objectTypeAttributeId").string(std::to_string(attribute_id));
    writer_.key("objectId").string(std::to_string(id)).key("objectAttributeValues").begin_array();
  };
  begin(type.key_attribute_id);
  value(workspace_.object_key(id));
  writer_.end_array().end_object();
  for (std::uint16_t slot = 0; slot < type.attributes.size(); ++slot) {
    const Values held = values_at(object.values, slot);
    const bool linked = std::ranges::count(object.links, slot, &Link::slot) > 0;
    if (held.empty() && !linked) continue;
    begin(type.attributes[slot].id);
    for (std::string_view text : held) type.attributes[slot].is_user() ? user(text) : value(text);
    for (const Link& link : object.links)
      if (link.slot == slot) reference(link.target);
    writer_.end_array().end_object();
  }
  writer_.end_array();
}

void ObjectJson::object(ObjectId id, bool with_attributes) {
  writer_.begin_object();
  brief_object(id);
  if (with_attributes) {
    writer_.key("attributes");
    attributes_of(id);
  }
  writer_.end_object();
}

void ObjectJson::status(const StatusType& status) {
  writer_.begin_object().key("id").string(std::to_string(status.id));
  writer_.key("name").string(status.name).key("description").string(status.description);
  writer_.key("category").number(std::int64_t{category_number(status.category)}).end_object();
}

}  // namespace muster::sandbox::assets
