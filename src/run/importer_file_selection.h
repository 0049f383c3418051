// `data_sets` of an importer file. Names are checked by mapping::make_plan(), which knows what they
// mean.
#pragma once

#include "catalogue/checker.h"
#include "mapping/selection.h"

namespace muster::run {

// More than any listing may hold (source::kMaxPages pages of 1,000): a larger limit is a slip.
inline constexpr std::uint64_t kMaxRecordLimit = 100'000'000;

void read_data_sets(catalogue::Checker& check, const catalogue::YamlNode* node,
                    mapping::Selection& selection);

}  // namespace muster::run
