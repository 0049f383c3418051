#include "store/baseline_parts.h"

#include "crypto/keyed_hash.h"

namespace muster::store {
namespace {

constexpr std::size_t kDigits = 32;

std::string hash_of(std::string_view bytes) {
  const crypto::HashKey no_secret{};
  return crypto::to_hex(crypto::keyed_hash(no_secret, bytes));
}

}  // namespace

// A line with the hash of all that follows, then "<hash> <data set>\n" for each.
std::optional<BaselineParts> BaselineParts::read(std::string_view text) {
  if (text.size() <= kDigits || text[kDigits] != '\n') return std::nullopt;
  const std::string_view seal = text.substr(0, kDigits);
  text.remove_prefix(kDigits + 1);
  if (hash_of(text) != seal) return std::nullopt;
  BaselineParts parts;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || end <= kDigits) return std::nullopt;
    parts.hashes_.emplace(text.substr(kDigits + 1, end - kDigits - 1), text.substr(0, kDigits));
    text.remove_prefix(end + 1);
  }
  return parts;
}

std::string BaselineParts::text() const {
  std::string lines;
  for (const auto& [data_set, hash] : hashes_) lines += hash + " " + data_set + "\n";
  return hash_of(lines) + "\n" + lines;
}

void BaselineParts::set(const std::string& data_set, std::string_view block) {
  hashes_[data_set] = hash_of(block);
}

bool BaselineParts::is_as_noted(const std::string& data_set, std::string_view block) const {
  const auto found = hashes_.find(data_set);
  return found != hashes_.end() && found->second == hash_of(block);
}

}  // namespace muster::store
