#include "run/verdict.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace muster::run {
namespace {

struct Totals {
  std::uint64_t objects = 0, rejected = 0, accepted = 0, submitted = 0, missing = 0;
};

Totals add_up(const Report& report) {
  Totals totals;
  for (const DataSetReport& set : report.data_sets) {
    totals.objects += set.formatted;
    totals.rejected += set.rejected;
    totals.accepted += set.accepted;
    totals.submitted += set.submitted;
    totals.missing += set.missing;
  }
  return totals;
}

// Assets' own words may repeat values of objects: they stay where they are.
constexpr std::string_view kWhereWordsAre = " The import's history in Assets says why.";

// "Assets took 2 of 5 objects: 1 without a key, 2 that another object has the key of."
std::string what_was_left_out(const assets::TypeOutcome& type, const DataSetReport& set) {
  std::vector<std::string> causes;
  const auto add = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) causes.push_back(fmt::format("{} {}", base::with_thousands(count), what));
  };
  add(type.duplicate, "whose key another one has");
  add(type.empty_key, "without a key");
  add(type.empty_label, "without a label");
  add(type.filtered, "kept out by the query that is set for the type in Assets");
  std::string text = fmt::format("Assets took {} of {}", base::with_thousands(set.accepted),
                                 base::count_of(set.submitted, "object"));
  if (!causes.empty()) text += fmt::format(": {}", fmt::join(causes, ", "));
  text += '.';
  if (!type.errors.empty()) text += kWhereWordsAre;
  return text;
}

}  // namespace

void Verdict::take(const assets::Outcome& outcome, Report& report) {
  report.destination.execution_id = outcome.execution_id;
  report.destination.result = outcome.result;
  report.destination.chunks = outcome.chunks;
  report.destination.bytes = outcome.bytes;
  unconfirmed_ = outcome.unconfirmed;
  is_over_ = unconfirmed_.empty();
  refusal_ = outcome.refusal;
  report.heard = outcome.heard;
  std::vector<std::string> uncounted;
  std::vector<RejectReport> left_out;
  for (DataSetReport& set : report.data_sets) {
    const auto type = outcome.types.find(set.object_type);
    if (type == outcome.types.end()) {
      if (set.submitted > 0) uncounted.push_back(set.object_type);
      continue;
    }
    type_ids_[set.object_type] = type->second.id;
    set.accepted = type->second.accepted;
    set.created = type->second.created;
    set.updated = type->second.updated;
    set.unchanged = type->second.unchanged;
    set.missing = type->second.missing;
    if (set.accepted != set.submitted || !type->second.errors.empty()) {
      left_out.push_back({set.name, "", "not_taken", what_was_left_out(type->second, set)});
    }
  }
  if (unconfirmed_.empty() && !uncounted.empty()) {
    unconfirmed_ =
        fmt::format("Assets reported the end, but no counters for {}.", fmt::join(uncounted, ", "));
  }
  // What it says of the import as a whole belongs to no data set.
  if (!outcome.errors.empty() || (!refusal_.empty() && left_out.empty())) {
    std::string text = fmt::format("Assets reports '{}' for the import as a whole.",
                                   base::printable(outcome.result, 40));
    if (!outcome.errors.empty()) text += kWhereWordsAre;
    left_out.push_back({"", "", "not_taken", std::move(text)});
  }
  report.rejects.insert(report.rejects.begin(), left_out.begin(), left_out.end());
  if (report.rejects.size() > kMaxListedRejects) report.rejects.resize(kMaxListedRejects);
}

void Verdict::conclude(Report& report, bool plan_only) const {
  const Totals totals = add_up(report);
  const std::string what = fmt::format("{} in {}", base::count_of(totals.objects, "object"),
                                       base::count_of(report.data_sets.size(), "object type"));
  const auto end = [&](State state, std::string_view reason, std::string message) {
    report.state = state;
    report.reason = reason;
    report.message = std::move(message);
  };
  const bool changed_nothing = is_over_ && totals.accepted == 0 && totals.missing == 0;
  const State in_part = changed_nothing ? State::kFailed : State::kCompletedWithRejects;
  if (plan_only) {
    end(State::kCompleted, "ok", fmt::format("{} would be sent; nothing was sent.", what));
  } else if (!refusal_.empty()) {
    end(in_part, "destination_rejected", refusal_);
  } else if (!unconfirmed_.empty()) {
    end(State::kCompletedWithRejects, "not_confirmed",
        fmt::format("{} were handed over to Assets. {}", what, unconfirmed_));
  } else if (totals.accepted != totals.submitted) {
    end(in_part, "destination_rejected",
        fmt::format("{}, but Assets took only {}; the rejects in the report say why.", what,
                    base::with_thousands(totals.accepted)));
  } else if (totals.rejected > 0) {
    end(State::kCompletedWithRejects, "rejects",
        fmt::format(
            "{}; {} in the report.", what,
            base::count_of(totals.rejected, "record could not become an object and is listed",
                           "records could not become objects and are listed")));
  } else {
    end(State::kCompleted, "ok", what + ".");
  }
}

std::string Verdict::type_id(const std::string& object_type) const {
  const auto found = type_ids_.find(object_type);
  return found == type_ids_.end() ? std::string() : found->second;
}

}  // namespace muster::run
