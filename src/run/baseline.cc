#include "run/baseline.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iterator>
#include <numeric>
#include <utility>

namespace muster::run {

namespace {

constexpr std::string_view kMagic = "muster-baseline 5\n";
constexpr std::string_view kMagicWithoutKept = "muster-baseline 4\n";
constexpr char kDeselected = '~';  // no external id begins with it
constexpr std::string_view kKept = "kept";
constexpr std::string_view kGone = "gone";  // of one length, to be exchanged in place
constexpr std::size_t kSealEnd = kMagic.size() + 2 * 16 + 1;  // 32 digits and the line's end

// Of everything behind the seal. A block that was cut between two objects would otherwise read as
// one of fewer objects, and nobody would miss the others. With the version, unless it is the one
// that was sealed without.
std::string seal_of(std::string_view block) {
  const std::string_view sealed = block.substr(kSealEnd);
  if (block.starts_with(kMagicWithoutKept)) return crypto::checksum(sealed);
  return crypto::checksum(fmt::format("{}{}", kMagic, crypto::checksum(sealed)));
}

void add_to(Comparison::Sample& sample, const crypto::Hash128& key) {
  if (sample.size() < Comparison::kMaxSample) sample.push_back(key);
}

std::string nameless_line(const std::vector<crypto::Hash128>& nameless) {
  std::string line;
  for (const crypto::Hash128& hash : nameless) {
    if (!line.empty()) line += ' ';
    line += crypto::to_hex(hash);
  }
  return line;
}

bool read_hex(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  return error == std::errc() && end == text.data() + text.size();
}

// False for a damaged line.
bool read_nameless(std::string_view line, std::vector<crypto::Hash128>& nameless) {
  constexpr std::size_t kDigits = 16;
  while (!line.empty()) {
    crypto::Hash128 hash;
    if (line.size() < 2 * kDigits || !read_hex(line.substr(0, kDigits), hash.high) ||
        !read_hex(line.substr(kDigits, kDigits), hash.low)) {
      return false;
    }
    nameless.push_back(hash);
    line.remove_prefix(2 * kDigits);
    if (line.empty()) break;
    if (line.size() == 1 || line.front() != ' ') return false;
    line.remove_prefix(1);
  }
  return std::is_sorted(nameless.begin(), nameless.end());
}

std::size_t words_for(std::size_t attributes) { return (attributes + 63) / 64; }

std::size_t record_size(std::size_t words) { return (4 + words) * sizeof(std::uint64_t); }

crypto::Hash128 key_at(const char* record) {
  crypto::Hash128 key;
  std::memcpy(&key.high, record, sizeof key.high);
  std::memcpy(&key.low, record + sizeof key.high, sizeof key.low);
  return key;
}

// By key, where they lie.
void sort_records(char* records, std::size_t count, std::size_t size) {
  const auto record = [&](std::size_t i) { return records + i * size; };
  std::vector<std::uint32_t> order(count);  // place -> record that belongs there
  std::iota(order.begin(), order.end(), 0);
  const auto is_before = [&](std::uint32_t a, std::uint32_t b) {
    return key_at(record(a)) < key_at(record(b));
  };
  if (std::is_sorted(order.begin(), order.end(), is_before)) return;
  std::sort(order.begin(), order.end(), is_before);
  std::string first(size, '\0');
  for (std::size_t begin = 0; begin < count; ++begin) {
    if (order[begin] == begin) continue;
    std::memcpy(first.data(), record(begin), size);
    std::size_t place = begin;
    while (order[place] != begin) {  // each cycle of the permutation once
      const std::size_t from = std::exchange(order[place], static_cast<std::uint32_t>(place));
      std::memcpy(record(place), record(from), size);
      place = from;
    }
    std::memcpy(record(place), first.data(), size);
    order[place] = static_cast<std::uint32_t>(place);
  }
}

}  // namespace

BaselineBuilder::BaselineBuilder(const BaselineHeader& header, std::size_t objects)
    : words_(words_for(header.attributes.size())), block_(kMagic) {
  block_.resize(kSealEnd, '\n');
  block_ += header.fingerprint + "\n" + nameless_line(header.nameless) + "\n";
  block_.append(header.keeps_missing ? kKept : kGone) += '\n';
  for (std::size_t i = 0; i < header.attributes.size(); ++i) {
    if (i + header.deselected >= header.attributes.size()) block_ += kDeselected;
    block_ += header.attributes[i] + "\n";
  }
  block_ += "\n";
  begin_ = block_.size();
  block_.reserve(begin_ + objects * record_size(words_));
}

void BaselineBuilder::add(const crypto::Hash128& key, const crypto::Hash128& content,
                          const std::vector<std::uint64_t>& present) {
  const auto append = [&](const std::uint64_t* numbers, std::size_t count) {
    block_.append(reinterpret_cast<const char*>(numbers), count * sizeof(std::uint64_t));
  };
  const std::uint64_t hashes[] = {key.high, key.low, content.high, content.low};
  append(hashes, std::size(hashes));
  append(present.data(), words_);
}

std::string BaselineBuilder::pack() {
  sort_records(block_.data() + begin_, (block_.size() - begin_) / record_size(words_),
               record_size(words_));
  block_.replace(kMagic.size(), 2 * 16, seal_of(block_));
  return std::exchange(block_, {});
}

base::Result<BaselineView> BaselineView::open(std::string_view block) {
  const base::Error broken{
      base::ErrorKind::kUnavailable, "store_unavailable",
      "what was stored of the last completed run cannot be read; it was written by "
      "another version or is damaged"};
  const bool tells_kept = block.starts_with(kMagic);
  if (block.size() < kSealEnd || (!tells_kept && !block.starts_with(kMagicWithoutKept)) ||
      block.substr(kMagic.size(), kSealEnd - kMagic.size()) != seal_of(block) + "\n") {
    return base::Error(broken);
  }
  BaselineView view;
  std::size_t at = kSealEnd;
  for (int line_number = 1;; ++line_number) {
    const std::size_t end = block.find('\n', at);
    if (end == std::string_view::npos) return base::Error(broken);
    const std::string_view line = block.substr(at, end - at);
    at = end + 1;
    if (line_number == 1) {
      view.header_.fingerprint = line;
    } else if (line_number == 2) {
      if (!read_nameless(line, view.header_.nameless)) return base::Error(broken);
    } else if (line_number == 3 && tells_kept) {
      view.header_.keeps_missing = line == kKept;
      if (!view.header_.keeps_missing && line != kGone) return base::Error(broken);
    } else if (line.empty()) {
      break;
    } else {
      const bool is_deselected = line.front() == kDeselected;
      view.header_.deselected += is_deselected;
      view.header_.attributes.emplace_back(line.substr(is_deselected));
    }
  }
  view.words_ = words_for(view.header_.attributes.size());
  view.records_ = block.substr(at);
  const std::size_t size = record_size(view.words_);
  if (view.records_.size() % size != 0) return base::Error(broken);
  view.count_ = view.records_.size() / size;
  return view;
}

std::uint64_t BaselineView::number(std::size_t i, std::size_t at) const {
  std::uint64_t value = 0;
  std::memcpy(&value, records_.data() + (i * (4 + words_) + at) * sizeof value, sizeof value);
  return value;
}

crypto::Hash128 BaselineView::key(std::size_t i) const { return {number(i, 0), number(i, 1)}; }
crypto::Hash128 BaselineView::content(std::size_t i) const { return {number(i, 2), number(i, 3)}; }
std::uint64_t BaselineView::word(std::size_t i, std::size_t word) const {
  return number(i, 4 + word);
}

namespace {

// Attributes known to both: (bit before, bit now).
std::vector<std::pair<std::size_t, std::size_t>> shared_attributes(const BaselineView& before,
                                                                   const BaselineView& now) {
  std::vector<std::pair<std::size_t, std::size_t>> shared;
  const auto& names = now.header().attributes;
  for (std::size_t old_bit = 0; old_bit < before.header().attributes.size(); ++old_bit) {
    const auto found = std::find(names.begin(), names.end(), before.header().attributes[old_bit]);
    if (found != names.end()) shared.emplace_back(old_bit, found - names.begin());
  }
  return shared;
}

// Which attributes have a value; `to` may be of more attributes.
void copy_words(const BaselineView& from, std::size_t object, std::vector<std::uint64_t>& to) {
  std::fill(to.begin(), to.end(), 0);
  for (std::size_t word = 0; word < from.words(); ++word) to[word] = from.word(object, word);
}

void copy_bit(const BaselineView& from, std::size_t object, std::size_t bit,
              std::vector<std::uint64_t>& to, std::size_t to_bit) {
  const std::uint64_t value = (from.word(object, bit / 64) >> (bit % 64)) & 1;
  to[to_bit / 64] |= value << (to_bit % 64);
}

}  // namespace

void mark_kept(std::string& block) {
  std::size_t at = kSealEnd;
  for (int lines = 0; lines < 2; ++lines) at = block.find('\n', at) + 1;
  block.replace(at, kKept.size(), kKept);
  block.replace(kMagic.size(), 2 * 16, seal_of(block));
}

std::string with_deselected(const BaselineView& before, const BaselineView& now) {
  BaselineHeader header = now.header();
  std::vector<std::pair<std::size_t, std::size_t>> kept;  // bit before, bit now
  for (std::size_t old_bit = 0; old_bit < before.header().attributes.size(); ++old_bit) {
    const std::string& attribute = before.header().attributes[old_bit];
    if (std::ranges::count(now.header().attributes, attribute) != 0) continue;
    kept.emplace_back(old_bit, header.attributes.size());
    header.attributes.push_back(attribute);
  }
  if (kept.empty()) return {};
  header.deselected = kept.size();
  BaselineBuilder builder(header, now.size());
  std::vector<std::uint64_t> present(words_for(header.attributes.size()));
  std::size_t old_at = 0;
  for (std::size_t new_at = 0; new_at < now.size(); ++new_at) {
    copy_words(now, new_at, present);
    while (old_at < before.size() && before.key(old_at) < now.key(new_at)) ++old_at;
    if (old_at < before.size() && before.key(old_at) == now.key(new_at)) {
      for (const auto& [old_bit, new_bit] : kept)
        copy_bit(before, old_at, old_bit, present, new_bit);
    }
    builder.add(now.key(new_at), now.content(new_at), present);
  }
  return builder.pack();
}

std::string unite(const BaselineView& before, const BaselineView& now) {
  BaselineHeader header = now.header();
  // Only what had no key both times is certainly none of the objects here.
  header.nameless.clear();
  std::ranges::set_intersection(before.header().nameless, now.header().nameless,
                                std::back_inserter(header.nameless));
  header.keeps_missing |= before.header().keeps_missing;
  BaselineBuilder builder(header, before.size() + now.size());
  std::vector<std::uint64_t> present(std::max(before.words(), now.words()));
  std::size_t old_at = 0;
  const auto shared = shared_attributes(before, now);
  const auto keep_old_values = [&] {
    for (const auto& [old_bit, new_bit] : shared) {
      copy_bit(before, old_at, old_bit, present, new_bit);
    }
  };
  const auto add_old = [&] {
    std::fill(present.begin(), present.end(), 0);
    keep_old_values();
    builder.add(before.key(old_at), before.content(old_at), present);
  };
  for (std::size_t new_at = 0; new_at < now.size(); ++new_at) {
    for (; old_at < before.size() && before.key(old_at) < now.key(new_at); ++old_at) add_old();
    copy_words(now, new_at, present);
    if (old_at < before.size() && before.key(old_at) == now.key(new_at)) {
      keep_old_values();  // Assets may still hold what this run would have emptied
      ++old_at;
    }
    builder.add(now.key(new_at), now.content(new_at), present);
  }
  for (; old_at < before.size(); ++old_at) add_old();
  return builder.pack();
}

Comparison compare(const BaselineView& before, const BaselineView& now,
                   const std::vector<crypto::Hash128>& parked,
                   const std::vector<crypto::Hash128>& named) {
  Comparison result;
  // Counting would let one that lost its key hide behind another one that got one.
  std::vector<crypto::Hash128> fresh;
  std::ranges::set_difference(now.header().nameless, before.header().nameless,
                              std::back_inserter(fresh));
  result.nameless = fresh.size();
  result.kept = before.header().keeps_missing;
  result.before = before.size();
  result.now = now.size();
  const auto shared = shared_attributes(before, now);
  std::vector<Comparison::Blanked> blanked(shared.size());
  std::size_t old_at = 0, new_at = 0;
  while (old_at < before.size() || new_at < now.size()) {
    if (new_at == now.size() || (old_at < before.size() && before.key(old_at) < now.key(new_at))) {
      const crypto::Hash128 key = before.key(old_at++);
      const bool is_parked = std::binary_search(parked.begin(), parked.end(), key);
      ++(is_parked ? result.parked : result.missing);
      add_to(is_parked ? result.parked_sample : result.missing_sample, key);
      if (!is_parked && std::binary_search(named.begin(), named.end(), key)) {
        ++result.named;
        if (result.first_named.size() < Comparison::kMostNamed) result.first_named.push_back(key);
      }
      (is_parked ? result.parked_keys : result.missing_keys).add(key);
      result.gone_keys.add(key);
      continue;
    }
    if (old_at == before.size() || now.key(new_at) < before.key(old_at)) {
      ++result.added, ++new_at;
      continue;
    }
    ++(before.content(old_at) == now.content(new_at) ? result.unchanged : result.changed);
    for (std::size_t i = 0; i < shared.size(); ++i) {
      const auto [old_bit, new_bit] = shared[i];
      if (((before.word(old_at, old_bit / 64) >> (old_bit % 64)) & 1) == 0) continue;
      ++blanked[i].had;
      if (((now.word(new_at, new_bit / 64) >> (new_bit % 64)) & 1) != 0) continue;
      ++blanked[i].lost;
      add_to(blanked[i].sample, before.key(old_at));
      blanked[i].keys.add(before.key(old_at));
    }
    ++old_at, ++new_at;
  }
  for (std::size_t i = 0; i < shared.size(); ++i) {
    if (blanked[i].lost == 0) continue;
    blanked[i].attribute = before.header().attributes[shared[i].first];
    result.blanked.push_back(std::move(blanked[i]));
  }
  return result;
}

}  // namespace muster::run
