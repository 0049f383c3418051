#include "catalogue/never.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace muster::catalogue {
namespace {

using Overlap = json::Path::Overlap;

const json::Path* find_rule(const DataSet& set, const json::Path& path, Use use) {
  const auto is_harmless = [&](const json::Path& but) {
    return path.overlap(but) == Overlap::kWithin;
  };
  if (std::ranges::any_of(set.never_but, is_harmless)) return nullptr;
  for (const json::Path& never : set.never) {
    const Overlap overlap = path.overlap(never);
    if (overlap == Overlap::kNone) continue;
    if (overlap == Overlap::kHolds && use == Use::kCondition) continue;
    return &never;
  }
  return nullptr;
}

std::string sentence(const DataSet& set, const json::Path& path, const json::Path& never) {
  const std::string shown = base::printable(path.text(), 80);
  if (path.text() == never.text()) {
    return fmt::format(
        "\"{}\" of {} may hold secrets, which the catalogue keeps out of every import", shown,
        set.name);
  }
  return fmt::format(
      "\"{}\" of {} {} \"{}\", which may hold secrets and which the catalogue keeps "
      "out of every import",
      shown, set.name, path.overlap(never) == Overlap::kWithin ? "is part of" : "would show",
      never.text());
}

}  // namespace

std::optional<std::string> why_kept_out(const Source& source, const DataSet& data_set,
                                        const json::Path& path, Use use) {
  if (const json::Path* never = find_rule(data_set, path, use)) {
    return sentence(data_set, path, *never);
  }
  const DataSet* parent = data_set.is_rows() ? source.find_data_set(data_set.rows.of) : nullptr;
  if (parent == nullptr) return std::nullopt;
  const auto whole =
      json::Path::parse(fmt::format("{}.{}", data_set.rows.path.text(), path.text()));
  if (!whole.ok()) return std::nullopt;
  const json::Path* never = find_rule(*parent, *whole, use);
  if (never == nullptr) return std::nullopt;
  return sentence(*parent, *whole, *never);
}

}  // namespace muster::catalogue
