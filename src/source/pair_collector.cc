#include "source/pair_collector.h"

namespace muster::source {

using base::Error;

PairKey::PairKey(json::Path path, const std::vector<catalogue::Piece>& compose)
    : path_(std::move(path)),
      composition_(compose.empty() ? std::nullopt
                                   : std::optional(catalogue::Composition(compose, {}))) {}

std::string_view PairKey::of(const json::Value& record) const {
  if (composition_) return composition_->compose(record, text_) ? text_ : std::string_view();
  const json::Value* key = path_.first(record);
  return key == nullptr ? std::string_view() : key->text();
}

MemberPicker::MemberPicker(const catalogue::Relation& relation)
    : targets_(relation.targets),
      key_(relation.member_key, relation.member_compose),
      type_(relation.member_type) {}

void MemberPicker::pick(std::span<const json::Value> records, Reading& into) const {
  for (const json::Value& record : records) {
    if (!record.is_object()) {
      ++into.without_key;
      continue;
    }
    std::string_view type;
    if (!type_.text().empty()) {
      if (const json::Value* value = type_.first(record)) type = value->text();
    }
    const std::string_view key = key_.of(record);
    const auto target = targets_.find(std::string(type));
    if (target == targets_.end() || key.empty()) {
      // Of what was deleted Graph tells neither an ID nor, at times, a type.
      ++(key.empty() ? into.without_key : into.unknown_type);
      continue;
    }
    const auto index = std::distance(targets_.begin(), target);
    into.members.add(key, static_cast<std::uint8_t>(index));
  }
}

void PairCollector::done(const Parent& parent, const Reading& reading) {
  const bool nothing =
      reading.members.size() == 0 && reading.unknown_type == 0 && reading.without_key == 0;
  if (nothing && parent.may_be_hidden) ++counters_.hidden;
  {
    base::Monitor::Lock lock(monitor_);
    sink_.add(parent.key, reading.members);
  }
  parents_ += 1;
  pairs_ += reading.members.size();
  unknown_ += reading.unknown_type;
  without_key_ += reading.without_key;
  counters_.pairs += reading.members.size();
  counters_.unknown_type += reading.unknown_type;
  counters_.without_key += reading.without_key;
  ++counters_.parents_done;
}

void PairCollector::count_without_key(std::uint64_t members) {
  without_key_ += members;
  counters_.without_key += members;
}

void PairCollector::gone(const Parent& parent) {
  ++counters_.gone;
  ++counters_.parents_done;
  parents_ += 1;
  base::Monitor::Lock lock(monitor_);
  gone_.push_back(parent);
}

std::vector<Parent> PairCollector::gone_parents() const {
  base::Monitor::Lock lock(monitor_);
  return gone_;
}

void PairCollector::hidden() {
  ++counters_.hidden;
  ++counters_.parents_done;
  parents_ += 1;
}

bool PairCollector::excuses(const Parent& parent, const Error& error) {
  if (error.reason == "gone") {
    gone(parent);
    return true;
  }
  if (error.reason == "source_permission" && parent.may_be_hidden) {
    hidden();
    return true;
  }
  return false;
}

void PairCollector::restart() {
  counters_.parents_done -= parents_.exchange(0);
  counters_.pairs -= pairs_.exchange(0);
  counters_.unknown_type -= unknown_.exchange(0);
  counters_.without_key -= without_key_.exchange(0);
  base::Monitor::Lock lock(monitor_);
  sink_.restart();
}

}  // namespace muster::source
