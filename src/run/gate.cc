#include "run/gate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "json/value.h"
#include "run/run_store.h"

namespace muster::run {

namespace {

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

Finding make_finding(const Evidence& evidence, std::string reason, std::uint64_t affected,
                     std::uint64_t of, std::string text) {
  Finding finding;
  finding.data_set = evidence.data_set;
  finding.reason = std::move(reason);
  finding.affected = affected;
  finding.of = of;
  finding.text = std::move(text);
  return finding;
}

void bind_to(Finding& finding, const Comparison::Sample& sample, const KeyDigest& keys) {
  for (const crypto::Hash128& key : sample) finding.sample.push_back(crypto::to_hex(key));
  finding.keys_hash = keys.text();
}

// Findings without a comparison hold for one place only, and for what was looked at there.
void bind_to_place(Finding& finding, std::string_view target, std::string_view what) {
  KeyDigest place;
  place.add(crypto::public_hash(fmt::format("{}\n{}", what, target)));
  finding.keys_hash = place.text();
}

// Where all of the few that there were changed, that is everyday life.
constexpr std::uint64_t kFewestReplaced = 5;

// Keys of another tenant, site or organisation are all others. In a small one that is within every
// limit of missing objects.
void judge_replaced(const Evidence& evidence, std::vector<Finding>& findings) {
  const Comparison& seen = *evidence.comparison;
  if (seen.before < kFewestReplaced || seen.changed + seen.unchanged > 0) return;
  findings.push_back(make_finding(
      evidence, "gate_replaced", seen.before, seen.before,
      fmt::format("{}: none of the {} objects of the last completed run is there any more, but {} "
                  "others. Does the connection lead to another tenant or account than before?",
                  evidence.object_type, base::with_thousands(seen.before),
                  base::with_thousands(seen.now))));
  bind_to(findings.back(), seen.missing_sample, seen.gone_keys);
}

void judge_missing(const Evidence& evidence, const Safety& safety, std::vector<Finding>& findings) {
  const Comparison& seen = *evidence.comparison;
  const Thresholds& limits = safety.of(evidence.data_set);
  // Where nobody is asked about parked records, their objects count as missing ones.
  const std::uint64_t missing = seen.missing + (safety.accept_parked ? seen.parked : 0);
  if (seen.before > 0 && seen.now == 0) {
    findings.push_back(
        make_finding(evidence, "gate_empty", seen.before, seen.before,
                     fmt::format("{}: the source sent none; the last completed run had {}. An "
                                 "empty answer usually means "
                                 "a lost permission or a filter that matches nothing.",
                                 evidence.object_type, base::with_thousands(seen.before))));
    bind_to(findings.back(), seen.missing_sample, seen.gone_keys);
    return;
  }
  if (seen.rebased) return;
  const double share = percent(missing, seen.before);
  if (share > limits.max_missing_percent && missing > limits.max_missing_objects) {
    findings.push_back(make_finding(
        evidence, "gate_missing", missing, seen.before,
        fmt::format(
            "{}: {} of {} objects of the last completed run ({:.1f} %) are missing; the limits are "
            "{:g} % and {}.",
            evidence.object_type, base::with_thousands(missing), base::with_thousands(seen.before),
            share, limits.max_missing_percent,
            base::count_of(limits.max_missing_objects, "object"))));
    bind_to(findings.back(), seen.missing_sample,
            safety.accept_parked ? seen.gone_keys : seen.missing_keys);
  } else {
    judge_replaced(evidence, findings);
  }
}

// A record that was parked is not gone: its object must not be treated as missing without asking.
void judge_parked(const Evidence& evidence, const GateQuestion& question,
                  std::vector<Finding>& findings) {
  const Comparison& seen = *evidence.comparison;
  const std::uint64_t nameless = std::min(seen.nameless, seen.missing);
  const bool may_lose = question.absent_means_missing && !evidence.is_shared;
  if (!may_lose || question.safety.accept_parked) return;
  if (seen.parked + nameless == 0) return;
  const std::uint64_t lost = seen.parked + nameless;
  std::string text = fmt::format(
      "{}: {} of the last completed run would be treated as missing in Assets, although the source "
      "{} {}.",
      evidence.object_type, base::count_of(lost, "object"),
      nameless > 0 ? "may still have" : "still has", lost == 1 ? "it" : "them");
  if (seen.parked > 0) {
    text += fmt::format(" {} could not become {} this time.", base::count_of(seen.parked, "record"),
                        seen.parked == 1 ? "an object" : "objects");
  }
  if (nameless > 0) {
    text += fmt::format(" {} came without a key, or with the key of another record.",
                        base::count_of(seen.nameless, "record"));
  }
  text +=
      " See the rejected records and the notices; repair them at the source, or set "
      "`safety.parked: accept`.";
  findings.push_back(
      make_finding(evidence, "gate_parked", seen.parked + nameless, seen.before, std::move(text)));
  // Which of the missing ones lost their keys is not known: it may be any of them.
  bind_to(findings.back(), seen.parked_sample, nameless > 0 ? seen.gone_keys : seen.parked_keys);
}

void judge_unreadable(const Evidence& evidence, const GateQuestion& question,
                      std::vector<Finding>& findings) {
  findings.push_back(make_finding(
      evidence, "gate_unreadable", 0, evidence.comparison->now,
      fmt::format("{}: what was remembered of the last completed run is damaged or of another "
                  "version, so nobody can tell what would go missing. {} read now; if that is what "
                  "Assets should hold, approving lets one run pass without the comparison.",
                  evidence.object_type,
                  base::count_of(evidence.comparison->now, "object was", "objects were"))));
  bind_to_place(findings.back(), question.target, "objects");
}

// A handful of objects losing a rare value is everyday life, not a finding.
constexpr double kEverydayLosses = 10;

void judge_blanked(const Evidence& evidence, const Thresholds& limits,
                   std::vector<Finding>& findings) {
  const Comparison& seen = *evidence.comparison;
  const double share_of_all = limits.max_blanked_percent * static_cast<double>(seen.before) / 100.0;
  const double enough = std::min(kEverydayLosses, share_of_all);
  for (const Comparison::Blanked& blanked : seen.blanked) {
    const double share = percent(blanked.lost, blanked.had);
    if (share <= limits.max_blanked_percent || static_cast<double>(blanked.lost) <= enough)
      continue;
    std::string title = blanked.attribute;
    for (const auto& [external_id, name] : evidence.attribute_names) {
      if (external_id == blanked.attribute) title = name;
    }
    Finding finding = make_finding(
        evidence, "gate_blanked", blanked.lost, blanked.had,
        fmt::format("{}: \"{}\" would become empty on {} of {} objects that had a value ({:.1f} "
                    "%); the limit "
                    "is {:g} %.",
                    evidence.object_type, title, base::with_thousands(blanked.lost),
                    base::with_thousands(blanked.had), share, limits.max_blanked_percent));
    finding.attribute = title;
    bind_to(finding, blanked.sample, blanked.keys);
    findings.push_back(std::move(finding));
  }
}

// Assets has settings for each object type and import source that nobody can ask for. With the
// wrong one the first run of a second importer would take the objects of the first for missing.
void judge_shared(const Evidence& evidence, const GateQuestion& question,
                  std::vector<Finding>& findings) {
  if (!question.to_assets || !evidence.needs_consent) return;
  findings.push_back(make_finding(
      evidence, "gate_shared", evidence.foreign, evidence.foreign,
      fmt::format("{0}: {1} only from {2}, and this importer has not run beside them yet. Assets "
                  "must keep them: set Missing objects to Ignore for {0} in the mapping of this "
                  "import source (`muster schema FILE IMPORTER --send` puts the mapping there "
                  "without importing), then approve this once.",
                  evidence.object_type,
                  base::count_of(evidence.foreign, "object comes", "objects come"),
                  fmt::join(evidence.others, ", "))));
  bind_to_place(findings.back(), question.target, "others");
}

void judge_book(const Evidence& evidence, const GateQuestion& question,
                std::vector<Finding>& findings) {
  if (!evidence.damaged_book) return;
  findings.push_back(make_finding(
      evidence, "gate_unreadable", 0, evidence.complete->records(),
      fmt::format("{}: what was remembered of the keys of its objects is damaged or of another "
                  "version, so that some would come a second time. Restore a backup of the store, "
                  "or approve this once.",
                  evidence.object_type)));
  bind_to_place(findings.back(), question.target, "keys");
}

void judge_dropped(const GateQuestion& question, std::vector<Finding>& findings) {
  if (!question.absent_means_missing) return;
  for (const DroppedDataSet& dropped : question.dropped) {
    Finding finding;
    finding.data_set = dropped.data_set;
    finding.reason = "gate_dropped";
    finding.affected = finding.of = dropped.objects;
    finding.keys_hash = dropped.keys;
    finding.text = fmt::format(
        "{}: this data set is off now, and the last completed run had {} of it. Assets still knows "
        "the object type and would treat them as missing. Switch it on again, or approve this to "
        "let them go.",
        dropped.object_type,
        dropped.objects == 0 ? "an unknown number (what is remembered is damaged)"
                             : base::count_of(dropped.objects, "object"));
    findings.push_back(std::move(finding));
  }
}

// Perhaps another store remembers it: the wrong database would let everything go unseen.
void judge_place(const GateQuestion& question, std::vector<Finding>& findings) {
  if (!question.is_strange_place || !question.absent_means_missing) return;
  Finding finding;
  finding.reason = "gate_forgotten";
  for (const Evidence& evidence : question.data_sets) finding.of += evidence.complete->records();
  finding.text = fmt::format(
      "Nothing is remembered of this importer and its import source, but Assets has taken imports "
      "there before, so nobody can tell what would go missing. If another database remembers "
      "them, use that one. If {} should be all that Assets holds, approve this once.",
      base::count_of(finding.of, "record"));
  bind_to_place(finding, question.target, "past");
  findings.push_back(std::move(finding));
}

// Runs before this one let Assets keep what went missing, and remember only what there was then.
void judge_kept(const Evidence& evidence, const GateQuestion& question,
                std::vector<Finding>& findings) {
  const Comparison& seen = *evidence.comparison;
  if (!seen.kept || !question.absent_means_missing || evidence.is_shared) return;
  findings.push_back(make_finding(
      evidence, "gate_kept", 0, seen.now,
      fmt::format("{}: until now Assets was set to keep objects that go missing, and some have. If "
                  "it does not keep them any more, this import would let all of them go, and "
                  "nobody can tell how many there are. Look in Assets for objects that {} did not "
                  "update, then approve this once; or set `missing_objects: ignore`.",
                  evidence.object_type, base::printable(question.compared_with, 100))));
  bind_to_place(findings.back(), question.target, "kept");
}

void judge_partial(const GateQuestion& question, std::vector<Finding>& findings) {
  if (!question.absent_means_missing || question.confirm_partial) return;
  for (const Evidence& evidence : question.data_sets) {
    if (!evidence.complete || evidence.complete->is_whole() || evidence.is_shared) continue;
    findings.push_back(make_finding(
        evidence, "partial_not_confirmed", evidence.complete->records(), 0,
        fmt::format(
            "{}: only the first {} because of the limit, and this import source may treat "
            "absent objects as missing. Set `missing_objects: ignore` if it keeps them, or "
            "confirm that a part is meant.",
            evidence.object_type,
            base::count_of(evidence.complete->records(), "record was read", "records were read"))));
  }
}

// Why this approval does not fit; empty when it does.
std::string misfit(const GateQuestion& question, const std::vector<Finding>& findings) {
  const ApprovedFindings& approval = *question.approval;
  if (approval.compared_with != question.compared_with) {
    return fmt::format(
        "The approval of run {} does not fit any more: another run has completed since, and the "
        "findings are now about the difference to that one.",
        approval.run_id);
  }
  if (!is_covered(findings, approval.findings)) {
    return fmt::format(
        "The approval of run {} does not fit: this is not what was approved. More objects are "
        "affected now, or others.",
        approval.run_id);
  }
  return "";
}

}  // namespace

Judgement Gate::judge(const GateQuestion& question) {
  Judgement judgement;
  for (const Evidence& evidence : question.data_sets) {
    if (!evidence.complete) judgement.incomplete.push_back(evidence.data_set);
  }
  for (const auto& [relation, complete] : question.relations) {
    if (!complete) judgement.incomplete.push_back(relation);
  }
  if (!judgement.incomplete.empty()) return judgement;

  for (const Evidence& evidence : question.data_sets) {
    judge_shared(evidence, question, judgement.findings);
    judge_book(evidence, question, judgement.findings);
    if (!evidence.comparison) continue;
    if (evidence.comparison->unreadable) {
      judge_unreadable(evidence, question, judgement.findings);
      continue;
    }
    judge_missing(evidence, question.safety, judgement.findings);
    judge_blanked(evidence, question.safety.of(evidence.data_set), judgement.findings);
    judge_parked(evidence, question, judgement.findings);
    judge_kept(evidence, question, judgement.findings);
  }
  judge_place(question, judgement.findings);
  judge_dropped(question, judgement.findings);
  judge_partial(question, judgement.findings);
  if (judgement.findings.empty()) {
    judgement.pass = assets::Pass();
  } else if (question.approval != nullptr) {
    if (std::string why = misfit(question, judgement.findings); !why.empty()) {
      judgement.notices.push_back(std::move(why));
    } else {
      judgement.pass = assets::Pass();
      judgement.approved_by = question.approval->approved_by;
    }
  }
  return judgement;
}

namespace {

bool is_same(const Finding& finding, const json::Value& approved) {
  const auto text = [&](std::string_view key) {
    const json::Value* value = approved.find(key);
    return value == nullptr ? std::string_view() : value->text();
  };
  const auto count = [&](std::string_view key) {
    const json::Value* value = approved.find(key);
    const std::int64_t number = value == nullptr ? 0 : value->integer().value_or(0);
    return static_cast<std::uint64_t>(std::max<std::int64_t>(number, 0));
  };
  if (text("data_set") != finding.data_set || text("reason") != finding.reason ||
      text("attribute") != finding.attribute || text("keys_hash") != finding.keys_hash) {
    return false;
  }
  if (finding.reason == "gate_shared") return true;  // a setting was looked at, not a number
  // Without a comparison all there is to hold on to is that not fewer were read.
  if (finding.reason == "gate_unreadable" || finding.reason == "gate_forgotten" ||
      finding.reason == "gate_kept") {
    return count("of") <= finding.of;
  }
  return count("affected") >= finding.affected;
}

}  // namespace

bool is_covered(const std::vector<Finding>& now, const std::string& approved_findings_json) {
  const auto document = json::Document::parse(approved_findings_json);
  if (!document.ok()) return false;
  const auto approved = document->root().items();
  return std::all_of(now.begin(), now.end(), [&](const Finding& finding) {
    // That a limited run is meant is said with --confirm-partial, not by approving an earlier run.
    if (finding.reason == "partial_not_confirmed") return false;
    return std::any_of(approved.begin(), approved.end(),
                       [&](const json::Value& one) { return is_same(finding, one); });
  });
}

}  // namespace muster::run
