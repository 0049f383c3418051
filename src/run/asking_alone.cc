#include "run/asking_alone.h"

#include <fmt/format.h>

#include "base/text.h"
#include "source/presence.h"

namespace muster::run {
namespace {

// How many of those that were asked for are there. Records without a key of their own may be as
// many of them: the list had these, and what becomes of them is for the gate.
base::Result<std::uint64_t> ask_for(const catalogue::DataSet& data_set,
                                    const Collection& collection, const Comparison& comparison,
                                    source::Session& session, const base::Stop& stop) {
  const std::vector<std::string> keys = collection.named_texts(comparison.first_named);
  const std::uint64_t present = TRY(source::count_present(session, data_set, keys, stop));
  if (present <= comparison.nameless) return present;
  return base::Error{
      base::ErrorKind::kMalformed, "source_incomplete",
      fmt::format("The list of {} left out what is still there: asked alone for {}, the source "
                  "has {}. Run again later.",
                  data_set.name,
                  base::count_of(keys.size(), "object that is missing from it but still named",
                                 "objects that are missing from it but still named"),
                  base::with_thousands(present)),
      data_set.name};
}

std::string found_out(const Comparison& comparison, std::uint64_t present) {
  const std::size_t asked = comparison.first_named.size();
  if (present > 0) {
    return fmt::format(
        "Asked for alone, the source has {}: they may be among the records that came without a "
        "key, or with that of another record.",
        base::with_thousands(present));
  }
  if (asked == comparison.named) {
    return "They were deleted a moment ago: asked for alone, the source does not have them.";
  }
  return fmt::format(
      "They were deleted a moment ago: the source was asked for {} of them alone and has none, so "
      "that it is believed of the others.",
      asked);
}

}  // namespace

base::Status ask_alone(const mapping::Plan& plan,
                       const std::vector<std::unique_ptr<Collection>>& collections,
                       source::Session& session, const base::Stop& stop, Compared& compared) {
  for (std::size_t i = 0; i < plan.data_sets.size(); ++i) {
    const auto& comparison = compared.data_sets[i];
    if (!comparison || comparison->named == 0 || comparison->rebased) continue;
    const catalogue::DataSet& data_set = *plan.data_sets[i].data_set;
    std::string found = "They were deleted a moment ago, or the list left them out.";
    if (data_set.has_record()) {
      found = found_out(*comparison,
                        TRY(ask_for(data_set, *collections[i], *comparison, session, stop)));
    }
    compared.notices.push_back(
        fmt::format("Missing from the list of {}, but still named by what refers to them: {}. {}",
                    data_set.name, base::count_of(comparison->named, "object"), found));
  }
  return {};
}

}  // namespace muster::run
