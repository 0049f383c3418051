#include "run/joins.h"

#include <fmt/format.h>

#include <algorithm>

#include "json/writer.h"
#include "run/object_text.h"

namespace muster::run {

std::string identity_key_text(const crypto::Hash128& key) { return "id-" + crypto::to_hex(key); }

Joins::Joins(const mapping::Plan& plan, std::size_t data_set,
             const std::vector<std::unique_ptr<Collection>>& collections,
             const std::vector<std::unique_ptr<Pairs>>& pairs, const crypto::HashKey& hash_key)
    : collection_(*collections[data_set]),
      hash_key_(hash_key),
      send_empty_(plan.data_sets[data_set].send_empty) {
  const catalogue::ObjectType& type = plan.type_of(data_set);
  for (const mapping::JoinedField& field : plan.data_sets[data_set].joined) {
    const catalogue::ObjectAttribute& attribute = type.attributes[field.object_attribute];
    Column column;
    column.prefix = fmt::format(",\"{}\":", attribute.locator);
    column.attribute = field.object_attribute;
    column.targets = &collections[field.target]->keys();
    const Pairs& of = *pairs[field.relation];
    column.rows =
        field.from_member_side ? of.rows_by_member(data_set) : of.rows_by_parent(field.target);
    // Salted with the attribute, so that a manager who becomes an owner is a change.
    for (const KeyIndex::Id id : column.rows.rank_to_key) {
      column.hashes.push_back(crypto::keyed_hash(
          hash_key, fmt::format("{}\n{}", attribute.locator, column.targets->text(id))));
      column.longest = std::max(column.longest, column.targets->text(id).size());
    }
    columns_.push_back(std::move(column));
  }
  if (!plan.data_sets[data_set].identity) return;
  const mapping::IdentityPlan& identity = *plan.data_sets[data_set].identity;
  key_attribute_ = identity.key_attribute;
  for (std::size_t i = 0; i < identity.shared.size(); ++i) {
    const std::size_t attribute = identity.shared[i].object_attribute;
    locators_.emplace(type.attributes[attribute].locator, i);
    for (Column& column : columns_) {
      if (column.attribute == attribute) column.shared = i;
    }
  }
}

void Joins::set_identity(IdentityKeys keys) { identity_ = std::move(keys); }

namespace {

bool has_bit(std::uint64_t bits, std::size_t position) {
  return position < 64 && (bits >> position & 1) != 0;
}

}  // namespace

// Without what is left to other importers.
void Joins::append_wanted(std::size_t object, std::string_view text, std::string& out) const {
  const IdentityKeys::Object& of = identity_->objects[object];
  if (of.left_out == 0 && of.if_not_empty == 0) {
    out += text;
    return;
  }
  out += '{';
  char separator = 0;
  each_member(text, [&](const ObjectMember& member) {
    const auto shared = locators_.find(member.name);
    if (shared != locators_.end()) {
      const bool is_empty = member.value == "\"\"" || member.value == "[]";
      if (has_bit(of.left_out, shared->second)) return;
      if (is_empty && has_bit(of.if_not_empty, shared->second)) return;
    }
    if (separator != 0) out += separator;
    out += member.text;
    separator = ',';
  });
}

void Joins::append(std::size_t object, std::string_view text, std::string& out) const {
  const KeyIndex::Id key = collection_.key_of(object);
  if (identity_) {
    append_wanted(object, text, out);
  } else {
    out += text;
  }
  for (const Column& column : columns_) {
    const auto row = column.rows.row(key);
    if (row.empty() && !send_empty_) continue;
    if (identity_ &&
        (has_bit(identity_->objects[object].left_out, column.shared) ||
         (row.empty() && has_bit(identity_->objects[object].if_not_empty, column.shared)))) {
      continue;
    }
    out += column.prefix;
    char separator = '[';
    for (const std::uint32_t rank : row) {
      out += separator;
      json::append_quoted(out, column.targets->text(column.rows.rank_to_key[rank]));
      separator = ',';
    }
    out += row.empty() ? "[]" : "]";
  }
  if (identity_) {
    out += fmt::format(",\"{}\":\"{}\"", mapping::kIdentityLocator,
                       identity_key_text(identity_->objects[object].key));
  }
  out += '}';
}

namespace {

constexpr std::size_t kAroundKey = 3;       // quotes and a comma
constexpr std::size_t kIdentityBytes = 64;  // more than its member takes

}  // namespace

bool Joins::is_within(std::size_t object, std::size_t bytes) const {
  const KeyIndex::Id key = collection_.key_of(object);
  std::size_t bound = 1 + kIdentityBytes, exact = bound;
  for (const Column& column : columns_) {
    const std::size_t around = column.prefix.size() + 2;
    bound += around + column.rows.row(key).size() * (column.longest + kAroundKey);
  }
  if (bound <= bytes) return true;
  for (const Column& column : columns_) {
    exact += column.prefix.size() + 2;
    for (const std::uint32_t rank : column.rows.row(key)) {
      exact += column.targets->text(column.rows.rank_to_key[rank]).size() + kAroundKey;
    }
  }
  return exact <= bytes;
}

Joins::Largest Joins::largest(std::size_t object) const {
  Largest largest;
  for (const Column& column : columns_) {
    const std::size_t references = column.rows.row(collection_.key_of(object)).size();
    if (references >= largest.references) largest = {column.attribute, references};
  }
  return largest;
}

// Sums commute: the same references in another order are the same content.
crypto::Hash128 Joins::hash(std::size_t object) const {
  crypto::Hash128 sum = collection_.hash_of(object);
  const KeyIndex::Id key = collection_.key_of(object);
  for (const Column& column : columns_) {
    for (const std::uint32_t rank : column.rows.row(key)) {
      const crypto::Hash128& one = column.hashes[rank];
      sum.low += one.low;
      sum.high += one.high;
    }
  }
  if (identity_) {
    const IdentityKeys::Object& of = identity_->objects[object];
    const crypto::Hash128 sent =
        crypto::keyed_hash(hash_key_, fmt::format("{}\n{:x}", crypto::to_hex(of.key), of.left_out));
    sum.low += sent.low;
    sum.high += sent.high;
  }
  return sum;
}

void Joins::present(std::size_t object, std::vector<std::uint64_t>& words) const {
  const std::uint64_t* own = collection_.present(object);
  words.assign(own, own + collection_.present_words());
  const KeyIndex::Id key = collection_.key_of(object);
  for (const Column& column : columns_) {
    if (!column.rows.row(key).empty()) {
      words[column.attribute / 64] |= std::uint64_t{1} << (column.attribute % 64);
    }
  }
  if (identity_) words[key_attribute_ / 64] |= std::uint64_t{1} << (key_attribute_ % 64);
}

}  // namespace muster::run
