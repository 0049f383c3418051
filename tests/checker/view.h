// The history as the checks want to see it: one run with everything that belongs to it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/checker/checker.h"
#include "tests/checker/history.h"

namespace muster::checker {

// What a run got of one listing: the pages of its last reading from the first one on.
struct Reading {
  bool ended = false;    // the last page had no link
  bool faulted = false;  // some page is not what the source would have sent
  bool gone = false;     // the record it belongs to does not exist any more
  Values keys;
  std::vector<const Call*> pages;
};

// A limit counts records, and pages may overlap; a record without a key is one. 0: no limit.
class Limited {
 public:
  explicit Limited(std::uint64_t limit) : limit_(limit) {}
  // How many of these rows are still within.
  std::uint64_t rows(const Values& keys);
  bool is_reached() const { return limit_ != 0 && records_ >= limit_; }

 private:
  const std::uint64_t limit_;
  std::uint64_t records_ = 0;
  std::set<std::string> seen_;
};

class View {
 public:
  View(const History& history, std::size_t run);

  const History& history;
  const Run& run;
  const Importer& importer;
  std::vector<const Call*> calls;
  std::vector<const Truth*> truths;  // that were in force while it ran
  const Holdings* before = nullptr;  // of its importer; null: not known
  const Holdings* after = nullptr;   // when it had ended
  const Holdings* later = nullptr;   // when the next one began, or at the end of the history
  std::vector<const Call*> starts;   // calls that start an execution
  std::vector<const Call*> writes;   // calls that change anything in Assets, those included
  std::vector<const Call*> completes;
  bool took_effect = false;  // Assets took a completing call of this run
  // Executions that it was told it had started, or sent data to.
  std::set<std::string> executions;
  bool lost_a_start = false;  // and perhaps one whose id it never heard

  // By data set: what it handed over, whether or not it was told that it arrived.
  std::map<std::string, std::map<std::string, SentObject>> sent;

  std::uint64_t limit_of(const DataSet& set) const;
  Reading read(const Listing& listing, std::string_view parent = {}) const;
  // The records with this key, one per truth that has it; nullptr where it is missing.
  std::vector<const Record*> versions(const std::string& data_set, const std::string& key) const;
  const std::string& data_set_of(std::string_view selector) const;

  bool is_completed() const;
  // The end of what is not known to be over in Assets when it ends: killed, cancelled, unheard.
  bool may_leave_open() const;
  bool is_to(const Call& call, const std::vector<std::string>& urls) const;
  std::string where() const;  // "run 3 (completed)"
};

// ".../executions/ID/data" -> ID, also without what follows; "" when it names none.
std::string execution_of(const Call& call);

// The first object that is new, gone or another in `b`; "" when there is none.
std::string first_difference(const Holdings& a, const Holdings& b);

enum class Fits { kNever, kSometimes, kAlways };
// Whether a condition holds for a record in all its versions.
Fits fits(const std::optional<Condition>& condition, const std::vector<const Record*>& versions);

// Collects violations of one run.
class Findings {
 public:
  Findings(const View& view, std::vector<Violation>& into) : view_(view), into_(into) {}
  template <typename... Args>
  void add(std::string invariant, fmt::format_string<Args...> format, Args&&... args) {
    into_.push_back({std::move(invariant), view_.run.label,
                     view_.where() + ": " + fmt::format(format, std::forward<Args>(args)...)});
  }

 private:
  const View& view_;
  std::vector<Violation>& into_;
};

// checks_*.cc: each judges one run.
void check_reading(const View& view, Findings& findings);  // I1, I10, I11
void check_report(const View& view, Findings& findings);   // I2, I3, I10, I12, I19
// ... and these a run and those before it.
void check_traffic(const std::vector<View>& views, const View& view,
                   Findings& findings);  // I4, I7, I15
void check_holdings(const std::vector<View>& views, const View& view,
                    Findings& findings);  // I7, I9 and what Assets holds
void check_gate(const std::vector<View>& views, std::vector<Violation>& into);     // I6
void check_repeats(const std::vector<View>& views, std::vector<Violation>& into);  // I4, I9

}  // namespace muster::checker
