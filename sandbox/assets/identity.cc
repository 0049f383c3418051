#include "sandbox/assets/identity.h"

#include "sandbox/assets/reference_template.h"

namespace muster::sandbox::assets {

IdentityIndex::IdentityIndex(const Workspace& workspace, TypeIndex type,
                             std::vector<std::uint16_t> key_slots, bool ignore_case)
    : workspace_(workspace), key_slots_(std::move(key_slots)), ignore_case_(ignore_case) {
  const std::vector<ObjectId>& objects = workspace.types[type].objects;
  table_.clear(objects.size());
  for (ObjectId id : objects)
    if (const std::string_view text = identity(workspace.at(id).values); !text.empty())
      add(text, id);
}

bool IdentityIndex::append_identity(std::string& out, std::string_view values) const {
  out.clear();
  for (std::uint16_t slot : key_slots_) {
    const Values part = values_at(values, slot);
    if (part.empty()) return false;
    const std::string joined = part.size() > 1 ? join_values(part) : std::string();
    const std::string_view text = part.size() > 1 ? std::string_view(joined) : part.front();
    // The size before each part keeps ("ab", "c") apart from ("a", "bc").
    packed::store(out, static_cast<std::uint32_t>(text.size()));
    const std::size_t start = out.size();
    out += text;
    if (ignore_case_)
      for (std::size_t i = start; i < out.size(); ++i)
        if (out[i] >= 'A' && out[i] <= 'Z') out[i] = static_cast<char>(out[i] - 'A' + 'a');
  }
  return true;
}

std::string_view IdentityIndex::identity(std::string_view values) {
  return append_identity(wanted_, values) ? std::string_view(wanted_) : std::string_view();
}

ObjectId IdentityIndex::find(std::string_view identity) {
  ObjectId found = 0;
  table_.find(hash_value(identity), [&](ObjectId id) {
    if (!append_identity(candidate_, workspace_.at(id).values) || candidate_ != identity)
      return false;
    found = id;
    return true;
  });
  return found;
}

void IdentityIndex::add(std::string_view identity, ObjectId id) {
  table_.insert(hash_value(identity), id);
}

}  // namespace muster::sandbox::assets
