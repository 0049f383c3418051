#include "catalogue/checker.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace muster::catalogue {
namespace {

std::string quoted(std::string_view text) {
  return fmt::format("\"{}\"", base::printable(text, 80));
}

std::optional<bool> boolean_of(const YamlNode& node) {
  if (!node.is_scalar() || node.quoted) return std::nullopt;
  const std::string word = base::to_lower_ascii(node.scalar);
  if (word == "true" || word == "on" || word == "yes") return true;
  if (word == "false" || word == "off" || word == "no") return false;
  return std::nullopt;
}

// Up to this many names are worth reading in a message.
constexpr std::size_t kMostNamesToList = 16;

std::string advice(std::string_view word, const std::vector<std::string>& candidates) {
  if (const auto near = base::closest(word, candidates)) {
    return fmt::format("; did you mean {}?", quoted(*near));
  }
  if (candidates.empty() || candidates.size() > kMostNamesToList) return {};
  return fmt::format("; possible: {}", fmt::join(candidates, ", "));
}

// Messages repeat words of the file, which may hold anything.
constexpr std::size_t kLongestMessage = 2'000;

}  // namespace

void Checker::error(Mark mark, std::string message) {
  findings_.push_back({file_, mark, base::printable(message, kLongestMessage), false});
}

void Checker::warn(Mark mark, std::string message) {
  findings_.push_back({file_, mark, base::printable(message, kLongestMessage), true});
}

void Checker::unknown(Mark mark, std::string_view kind, std::string_view word,
                      const std::vector<std::string>& candidates) {
  error(mark, fmt::format("unknown {} {}{}", kind, quoted(word), advice(word, candidates)));
}

MappingReader::MappingReader(Checker& check, const YamlNode& node, std::string what)
    : check_(check), node_(node), what_(std::move(what)), usable_(node.is_mapping()) {
  if (!usable_) {
    check_.error(node_.mark, fmt::format("{} must be a mapping (key: value lines)", what_));
  }
}

Mark MappingReader::mark_of(std::string_view key) const {
  const YamlNode* value = node_.find(key);
  return value == nullptr ? node_.mark : value->mark;
}

const YamlNode* MappingReader::node(std::string_view key, Need need) {
  known_.emplace_back(key);
  const YamlNode* value = node_.find(key);
  if (value == nullptr && need == Need::kRequired && usable_) {
    check_.error(node_.mark, fmt::format("{} needs \"{}\"", what_, key));
  }
  return value;
}

const YamlNode* MappingReader::scalar(std::string_view key, Need need, std::string_view expected) {
  const YamlNode* value = node(key, need);
  if (value == nullptr) return nullptr;
  if (value->is_scalar()) return value;
  if (value->is_null()) {
    check_.error(value->mark, fmt::format("\"{}\" has no value; write {}{}", key, expected,
                                          need == Need::kRequired ? "" : " or remove the key"));
  } else {
    check_.error(value->mark, fmt::format("\"{}\" must be {}", key, expected));
  }
  return nullptr;
}

std::string MappingReader::text(std::string_view key, Need need, std::string_view fallback) {
  const YamlNode* value = scalar(key, need, "text");
  if (value == nullptr) return std::string(fallback);
  if (need == Need::kRequired && value->scalar.empty()) {
    check_.error(value->mark, fmt::format("\"{}\" must not be empty", key));
  }
  return value->scalar;
}

bool MappingReader::boolean(std::string_view key, bool fallback) {
  const YamlNode* value = scalar(key, Need::kOptional, "true or false");
  if (value == nullptr) return fallback;
  const auto read = boolean_of(*value);
  if (!read) {
    check_.error(value->mark, fmt::format("\"{}\" must be true or false (without quotes), not {}",
                                          key, quoted(value->scalar)));
  }
  return read.value_or(fallback);
}

std::uint64_t MappingReader::whole_number(std::string_view key, std::uint64_t fallback,
                                          std::uint64_t low, std::uint64_t high) {
  const YamlNode* value = scalar(key, Need::kOptional, "a whole number");
  if (value == nullptr) return fallback;
  const auto read = base::parse_int(value->scalar);
  if (read && *read >= 0 && static_cast<std::uint64_t>(*read) >= low &&
      static_cast<std::uint64_t>(*read) <= high) {
    return static_cast<std::uint64_t>(*read);
  }
  check_.error(value->mark, fmt::format("\"{}\" must be a whole number from {} to {}, not {}", key,
                                        low, high, quoted(value->scalar)));
  return fallback;
}

double MappingReader::number(std::string_view key, double fallback, double low, double high) {
  const YamlNode* value = scalar(key, Need::kOptional, "a number");
  if (value == nullptr) return fallback;
  const auto read = base::parse_double(value->scalar);
  if (read && *read >= low && *read <= high) return *read;
  check_.error(value->mark, fmt::format("\"{}\" must be a number from {} to {}, not {}", key, low,
                                        high, quoted(value->scalar)));
  return fallback;
}

base::Duration MappingReader::duration(std::string_view key, base::Duration fallback) {
  const YamlNode* value = scalar(key, Need::kOptional, "a duration such as 90s, 15m, 6h or 7d");
  if (value == nullptr) return fallback;
  const auto read = base::parse_duration(value->scalar);
  if (read && *read >= base::Duration::zero()) return *read;
  check_.error(value->mark,
               fmt::format("\"{}\" must be a duration such as 90s, 15m, 6h or 7d, not {}", key,
                           quoted(value->scalar)));
  return fallback;
}

std::vector<std::string> MappingReader::texts(std::string_view key) {
  const YamlNode* value = node(key);
  std::vector<std::string> read;
  if (value == nullptr) return read;
  if (value->is_scalar()) return {value->scalar};
  if (!value->is_sequence()) {
    check_.error(value->mark, fmt::format("\"{}\" must be text or a list of texts", key));
    return read;
  }
  for (const YamlNode& item : value->items) {
    if (item.is_scalar()) {
      read.push_back(item.scalar);
    } else {
      check_.error(item.mark, fmt::format("every item of \"{}\" must be text", key));
    }
  }
  return read;
}

std::string MappingReader::choice(std::string_view key, const std::vector<std::string>& choices,
                                  std::string_view fallback, Need need) {
  const YamlNode* value = scalar(key, need, fmt::format("one of {}", fmt::join(choices, ", ")));
  if (value == nullptr) return std::string(fallback);
  if (std::ranges::find(choices, value->scalar) != choices.end()) return value->scalar;
  std::string message = fmt::format("\"{}\" must be one of {}, not {}", key,
                                    fmt::join(choices, ", "), quoted(value->scalar));
  if (const auto near = base::closest(value->scalar, choices)) {
    message += fmt::format("; did you mean {}?", quoted(*near));
  }
  check_.error(value->mark, std::move(message));
  return std::string(fallback);
}

void MappingReader::each(const std::function<void(const YamlMember&)>& visit) {
  for (const YamlMember& member : node_.members) {
    known_.push_back(member.key);
    visit(member);
  }
}

void MappingReader::done() {
  std::ranges::sort(known_);
  known_.erase(std::ranges::unique(known_).begin(), known_.end());
  for (const YamlMember& member : node_.members) {
    if (std::ranges::binary_search(known_, member.key)) continue;
    check_.error(member.mark, fmt::format("unknown key {} in {}{}", quoted(member.key), what_,
                                          advice(member.key, known_)));
  }
}

}  // namespace muster::catalogue
