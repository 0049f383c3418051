#include "sandbox/faults.h"

#include <fmt/format.h>

#include "json/writer.h"
#include "net/gzip.h"
#include "sandbox/fault_rule.h"
#include "sandbox/world/guid.h"

namespace muster::sandbox {

struct Faults::Rule {
  FaultRule rule;
  std::uint64_t matched = 0;
  std::uint64_t fired = 0;
};

Faults::Faults(base::Scheduler& scheduler, std::uint64_t seed) : monitor_(scheduler), seed_(seed) {}
Faults::~Faults() = default;

base::Status Faults::add(const json::Value& rules) {
  const std::vector<FaultRule> parsed = TRY(parse_fault_rules(rules));
  base::Monitor::Lock lock(monitor_);
  for (const FaultRule& rule : parsed) rules_.push_back(std::make_unique<Rule>(Rule{.rule = rule}));
  return {};
}

base::Status Faults::add(std::string text) {
  const json::Document document = TRY(json::Document::parse(std::move(text)));
  return add(document.root());
}

void Faults::clear() {
  base::Monitor::Lock lock(monitor_);
  rules_.clear();
  draws_ = 0;
}

std::shared_ptr<const FaultAction> Faults::pick(std::string_view service, std::string_view method,
                                                std::string_view target, bool in_batch) {
  base::Monitor::Lock lock(monitor_);
  Rule* winner = nullptr;
  for (const auto& entry : rules_) {
    const FaultRule& rule = entry->rule;
    if (!rule.matches(service, method, target, in_batch)) continue;
    ++entry->matched;  // also when another rule wins: `nth` counts calls
    if (winner != nullptr || (rule.times && entry->fired >= *rule.times)) continue;
    if (rule.nth && entry->matched != *rule.nth) continue;
    if (rule.every && entry->matched % *rule.every != 0) continue;
    if (rule.probability) {
      const double draw = static_cast<double>(world::mix(seed_ ^ ++draws_) >> 11) * 0x1.0p-53;
      if (draw >= *rule.probability) continue;
    }
    winner = entry.get();
  }
  if (winner == nullptr) return nullptr;
  ++winner->fired;
  return winner->rule.action;
}

std::string Faults::describe() {
  base::Monitor::Lock lock(monitor_);
  std::string out;
  json::Writer writer(out);
  writer.begin_array();
  for (const auto& entry : rules_) {
    writer.begin_object().key("rule").raw(entry->rule.text);
    writer.key("matched").number(entry->matched).key("fired").number(entry->fired).end_object();
  }
  writer.end_array();
  return out;
}

namespace {

void set_header(std::vector<net::Header>& headers, const net::Header& header) {
  for (net::Header& existing : headers) {
    if (net::find_header({existing}, header.name) == nullptr) continue;
    existing.value = header.value;
    return;
  }
  headers.push_back(header);
}

void change_body(const FaultAction& action, net::ServerResponse& response) {
  if (response.shared_body != nullptr)
    response.body = *std::exchange(response.shared_body, nullptr);
  if (!action.replace_from.empty()) {
    std::string& body = response.body;
    const std::size_t size = action.replace_from.size();
    for (std::size_t at = 0; (at = body.find(action.replace_from, at)) != std::string::npos;) {
      body.replace(at, size, action.replace_to);
      at += action.replace_to.size();
      if (!action.replace_everywhere) break;
    }
  }
  response.body.insert(0, action.prepend);
  if (action.truncate && response.body.size() > *action.truncate)
    response.body.resize(*action.truncate);
  if (action.gzip_twice) {
    response.body = net::gzip(net::gzip(response.body));
    response.gzip = false;
    set_header(response.headers, {"Content-Encoding", "gzip"});
  }
}

// Into a JSON text, without its quotes.
void replace_all(std::string& body, std::string_view from, std::string_view to) {
  std::string quoted;
  json::append_quoted(quoted, to);
  const std::string_view inner = std::string_view(quoted).substr(1, quoted.size() - 2);
  for (std::size_t at = 0; (at = body.find(from, at)) != std::string::npos; at += inner.size()) {
    body.replace(at, from.size(), inner);
  }
}

std::string_view authorization_of(const Call& call) {
  const std::string* header = call.header("Authorization");
  return header == nullptr ? std::string_view() : *header;
}

}  // namespace

std::string fault_body(const FaultAction& action, std::string_view authorization,
                       std::string_view request_body) {
  std::string body = action.body;
  if (!action.echo) return body;
  replace_all(body, "{authorization}", authorization);
  replace_all(body, "{request}", request_body);
  return body;
}

void apply_fault(const FaultAction& action, const Call& call, net::ServerResponse& response) {
  if (action.status) {
    response.status = *action.status;
    response.body = fault_body(action, authorization_of(call), call.body);
    response.shared_body = nullptr;
    if (response.headers.empty()) response.headers.push_back({"Content-Type", "application/json"});
  }
  if (action.bomb != nullptr) {
    response.shared_body = action.bomb;
    response.gzip = false;
    set_header(response.headers, {"Content-Type", "application/json"});
    set_header(response.headers, {"Content-Encoding", "gzip"});
  }
  if (action.changes_body()) change_body(action, response);
  for (const net::Header& header : action.headers) set_header(response.headers, header);
  for (std::uint32_t number = 0; number < action.extra_headers; ++number) {
    response.headers.push_back({fmt::format("x-extra-{}", number), "1"});
  }
  response.reset = response.reset || action.reset;
  if (action.cut_after >= 0) response.cut_after = action.cut_after;
  response.drip += action.drip;
  response.delay += action.delay;
}

}  // namespace muster::sandbox
