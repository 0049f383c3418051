#include "sandbox/journal.h"

#include <algorithm>

#include "base/text.h"
#include "json/writer.h"

namespace muster::sandbox {
namespace {

constexpr std::size_t kLongestTarget = 1000;

std::size_t size_of(const JournalEntry& entry) {
  return sizeof entry + entry.owner.size() + entry.method.size() + entry.target.size();
}

void write_entry(json::Writer& writer, const JournalEntry& entry) {
  writer.begin_object().key("number").number(entry.number);
  writer.key("time").string(base::format_utc(entry.wall));
  writer.key("at_ns").number(std::int64_t{entry.at.since_start.count()});
  writer.key("owner").string(entry.owner).key("method").string(entry.method);
  writer.key("target").string(entry.target).key("status").number(std::int64_t{entry.status});
  if (entry.batch != 0) writer.key("batch").number(entry.batch);
  if (entry.items != 0) writer.key("items").number(std::int64_t{entry.items});
  writer.key("resource_units").number(std::int64_t{entry.resource_units});
  if (entry.faulted) writer.key("faulted").boolean(true);
  writer.end_object();
}

}  // namespace

Journal::Journal(base::Scheduler& scheduler, std::size_t max_bytes)
    : monitor_(scheduler), max_bytes_(max_bytes) {}

std::uint64_t Journal::add(JournalEntry entry) {
  if (entry.target.size() > kLongestTarget) entry.target.resize(kLongestTarget);
  entry.target.shrink_to_fit();
  base::Monitor::Lock lock(monitor_);
  entry.number = ++added_;
  bytes_ += size_of(entry);
  entries_.push_back(std::move(entry));
  while (bytes_ > max_bytes_ && entries_.size() > 1) {
    bytes_ -= size_of(entries_.front());
    entries_.pop_front();
    ++dropped_;
  }
  return added_;
}

void Journal::clear() {
  base::Monitor::Lock lock(monitor_);
  entries_.clear();
  bytes_ = added_ = dropped_ = 0;
}

std::vector<JournalEntry> Journal::entries(std::uint64_t after, std::size_t limit) const {
  base::Monitor::Lock lock(monitor_);
  const auto first = std::upper_bound(
      entries_.begin(), entries_.end(), after,
      [](std::uint64_t number, const JournalEntry& entry) { return number < entry.number; });
  const auto count = std::min(limit, static_cast<std::size_t>(entries_.end() - first));
  return {first, first + static_cast<std::ptrdiff_t>(count)};
}

std::uint64_t Journal::added() const {
  base::Monitor::Lock lock(monitor_);
  return added_;
}

std::uint64_t Journal::dropped() const {
  base::Monitor::Lock lock(monitor_);
  return dropped_;
}

std::string Journal::to_json(std::uint64_t after, std::size_t limit) const {
  const std::vector<JournalEntry> page = entries(after, limit);
  std::string out;
  json::Writer writer(out);
  writer.begin_object().key("dropped").number(dropped()).key("entries").begin_array();
  for (const JournalEntry& entry : page) write_entry(writer, entry);
  writer.end_array();
  if (!page.empty() && page.back().number < added()) writer.key("next").number(page.back().number);
  writer.end_object();
  return out;
}

}  // namespace muster::sandbox
