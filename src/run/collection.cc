#include "run/collection.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/caseless.h"
#include "base/text.h"
#include "json/writer.h"

namespace muster::run {

using mapping::Formatter;

namespace {

constexpr std::size_t kListedChanges = 5;

}  // namespace

Collection::Collection(base::Scheduler& scheduler, const mapping::Plan& plan, std::size_t data_set,
                       const crypto::HashKey& hash_key)
    : hash_key_(hash_key),
      formatter_(plan, data_set),
      monitor_(scheduler),
      spool_(formatter_.names()),
      words_((plan.type_of(data_set).attributes.size() + 63) / 64),
      unread_parts_(plan.data_sets[data_set]) {
  if (!plan.data_sets[data_set].identity) return;
  reader_.emplace(plan, data_set);
  identifiers_each_ = reader_->values().size();
}

void Collection::add(const json::Value& record, const OnParent& on_parent) {
  scratch_.clear();
  ++page_records_;
  const Formatter::Verdict verdict = formatter_.format(record, scratch_);
  if (reader_ && verdict == Formatter::Verdict::kFormatted) reader_->read(record);
  if (formatter_.key().empty()) {
    ++counts_.fetched;
    if (verdict == Formatter::Verdict::kFiltered) {
      ++counts_.filtered;
    } else {
      park_keyless(record);
    }
    return;
  }
  const KeyIndex::Id id = intern(formatter_.key());
  if (id >= states_.size()) states_.resize(std::max<std::size_t>(id + 1, states_.size() * 2));
  if (states_[id] == kUnknown) {
    ++counts_.fetched;
    settle(verdict, id);
  } else if (!take_again(verdict, id)) {
    return;
  }
  if (verdict != Formatter::Verdict::kFormatted) return;
  unread_parts_.look(record, formatter_.key());
  if (on_parent) on_parent(record, formatter_.key());
}

void Collection::add_row(const json::Value& row) {
  const Formatter::Verdict verdict = formatter_.look(row);
  if (!formatter_.key().empty()) {
    const KeyIndex::Id id = intern(formatter_.key());
    const bool is_known = state_of(id) != kUnknown;
    if (is_known) ++counts_.repeated;
    if (has_object(id) || (is_known && verdict != Formatter::Verdict::kFormatted)) {
      ++page_records_;
      return;
    }
    if (is_known) {
      unsettle(id);
      --counts_.fetched;
    }
  }
  add(row, {});
}

// False: nothing new.
bool Collection::take_again(Formatter::Verdict verdict, KeyIndex::Id id) {
  const std::uint32_t state = states_[id];
  const bool was_object = has_object(id);
  const bool is_object = verdict == Formatter::Verdict::kFormatted;
  const bool same = was_object && is_object
                        ? hashes_[state - 1] == crypto::keyed_hash(hash_key_, scratch_)
                        : was_object == is_object &&
                              (state == kFiltered) == (verdict == Formatter::Verdict::kFiltered);
  if (!same && was_object && is_object && state - 1 >= page_begin_) {
    ++counts_.fetched;
    ++counts_.rejected;
    list({base::printable(formatter_.key(), 100), "duplicate_key",
          "an earlier record of this page has the same key and other content"});
    note_nameless();
    return false;
  }
  ++counts_.repeated;
  if (same) return false;
  ++counts_.changed;
  note_nameless();
  if (changed_keys_.size() < kListedChanges) {
    changed_keys_.push_back(base::printable(formatter_.key(), 100));
  }
  unsettle(id);
  settle(verdict, id);
  return true;
}

void Collection::settle(Formatter::Verdict verdict, KeyIndex::Id id) {
  if (verdict == Formatter::Verdict::kFiltered) {
    ++counts_.filtered;
    states_[id] = kFiltered;
    return;
  }
  if (verdict == Formatter::Verdict::kRejected) {
    ++counts_.rejected;
    states_[id] = kParked;
    list(formatter_.reject());
    return;
  }
  note_twin(formatter_.key(), id);
  ++counts_.formatted;
  spool_.add(scratch_, formatter_.name_places());
  if (scratch_.size() > kLargeBytes) large_.emplace(object_keys_.size(), scratch_.size());
  object_keys_.push_back(id);
  states_[id] = static_cast<std::uint32_t>(object_keys_.size());
  hashes_.push_back(crypto::keyed_hash(hash_key_, scratch_));
  present_.insert(present_.end(), formatter_.present().begin(), formatter_.present().end());
  if (reader_) note_identifiers();
}

void Collection::note_identifiers() {
  for (const std::optional<crypto::Hash128>& value : reader_->values()) {
    identifiers_.push_back(value.value_or(crypto::Hash128{}));
  }
  ages_.push_back({reader_->newest(), reader_->placeholders()});
}

void Collection::unsettle(KeyIndex::Id id) {
  const std::uint32_t state = states_[id];
  if (state == kFiltered) {
    --counts_.filtered;
  } else if (state == kParked) {
    --counts_.rejected;
    const std::string key = base::printable(keys_.text(id), 100);
    std::erase_if(rejects_, [&](const mapping::Reject& reject) { return reject.key == key; });
  } else {
    --counts_.formatted;
  }
  states_[id] = kUnknown;
}

void Collection::list(mapping::Reject reject) {
  if (rejects_.size() < kMaxListedRejects) rejects_.push_back(std::move(reject));
}

void Collection::note_nameless() { nameless_.push_back(crypto::keyed_hash(hash_key_, scratch_)); }

// Where it stood is all there is to find it by.
void Collection::park_keyless(const json::Value& record) {
  ++counts_.rejected;
  json::Writer(scratch_).value(record);
  note_nameless();
  mapping::Reject reject = formatter_.reject();
  reject.detail += fmt::format(" (record {} of page {})", page_records_, counts_.pages + 1);
  list(std::move(reject));
}

void Collection::park_misfit(std::string_view path, std::string_view parent) {
  ++counts_.fetched;
  ++counts_.rejected;
  nameless_.push_back(crypto::keyed_hash(hash_key_, fmt::format("{}\n{}", path, parent)));
  list({"", "not_an_object",
        fmt::format("{} of {} holds something else than a list", path,
                    base::printable(parent, 100))});
}

void Collection::end_page() {
  ++counts_.pages;
  page_records_ = 0;
  page_begin_ = object_keys_.size();
}

void Collection::park(std::size_t object, mapping::Reject reject) {
  const KeyIndex::Id id = object_keys_[object];
  reject.key = base::printable(keys_.text(id), 100);
  --counts_.formatted;
  ++counts_.rejected;
  states_[id] = kParked;
  list(std::move(reject));
}

std::vector<crypto::Hash128> Collection::keys_in(std::uint32_t state) const {
  std::vector<crypto::Hash128> keys;
  for (KeyIndex::Id id = 0; id < keys_.size(); ++id) {
    if (state_of(id) == state) keys.push_back(crypto::keyed_hash(hash_key_, keys_.text(id)));
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

std::vector<crypto::Hash128> Collection::parked_keys() const { return keys_in(kParked); }
std::vector<crypto::Hash128> Collection::named_keys() const { return keys_in(kUnknown); }

std::vector<std::string> Collection::named_texts(const std::vector<crypto::Hash128>& hashes) const {
  std::vector<std::string> texts;
  for (KeyIndex::Id id = 0; id < keys_.size(); ++id) {
    if (state_of(id) != kUnknown) continue;
    const crypto::Hash128 hash = crypto::keyed_hash(hash_key_, keys_.text(id));
    if (std::ranges::binary_search(hashes, hash)) texts.emplace_back(keys_.text(id));
  }
  return texts;
}

std::vector<crypto::Hash128> Collection::nameless() const {
  std::vector<crypto::Hash128> sorted = nameless_;
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

void Collection::note_twin(std::string_view key, KeyIndex::Id id) {
  const std::string form = base::caseless(key);
  if (form == key) {
    if (folded_.find(key)) twins_.insert(id);
    return;
  }
  const KeyIndex::Id folded = folded_.intern(form);
  if (folded == folded_first_.size()) folded_first_.push_back(id);
  base::Monitor::Lock lock(monitor_);
  const auto plain = keys_.find(form);
  const bool has_plain = plain && *plain != id && has_object(*plain);
  if (has_plain || folded_first_[folded] != id) twins_.insert(id);
}

std::vector<std::string> Collection::twins() const {
  std::vector<std::string> keys;
  for (const KeyIndex::Id id : twins_) {
    if (keys.size() == kMaxListedObjects) break;
    keys.push_back(base::printable(keys_.text(id), 100));
  }
  return keys;
}

void Collection::restart() {
  spool_.clear();
  object_keys_.clear();
  std::fill(states_.begin(), states_.end(), kUnknown);
  hashes_.clear();
  present_.clear();
  identifiers_.clear();
  ages_.clear();
  folded_ = KeyIndex();
  folded_first_.clear();
  twins_.clear();
  page_begin_ = 0;
  page_records_ = 0;
  rejects_.clear();
  nameless_.clear();
  large_.clear();
  changed_keys_.clear();
  counts_ = Counts();
  unreadable_ = 0;
  unread_parts_.forget();
  formatter_.forget_counts();
}

KeyIndex::Id Collection::intern(std::string_view key) {
  base::Monitor::Lock lock(monitor_);
  return keys_.intern(key);
}

void Collection::intern_all(std::span<const std::string_view> keys,
                            std::vector<KeyIndex::Id>& ids) {
  base::Monitor::Lock lock(monitor_);
  keys_.intern_all(keys, ids);
}

std::uint64_t Collection::dropped_values() const {
  std::uint64_t sum = unreadable_;
  for (const std::uint64_t count : formatter_.dropped_values()) sum += count;
  return sum;
}

}  // namespace muster::run
