#include "store/baseline_parts.h"

#include "crypto/keyed_hash.h"

namespace muster::store {
namespace {

constexpr std::size_t kDigits = 32;

}  // namespace

// A line with the hash of all that follows, then "<hash> <data set>\n" for each.
std::optional<BaselineParts> BaselineParts::read(std::string_view text) {
  if (text.size() <= kDigits || text[kDigits] != '\n') return std::nullopt;
  const std::string_view seal = text.substr(0, kDigits);
  text.remove_prefix(kDigits + 1);
  if (crypto::checksum(text) != seal) return std::nullopt;
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
  return crypto::checksum(lines) + "\n" + lines;
}

void BaselineParts::set(const std::string& data_set, std::string_view block) {
  hashes_[data_set] = crypto::checksum(block);
}

bool BaselineParts::is_as_noted(const std::string& data_set, std::string_view block) const {
  const auto found = hashes_.find(data_set);
  return found != hashes_.end() && found->second == crypto::checksum(block);
}

}  // namespace muster::store
