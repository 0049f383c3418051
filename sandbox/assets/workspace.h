// What the imitated Assets holds: schemas, object types with attributes, statuses, icons, objects
// and the references between them. Knows nothing of HTTP or imports. Not thread-safe: its owner
// locks.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/scheduler.h"
#include "base/text.h"
#include "sandbox/assets/packed_values.h"

namespace muster::sandbox::assets {

using ObjectId = std::uint32_t;   // 0: none
using TypeIndex = std::uint32_t;  // position in Workspace::types

inline constexpr std::int64_t kUnlimited = -1;  // maximumCardinality
inline constexpr std::string_view kReferencedObject = "referenced_object";
inline constexpr std::string_view kUser = "user";  // not a type of imports

struct Attribute {
  std::uint32_t id = 0;
  std::string external_id;
  std::string name;
  std::string description;
  std::string type;  // as in the import schema: "text", "referenced_object"
  bool label = false;
  bool unique = false;
  std::int64_t minimum = 0;
  std::int64_t maximum = 1;
  std::vector<std::string> type_values;  // status: the allowed names; empty: any
  std::vector<std::string> options;      // select: the known options
  std::optional<TypeIndex> target{};     // referenced_object

  bool is_reference() const { return type == kReferencedObject; }
  bool is_user() const { return type == kUser; }
};

// One attribute's values, folded to lower case, in the order of their hashes.
struct ValueIndex {
  struct Entry {
    std::uint32_t tag;
    ObjectId id;
  };
  std::uint64_t version = 0;  // of the type it was built for
  std::vector<Entry> entries;
};

struct ObjectType {
  std::uint32_t id = 0;
  std::uint32_t schema = 0;            // position in Workspace::schemas
  std::uint32_t key_attribute_id = 0;  // the system attribute Key
  std::string external_id;
  std::string name;
  std::string description;
  std::string icon_key;
  std::optional<TypeIndex> parent{};
  std::vector<Attribute> attributes;  // a position is a slot; only ever appended to
  std::vector<ObjectId> objects;      // in order of creation

  std::optional<std::uint16_t> slot_of(std::string_view attribute_name) const;  // ignores case
  std::optional<std::uint16_t> label_slot() const;

  std::uint64_t version = 1;  // counts changes of its objects' values
  mutable std::map<std::uint16_t, ValueIndex> indexes{};
};

struct Link {
  std::uint16_t slot;
  ObjectId target;
  auto operator<=>(const Link&) const = default;
};

struct Object {
  TypeIndex type = 0;
  bool removed = false;
  std::uint32_t seen_in = 0;  // number of the last execution that sent it
  std::string values;         // packed; no empty entries
  std::vector<Link> links;    // ascending
  base::WallTime created{};
  base::WallTime updated{};
};

struct Schema {
  std::uint32_t id = 0;
  std::string key;  // "IMP1": the front half of an object key
  std::string name;
  std::string description;
  base::WallTime created{};
};

struct StatusType {
  std::uint32_t id = 0;
  std::string name;
  std::string description;
  std::string category;  // active | inactive | pending
};

struct Icon {
  std::uint32_t id = 0;
  std::string key;
  std::string name;
  std::string png48;
};

class Workspace {
 public:
  std::vector<Schema> schemas;
  std::vector<ObjectType> types;
  std::vector<StatusType> statuses;
  std::vector<Icon> icons;

  std::uint32_t next_id() { return ++last_id_; }  // for schemas, types, attributes, statuses, icons

  std::optional<TypeIndex> type_by_external_id(std::string_view external_id) const;
  std::optional<TypeIndex> type_by_name(std::uint32_t schema, std::string_view name) const;
  std::optional<TypeIndex> type_by_id(std::uint32_t id) const;
  const StatusType* find_status(std::string_view name) const;
  const Icon* find_icon(std::string_view key) const;
  bool is_same_or_descendant(TypeIndex type, TypeIndex ancestor) const;

  ObjectId create(TypeIndex type, std::string values, base::WallTime now);
  void replace_values(ObjectId id, std::string values, base::WallTime now);
  void replace_links(ObjectId id, std::vector<Link> links, base::WallTime now);
  // Takes the objects and every reference to them away.
  void remove(const std::vector<ObjectId>& ids);

  const Object* find(ObjectId id) const;  // nullptr: never existed or removed
  Object& at(ObjectId id) { return objects_[id - 1]; }
  const Object& at(ObjectId id) const { return objects_[id - 1]; }
  std::size_t object_count() const { return alive_; }

  std::string object_key(ObjectId id) const;  // "IMP1-88"
  std::optional<ObjectId> object_by_key(std::string_view key) const;
  std::string_view label(ObjectId id) const;
  const ObjectType& type_of(ObjectId id) const { return types[at(id).type]; }

  // Objects of the type with this value at the slot; compares without case unless `exact`.
  template <typename Visit>
  void with_value(TypeIndex type, std::uint16_t slot, std::string_view value, bool exact,
                  Visit&& visit) const;
  // Every living object in order of creation.
  template <typename Visit>
  void each_object(Visit&& visit) const {
    for (ObjectId id = 1; id <= objects_.size(); ++id)
      if (!at(id).removed) visit(id);
  }

 private:
  const ValueIndex& index(const ObjectType& type, std::uint16_t slot) const;

  std::uint32_t last_id_ = 400;
  std::vector<Object> objects_;  // id - 1
  std::size_t alive_ = 0;
};

std::uint64_t hash_value(std::string_view text);   // of the text as it is
std::uint64_t hash_folded(std::string_view text);  // of its lower case (ASCII)

template <typename Visit>
void Workspace::with_value(TypeIndex type, std::uint16_t slot, std::string_view value, bool exact,
                           Visit&& visit) const {
  const auto tag = static_cast<std::uint32_t>(hash_folded(value));
  const std::vector<ValueIndex::Entry>& entries = index(types[type], slot).entries;
  auto entry =
      std::lower_bound(entries.begin(), entries.end(), tag,
                       [](const auto& one, std::uint32_t wanted) { return one.tag < wanted; });
  for (; entry != entries.end() && entry->tag == tag; ++entry)
    for (std::string_view held : values_at(at(entry->id).values, slot))
      if (exact ? held == value : base::equals_ignoring_case(held, value)) {
        visit(entry->id);
        break;
      }
}

}  // namespace muster::sandbox::assets
