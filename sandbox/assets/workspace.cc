#include "sandbox/assets/workspace.h"

namespace muster::sandbox::assets {
namespace {

// FNV-1a over eight bytes at a time, then mixed: fast, and the same on every run of a seed.
class Hasher {
 public:
  void add(std::uint64_t word) {
    state_ = (state_ ^ word) * 0x9e3779b97f4a7c15;
    state_ ^= state_ >> 29;
  }
  std::uint64_t finish() const {
    std::uint64_t mixed = state_ * 0xbf58476d1ce4e5b9;
    return mixed ^ (mixed >> 32);
  }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325;
};

constexpr std::uint64_t kOnes = 0x0101010101010101;

// Lower case for eight ASCII letters at once; other bytes stay.
std::uint64_t fold(std::uint64_t word) {
  const std::uint64_t low = word & (kOnes * 0x7f);
  const std::uint64_t from_a = low + kOnes * (0x80 - 'A');
  const std::uint64_t past_z = low + kOnes * (0x80 - 'Z' - 1);
  const std::uint64_t letters = (from_a & ~past_z & ~word) & (kOnes * 0x80);
  return word | (letters >> 2);
}

template <typename Change>
std::uint64_t hash_words(std::string_view text, Change change) {
  Hasher hasher;
  hasher.add(text.size());
  while (text.size() >= sizeof(std::uint64_t)) {
    hasher.add(change(packed::load<std::uint64_t>(text.data())));
    text.remove_prefix(sizeof(std::uint64_t));
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, text.data(), text.size());
  hasher.add(change(rest));
  return hasher.finish();
}

}  // namespace

std::uint64_t hash_value(std::string_view text) {
  return hash_words(text, [](std::uint64_t word) { return word; });
}

std::uint64_t hash_folded(std::string_view text) { return hash_words(text, fold); }

std::optional<std::uint16_t> ObjectType::slot_of(std::string_view attribute_name) const {
  for (std::size_t slot = 0; slot < attributes.size(); ++slot)
    if (base::equals_ignoring_case(attributes[slot].name, attribute_name))
      return static_cast<std::uint16_t>(slot);
  return std::nullopt;
}

std::optional<std::uint16_t> ObjectType::label_slot() const {
  for (std::size_t slot = 0; slot < attributes.size(); ++slot)
    if (attributes[slot].label) return static_cast<std::uint16_t>(slot);
  return std::nullopt;
}

std::optional<TypeIndex> Workspace::type_by_external_id(std::string_view external_id) const {
  for (TypeIndex type = 0; type < types.size(); ++type)
    if (types[type].external_id == external_id) return type;
  return std::nullopt;
}

std::optional<TypeIndex> Workspace::type_by_name(std::uint32_t schema,
                                                 std::string_view name) const {
  for (TypeIndex type = 0; type < types.size(); ++type)
    if (types[type].schema == schema && types[type].name == name) return type;
  return std::nullopt;
}

std::optional<TypeIndex> Workspace::type_by_id(std::uint32_t id) const {
  for (TypeIndex type = 0; type < types.size(); ++type)
    if (types[type].id == id) return type;
  return std::nullopt;
}

const StatusType* Workspace::find_status(std::string_view name) const {
  for (const StatusType& status : statuses)
    if (base::equals_ignoring_case(status.name, name)) return &status;
  return nullptr;
}

const Icon* Workspace::find_icon(std::string_view key) const {
  for (const Icon& icon : icons)
    if (icon.key == key) return &icon;
  return nullptr;
}

bool Workspace::is_same_or_descendant(TypeIndex type, TypeIndex ancestor) const {
  for (std::optional<TypeIndex> at_type = type; at_type; at_type = types[*at_type].parent)
    if (*at_type == ancestor) return true;
  return false;
}

ObjectId Workspace::create(TypeIndex type, std::string values, base::WallTime now) {
  objects_.push_back(
      Object{.type = type, .values = std::move(values), .created = now, .updated = now});
  const auto id = static_cast<ObjectId>(objects_.size());
  types[type].objects.push_back(id);
  ++types[type].version;
  ++alive_;
  return id;
}

void Workspace::replace_values(ObjectId id, std::string values, base::WallTime now) {
  Object& object = at(id);
  object.values = std::move(values);
  object.updated = now;
  ++types[object.type].version;
}

void Workspace::replace_links(ObjectId id, std::vector<Link> links, base::WallTime now) {
  at(id).links = std::move(links);
  at(id).updated = now;
}

void Workspace::remove(const std::vector<ObjectId>& ids) {
  if (ids.empty()) return;
  for (ObjectId id : ids) {
    Object& object = at(id);
    if (object.removed) continue;
    object = Object{.type = object.type, .removed = true};
    ++types[object.type].version;
    --alive_;
  }
  for (ObjectType& type : types)
    std::erase_if(type.objects, [&](ObjectId id) { return at(id).removed; });
  for (Object& object : objects_)
    std::erase_if(object.links, [&](const Link& link) { return at(link.target).removed; });
}

const Object* Workspace::find(ObjectId id) const {
  if (id == 0 || id > objects_.size() || at(id).removed) return nullptr;
  return &at(id);
}

std::string Workspace::object_key(ObjectId id) const {
  return schemas[type_of(id).schema].key + "-" + std::to_string(id);
}

std::optional<ObjectId> Workspace::object_by_key(std::string_view key) const {
  const std::size_t dash = key.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto id = base::parse_int(key.substr(dash + 1));
  if (!id || *id < 1 || *id > UINT32_MAX || find(static_cast<ObjectId>(*id)) == nullptr)
    return std::nullopt;
  const auto found = static_cast<ObjectId>(*id);
  if (!base::equals_ignoring_case(object_key(found), key)) return std::nullopt;
  return found;
}

std::string_view Workspace::label(ObjectId id) const {
  const auto slot = type_of(id).label_slot();
  return slot ? values_at(at(id).values, *slot).front() : std::string_view();
}

const ValueIndex& Workspace::index(const ObjectType& type, std::uint16_t slot) const {
  ValueIndex& index = type.indexes[slot];
  if (index.version == type.version) return index;
  index.version = type.version;
  index.entries.clear();
  for (ObjectId id : type.objects)
    for (std::string_view value : values_at(at(id).values, slot))
      index.entries.push_back({static_cast<std::uint32_t>(hash_folded(value)), id});
  std::ranges::sort(index.entries, {}, [](const ValueIndex::Entry& entry) {
    return (std::uint64_t{entry.tag} << 32) | entry.id;
  });
  return index;
}

}  // namespace muster::sandbox::assets
