// An HttpClient that answers from a case's answers.txt; tests/golden/README.md describes the file.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "net/http.h"

namespace muster::tests {

class ScriptedSource : public net::HttpClient {
 public:
  // Throws std::runtime_error with the line of the first mistake.
  ScriptedSource(base::Scheduler& scheduler, const std::string& answers, std::string origin);

  base::Result<net::Response> send(const net::Request& request, const base::Stop& stop) override;

  // Every request, sorted: readings run side by side, so their order means nothing.
  std::multiset<std::string> requests() const { return requests_; }
  // Answers that nobody asked for.
  std::vector<std::string> unasked() const;

 private:
  struct Answer {
    net::Response response;
    bool is_asked = false;
  };

  net::Response answer(const std::string& method, const std::string& target,
                       const std::vector<net::Header>& headers);
  net::Response answer_batch(const net::Request& request, const std::string& base);

  base::Scheduler& scheduler_;
  const std::string origin_;
  base::Monitor monitor_;  // guards everything below
  std::map<std::string, std::deque<Answer>> answers_;
  std::multiset<std::string> requests_;
};

}  // namespace muster::tests
