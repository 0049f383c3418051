#include "sandbox/datadog/query.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace muster::sandbox::datadog {

Query::Query(const Call& call, std::initializer_list<std::string_view> known) : call_(call) {
  for (std::size_t at = 0; at < call.query.size(); ++at) {
    const std::string& name = call.query[at].first;
    if (std::ranges::find(known, name) == known.end()) {
      wrong(fmt::format("Unknown parameter {}.", name));
    }
    for (std::size_t before = 0; before < at; ++before) {
      if (call.query[before].first == name) wrong(fmt::format("{} is given twice.", name));
    }
  }
}

void Query::wrong(std::string message) {
  if (!mistake_) mistake_ = std::move(message);
}

std::uint64_t Query::number(std::string_view name, std::uint64_t otherwise, std::uint64_t least,
                            std::uint64_t most) {
  const auto text = call_.parameter(name);
  if (!text) return otherwise;
  const auto number = base::parse_int(*text);
  if (number && *number >= 0 && static_cast<std::uint64_t>(*number) >= least &&
      static_cast<std::uint64_t>(*number) <= most) {
    return static_cast<std::uint64_t>(*number);
  }
  wrong(fmt::format("{} must be a number from {} to {}.", name, least, most));
  return otherwise;
}

bool Query::flag(std::string_view name, bool otherwise) {
  const std::string chosen = choice(name, "true|false", otherwise ? "true" : "false");
  return chosen == "true";
}

std::string Query::choice(std::string_view name, std::string_view values,
                          std::string_view otherwise) {
  const auto text = call_.parameter(name);
  if (!text) return std::string(otherwise);
  for (const std::string_view value : base::split(values, '|')) {
    if (value == *text) return *text;
  }
  wrong(fmt::format("{} must be one of {}.", name, values));
  return std::string(otherwise);
}

std::string Query::text(std::string_view name) const {
  return call_.parameter(name).value_or(std::string());
}

}  // namespace muster::sandbox::datadog
