// Fills a history from what can be seen outside of muster: its requests and their answers, and what
// the sandbox says the source and Assets hold.
//
//   Observer observer(history, scheduler);
//   const std::size_t call = observer.sent("run 1", request);
//   observer.answered(call, outcome, &journal_entry);
#pragma once

#include <set>
#include <string>

#include "net/http.h"
#include "sandbox/sandbox.h"
#include "tests/checker/history.h"

namespace muster::checker {

// One thread at a time: a simulated one, or a test that runs on one.
class Observer {
 public:
  Observer(History& history, base::Scheduler& scheduler)
      : history_(history), scheduler_(scheduler) {}

  // The next place in the order of events.
  Order mark();
  void note(const std::string& run, std::string text);
  // Words the current thread for the timeline.
  static void name_thread(std::string name);
  static const std::string& thread_name();

  // A request leaves; what comes back says its index in History::calls.
  std::size_t sent(const std::string& run, const net::Request& request);
  // What the run was told. `entry`: what the sandbox noted, when it arrived there.
  void answered(std::size_t call, const net::Request& request,
                const base::Result<net::Response>& outcome, const sandbox::JournalEntry* entry,
                std::string text = {});

  // Credentials, so that calls can be judged and texts searched for them.
  void know_source_secret(std::string secret);
  void know_destination_token(std::string token);

  // What is held now.
  void look_at_source(sandbox::Sandbox& sandbox);
  void look_at_assets(sandbox::Sandbox& sandbox, const Importer& importer);
  void look_at_executions(sandbox::Sandbox& sandbox);

 private:
  Credential credential_of(const net::Request& request) const;
  void add_batch_items(std::size_t call, const net::Request& request, std::string_view body);

  History& history_;
  base::Scheduler& scheduler_;
  std::set<std::string, std::less<>> source_secrets_, destination_tokens_;
};

}  // namespace muster::checker
