// The history of imports with an ImportRig, for the checker.
//
//   RigHistory history(rig);
//   run::Report report = history.run({{"users"}, {"groups"}});
//   EXPECT_THAT(check(history.history()), IsEmpty());
#pragma once

#include <string>
#include <vector>

#include "tests/checker/checker.h"
#include "tests/checker/entra.h"
#include "tests/checker/observer.h"
#include "tests/support/import_rig.h"

namespace muster::checker {

class RigHistory : private tests::Watcher {
 public:
  // `missing`: what the sandbox's Assets does with absent objects, which it is told here.
  explicit RigHistory(tests::ImportRig& rig, Missing missing = Missing::kIgnore);
  ~RigHistory() override;

  // One run of exactly these data sets.
  run::Report run(const std::vector<std::string>& data_sets, run::Options options = {});
  void edit(const std::string& edits);
  // From the next run on: objects whose records are parked may go unasked.
  void accept_parked() { history_.importers[0].accepts_parked = true; }

  // What happened so far.
  const History& history();

 private:
  std::size_t sent(const net::Request& request) override;
  void answered(std::size_t call, const net::Request& request,
                const base::Result<net::Response>& outcome,
                const sandbox::JournalEntry* entry) override;
  void control(const std::string& path, const std::string& body);

  tests::ImportRig& rig_;
  History history_;
  Observer observer_;
  std::string label_;
};

}  // namespace muster::checker
