// Faults on purpose: rules that match calls and say what happens instead of, or to, the answer.
//
//   {"service": "graph", "path_prefix": "/v1.0/users", "nth": 3, "times": 1,
//    "action": {"status": 503, "headers": {"Retry-After": "2"}}}
//
// A rule matches by service, method, path_prefix or path_regex (RE2, on path and query as received,
// without the service's prefix); `"batch": true` makes it match requests inside batches instead of
// calls. Of the matching calls it takes every one, or the `nth` (1-based), or each `every`-th, or a
// random share `probability`; at most `times` of them. When several rules would fire, the first
// wins. README.md lists the actions with examples.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "json/value.h"
#include "net/http_server.h"
#include "sandbox/service.h"

namespace muster::sandbox {

struct FaultAction {
  // Instead of the answer.
  std::optional<int> status;
  std::vector<net::Header> headers;
  std::string body;
  bool echo = false;  // "{authorization}" and "{request}" in the body are what was received
  std::shared_ptr<const std::string> bomb;  // many blanks, compressed to little
  bool reset = false;
  bool handled = false;  // the service does its work first; only the answer is lost or replaced
  // To the answer.
  std::int64_t cut_after = -1;
  std::chrono::milliseconds drip{0};
  std::chrono::milliseconds delay{0};
  std::optional<std::size_t> truncate;  // keep so many body bytes, with a Content-Length that fits
  std::string replace_from, replace_to;
  bool replace_everywhere = false;  // else only where it stands first
  std::string prepend;
  bool gzip_twice = false;
  std::uint32_t extra_headers = 0;
  // To a page of a list; the service applies these.
  bool empty_page = false;      // no rows, and a link to the ones that should be here
  bool repeat_row = false;      // the last row of the page before once more
  bool drop_row = false;        // a row is missing
  bool endless_link = false;    // the link leads to this page again
  bool fail_last_page = false;  // the last page carries a link that answers 400
  std::string foreign_link;     // origin put into the link: "https://elsewhere.example"

  bool replaces_answer() const { return status || bomb != nullptr || reset; }
  bool changes_body() const {
    return truncate || !replace_from.empty() || !prepend.empty() || gzip_twice;
  }
};

class Faults {
 public:
  Faults(base::Scheduler& scheduler, std::uint64_t seed);
  ~Faults();

  // An array of rules, or {"rules": [...]}. All or none are taken; kSettings names the first
  // mistake.
  base::Status add(const json::Value& rules);
  base::Status add(std::string text);
  void clear();

  // The action of the rule that fires; nullptr: none. Counts the call.
  std::shared_ptr<const FaultAction> pick(std::string_view service, std::string_view method,
                                          std::string_view target, bool in_batch);
  // [{"rule": {...}, "matched": 7, "fired": 1}]
  std::string describe();

 private:
  struct Rule;
  base::Monitor monitor_;  // guards rules_ and draws_
  std::vector<std::unique_ptr<Rule>> rules_;
  std::uint64_t seed_;
  std::uint64_t draws_ = 0;
};

// The action's body, with what was received in it when it echoes.
std::string fault_body(const FaultAction& action, std::string_view authorization,
                       std::string_view request_body);

// Turns the answer into what the action says; page faults are left to the service.
void apply_fault(const FaultAction& action, const Call& call, net::ServerResponse& response);

}  // namespace muster::sandbox
