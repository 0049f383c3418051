#include "tests/checker/view.h"

#include <fmt/format.h>

#include <algorithm>

namespace muster::checker {
namespace {

const Importer& importer_of(const History& history, const std::string& name) {
  static const Importer kUnknown;
  for (const Importer& importer : history.importers) {
    if (importer.name == name) return importer;
  }
  return kUnknown;
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

bool is_path_of(const Listing& listing, std::string_view parent, std::string_view target) {
  constexpr std::string_view kKey = "{key}";
  const std::size_t at = listing.path.find(kKey);
  const std::string_view path = path_of(target);
  if (at == std::string::npos) return path == listing.path;
  return path ==
         listing.path.substr(0, at) + std::string(parent) + listing.path.substr(at + kKey.size());
}

bool belongs(const Listing& listing, std::string_view parent, const Call& call) {
  if (call.method != "GET" || !is_path_of(listing, parent, call.target)) return false;
  const auto has = [&](const std::string& text) {
    return call.target.find(text) != std::string::npos;
  };
  return (listing.with.empty() || has(listing.with)) &&
         (listing.without.empty() || !has(listing.without));
}

// "https://host/path?query" -> "/path?query"
std::string_view target_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return url;
  const std::size_t path = url.find('/', scheme + 3);
  return path == std::string_view::npos ? std::string_view("/") : url.substr(path);
}

// A page that some other page links to, so never a first one.
bool is_continuation(const Call& call) {
  return call.target.find("skiptoken") != std::string::npos;
}

bool is_at(const Call& call, const std::vector<std::string>& urls) {
  const std::string url = call.origin + call.target;
  return std::ranges::any_of(urls, [&](const std::string& one) { return url.starts_with(one); });
}

bool changes_assets(const Importer& importer, const Call& call) {
  return call.method != "GET" && is_at(call, importer.destination_urls);
}

bool is_start(const Call& call) {
  return call.method == "POST" && path_of(call.target).ends_with("/executions");
}

}  // namespace

std::string execution_of(const Call& call) {
  constexpr std::string_view kBefore = "/executions/";
  std::string_view path = path_of(call.target);
  const std::size_t at = path.rfind(kBefore);
  if (at == std::string_view::npos) return "";
  path.remove_prefix(at + kBefore.size());
  return std::string(path.substr(0, path.find('/')));
}

View::View(const History& all, std::size_t index)
    : history(all), run(all.runs[index]), importer(importer_of(all, run.importer)) {
  for (const Call& call : history.calls) {
    if (call.run != run.label) continue;
    calls.push_back(&call);
    if (call.inside_batch || !changes_assets(importer, call)) continue;
    writes.push_back(&call);
    if (is_start(call)) {
      starts.push_back(&call);
      if (!call.started.empty()) executions.insert(call.started);
      lost_a_start = lost_a_start || call.started.empty();
    }
    if (!call.submission) continue;
    executions.insert(execution_of(call));
    if (call.submission->completes) completes.push_back(&call);
    for (const auto& [selector, objects] : call.submission->objects) {
      for (const SentObject& object : objects) {
        sent[data_set_of(selector)].insert_or_assign(object.key, object);
      }
    }
  }
  for (const Call* call : completes) {
    const std::string id = execution_of(*call);
    for (const Execution& execution : history.executions) {
      if (execution.id != id) continue;
      for (const auto& chunk : execution.chunks) took_effect = took_effect || chunk.completes;
    }
  }
  for (std::size_t i = 0; i < history.truths.size(); ++i) {
    const bool is_over = i + 1 < history.truths.size() && history.truths[i + 1].since <= run.begun;
    if (!is_over && history.truths[i].since <= run.ended) truths.push_back(&history.truths[i]);
  }
  for (const Holdings& held : history.holdings) {
    if (held.importer != run.importer) continue;
    if (held.at <= run.begun) before = &held;
    if (held.at >= run.ended && after == nullptr) {
      after = &held;
      later = &held;
    } else if (held.at > run.ended && later == after) {
      later = &held;
    }
  }
}

std::uint64_t View::limit_of(const DataSet& set) const {
  if (run.limit == 0 || set.limit == 0) return std::max(run.limit, set.limit);
  return std::min(run.limit, set.limit);
}

Reading View::read(const Listing& listing, std::string_view parent) const {
  Reading reading;
  const Call* first = nullptr;  // of the last attempt
  std::map<std::string_view, const Call*> pages;
  for (const Call* call : calls) {
    if (!belongs(listing, parent, *call) || call->answered == 0) continue;
    if (call->status == 404 || call->status == 410) reading.gone = true;
    if (call->status != 200 || !call->page) continue;
    pages[call->target] = call;
    if (!is_continuation(*call)) {
      first = call;
      reading.gone = false;
    }
  }
  // A page counts when the one before it leads there: whoever begins again throws the others away,
  // and may have asked for some ahead of time.
  for (const Call* page = first; page != nullptr;) {
    reading.pages.push_back(page);
    reading.faulted = reading.faulted || page->faulted;
    reading.keys.insert(reading.keys.end(), page->page->keys.begin(), page->page->keys.end());
    reading.ended = page->page->next.empty();
    const auto next = pages.find(target_of(page->page->next));
    page = reading.ended || next == pages.end() ? nullptr : next->second;
    if (page != nullptr && std::ranges::count(reading.pages, page) != 0) page = nullptr;
  }
  return reading;
}

std::vector<const Record*> View::versions(const std::string& data_set,
                                          const std::string& key) const {
  std::vector<const Record*> found;
  for (const Truth* truth : truths) {
    const Record* version = nullptr;
    const auto records = truth->data_sets.find(data_set);
    if (records != truth->data_sets.end()) {
      for (const Record& record : records->second) {
        if (record.key == key) version = &record;
      }
    }
    found.push_back(version);
  }
  return found;
}

const std::string& View::data_set_of(std::string_view selector) const {
  static const std::string kNone;
  for (const DataSet& set : run.selection.data_sets) {
    if (set.selector == selector) return set.name;
  }
  return kNone;
}

std::uint64_t Limited::rows(const Values& keys) {
  std::uint64_t rows = 0;
  for (; rows < keys.size() && !is_reached(); ++rows) {
    if (keys[rows].empty() || seen_.insert(keys[rows]).second) ++records_;
  }
  return rows;
}

bool View::is_completed() const {
  return run.report && !run.plan_only &&
         (run.report->state == run::State::kCompleted ||
          run.report->state == run::State::kCompletedWithRejects);
}

bool View::may_leave_open() const {
  if (!run.report) return true;
  return !is_completed() || run.report->reason == "not_confirmed";
}

bool View::is_to(const Call& call, const std::vector<std::string>& urls) const {
  return is_at(call, urls);
}

std::string View::where() const {
  const std::string state = run.report ? std::string(run::to_string(run.report->state)) : "died";
  return fmt::format("run {} ({}{})", run.label, run.plan_only ? "plan, " : "", state);
}

Fits fits(const std::optional<Condition>& condition, const std::vector<const Record*>& versions) {
  std::size_t yes = 0, no = 0;
  for (const Record* record : versions) {
    if (record == nullptr) {
      ++no;
      continue;
    }
    bool holds = !condition;
    if (condition) {
      const auto values = record->values.find(condition->attribute);
      if (values != record->values.end()) {
        for (const std::string& value : values->second) {
          holds = holds || condition->values.contains(value);
        }
      }
    }
    ++(holds ? yes : no);
  }
  if (yes == 0) return Fits::kNever;
  return no == 0 ? Fits::kAlways : Fits::kSometimes;
}

}  // namespace muster::checker
