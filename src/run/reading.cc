#include "run/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "base/failpoint.h"
#include "base/text.h"
#include "json/embedded_json.h"

namespace muster::run {

using base::Error;
using base::ErrorKind;
using base::Status;
using base::Stop;

namespace {

// Pages waiting for the mapping thread, over all listings. Each is at most a few MiB.
constexpr std::size_t kPagesWaiting = 4;
// Parents wait as keys only, so a whole large tenant may wait here without slowing the mapping.
constexpr std::size_t kParentBatchesWaiting = 100'000;

struct ListingEnd {
  source::Complete complete;
};

struct Arrival {
  std::size_t data_set = 0;
  std::variant<source::Restart, source::Page, ListingEnd> step;
};

// A data set whose records are inside those of another one.
struct Rows {
  std::size_t data_set = 0;
  json::Path path;
  catalogue::Where when;
};

// What has to be done with the records of one data set beyond their objects. Copies: paths and
// conditions remember places, and runs share a catalogue.
struct Inside {
  std::optional<json::EmbeddedJson> embedded;
  catalogue::Where where;  // records that are not meant have no rows
  std::vector<Rows> rows;
};

class Reading {
 public:
  Reading(const mapping::Plan& plan, std::uint64_t reject_limit, ReadingTools tools,
          const Stop& stop, ReadResult& result)
      : plan_(plan),
        reject_limit_(reject_limit),
        tools_(tools),
        result_(result),
        outer_stop_(stop, [this] { stop_source_.request_stop(); }),
        monitor_(tools.scheduler),
        arrivals_(tools.scheduler, kPagesWaiting),
        handed_over_(plan.data_sets.size()) {}

  Status run(const crypto::HashKey& hash_key);

 private:
  void prepare(const crypto::HashKey& hash_key);
  void look_inside();
  void list(std::size_t data_set);
  void relate(std::size_t relation);
  void map();
  void finish(std::size_t data_set, source::Complete complete);
  void map_page(std::size_t data_set, const source::Page& page);
  void take(std::size_t data_set, const json::Value& record, const Collection::OnParent& on_parent);
  void take_rows(std::size_t data_set, const json::Value& record);
  void restart(std::size_t data_set);
  base::Status check_seen();
  void offer_parent(std::size_t data_set, const json::Value& record, std::string_view key);
  void flush_parents(std::size_t data_set);
  void publish(std::size_t data_set);
  void fail(Error error, std::string_view where);
  void listing_ended();
  void add_notices();

  const mapping::Plan& plan_;
  const std::uint64_t reject_limit_;
  ReadingTools tools_;
  ReadResult& result_;
  std::stop_source stop_source_;
  std::stop_callback<std::function<void()>> outer_stop_;

  base::Monitor monitor_;  // guards error_, open_listings_
  std::optional<Error> error_;
  std::size_t open_listings_ = 0;

  base::Queue<Arrival> arrivals_;
  // By relation: parents on their way to its reader, and those of the page being mapped.
  std::vector<std::unique_ptr<base::Queue<std::vector<source::Parent>>>> parents_;
  std::vector<std::vector<source::Parent>> pending_;
  std::vector<source::Reach> reach_;
  std::vector<catalogue::Where>
      hidden_when_;  // copies: they remember places, and runs share a catalogue
  // By data set: relations that fan out from it, and which keys were handed over (a restart must
  // not do that twice).
  std::vector<std::vector<std::size_t>> fan_outs_;
  std::vector<std::vector<bool>> handed_over_;
  std::vector<Inside> inside_;  // by data set
};

bool fans_out(const catalogue::Relation& relation) {
  return relation.strategy == catalogue::Relation::Strategy::kBatch ||
         relation.strategy == catalogue::Relation::Strategy::kPerParent;
}

std::vector<std::string> embedded_paths(const catalogue::DataSet& data_set) {
  std::vector<std::string> paths;
  for (const json::Path& path : data_set.embedded_json) paths.push_back(path.text());
  return paths;
}

bool is_expanded(const catalogue::Relation& relation) {
  return relation.strategy == catalogue::Relation::Strategy::kExpand;
}

// With a limit or a filter most of what such a listing says would be about records nobody wants.
source::Reach reach_of(const mapping::DataSetPlan& parent) {
  const bool all = parent.limit == 0 && parent.filter.empty() && parent.where.always();
  return all ? source::Reach::kEverything : source::Reach::kGiven;
}

void Reading::prepare(const crypto::HashKey& hash_key) {
  const std::size_t sets = plan_.data_sets.size();
  fan_outs_.resize(sets);
  result_.data_sets.resize(sets);
  result_.relations.resize(plan_.relations.size());
  for (std::size_t i = 0; i < sets; ++i) {
    result_.collections.push_back(
        std::make_unique<Collection>(tools_.scheduler, plan_, i, hash_key));
    tools_.progress.data_sets.emplace_back().name = plan_.data_sets[i].data_set->name;
  }
  for (std::size_t i = 0; i < plan_.relations.size(); ++i) {
    const mapping::RelationPlan& relation = plan_.relations[i];
    reach_.push_back(reach_of(plan_.data_sets[relation.parent]));
    result_.pairs.push_back(std::make_unique<Pairs>(relation, result_.collections));
    tools_.progress.relations.emplace_back().name = relation.relation->name;
    parents_.push_back(std::make_unique<base::Queue<std::vector<source::Parent>>>(
        tools_.scheduler, kParentBatchesWaiting));
    hidden_when_.push_back(relation.relation->hidden_when.clone());
    if (fans_out(*relation.relation) ||
        (is_expanded(*relation.relation) && reach_[i] == source::Reach::kGiven)) {
      fan_outs_[relation.parent].push_back(i);
    }
  }
  pending_.resize(plan_.relations.size());
  look_inside();
}

void Reading::look_inside() {
  inside_.resize(plan_.data_sets.size());
  for (std::size_t i = 0; i < plan_.data_sets.size(); ++i) {
    const mapping::DataSetPlan& set = plan_.data_sets[i];
    const auto& embedded = set.data_set->embedded_json;
    if (!embedded.empty()) inside_[i].embedded.emplace(embedded);
    if (!set.rows_of) {
      ++open_listings_;
      continue;
    }
    Inside& parent = inside_[*set.rows_of];
    parent.where = plan_.data_sets[*set.rows_of].where.clone();
    parent.rows.push_back({i, set.data_set->rows.path, set.data_set->rows.when.clone()});
  }
}

Status Reading::run(const crypto::HashKey& hash_key) {
  prepare(hash_key);
  tools_.progress.phase = Phase::kReading;
  {
    std::vector<std::unique_ptr<base::Scheduler::Thread>> threads;
    for (std::size_t i = 0; i < plan_.data_sets.size(); ++i) {
      if (plan_.data_sets[i].rows_of) continue;
      threads.push_back(tools_.scheduler.start("read " + plan_.data_sets[i].data_set->name,
                                               [this, i] { list(i); }));
    }
    for (std::size_t i = 0; i < plan_.relations.size(); ++i) {
      threads.push_back(tools_.scheduler.start("read " + plan_.relations[i].relation->name,
                                               [this, i] { relate(i); }));
    }
    map();
    for (auto& parents : parents_) parents->close();
    for (auto& thread : threads) thread->join();
  }
  base::Monitor::Lock lock(monitor_);
  if (error_) return std::move(*error_);
  if (stop_source_.stop_requested()) {
    return Error{ErrorKind::kCancelled, "cancelled", "The run was cancelled while reading.", ""};
  }
  TRY(check_seen());
  add_notices();
  return {};
}

void Reading::fail(Error error, std::string_view where) {
  {
    base::Monitor::Lock lock(monitor_);
    // What comes after the first failure is mostly its echo.
    if (!error_ && !(error.kind == ErrorKind::kCancelled && stop_source_.stop_requested())) {
      error_ = std::move(error).at(where);
    }
  }
  stop_source_.request_stop();
}

void Reading::list(std::size_t data_set) {
  const mapping::DataSetPlan& set = plan_.data_sets[data_set];
  source::ListingPlan listing_plan;
  listing_plan.request = &set.data_set->request;
  listing_plan.name = set.data_set->name;
  listing_plan.fields = set.fields;
  listing_plan.filter = &set.data_set->filter;
  listing_plan.filter_text = set.filter;
  listing_plan.limit = set.limit;
  if (const auto* key = set.data_set->find_attribute(set.data_set->key))
    listing_plan.key = key->path;
  source::Listing listing(tools_.session, std::move(listing_plan));
  const Stop stop = stop_source_.get_token();
  for (;;) {
    auto step = listing.next(stop);
    if (!step.ok()) {
      fail(std::move(step).error(), set.data_set->name);
      break;
    }
    if (auto* complete = std::get_if<source::Complete>(&*step)) {
      arrivals_.push({data_set, ListingEnd{std::move(*complete)}}, stop);
      break;
    }
    Arrival arrival;
    arrival.data_set = data_set;
    if (auto* page = std::get_if<source::Page>(&*step)) {
      arrival.step = std::move(*page);
    } else {
      arrival.step = source::Restart{};
    }
    if (!arrivals_.push(std::move(arrival), stop)) break;
  }
  listing_ended();
}

void Reading::listing_ended() {
  base::Monitor::Lock lock(monitor_);
  if (--open_listings_ == 0) arrivals_.close();
}

void Reading::relate(std::size_t relation) {
  const catalogue::Relation& described = *plan_.relations[relation].relation;
  RelationProgress& progress = tools_.progress.relations[relation];
  source::RelationReader reader(tools_.session, described, progress.counters, reach_[relation]);
  auto complete =
      reader.read(*parents_[relation], *result_.pairs[relation], stop_source_.get_token());
  if (!complete.ok()) {
    fail(std::move(complete).error(), described.name);
    return;
  }
  result_.relations[relation] = std::move(*complete);
  progress.done = true;
}

void Reading::map() {
  const Stop stop = stop_source_.get_token();
  while (auto arrival = arrivals_.pop(stop)) {
    if (auto* page = std::get_if<source::Page>(&arrival->step)) {
      map_page(arrival->data_set, *page);
    } else if (std::holds_alternative<source::Restart>(arrival->step)) {
      restart(arrival->data_set);
    } else {
      // Complete only now: a stop may have thrown away pages that were still waiting.
      finish(arrival->data_set, std::move(std::get<ListingEnd>(arrival->step).complete));
      for (const std::size_t relation : fan_outs_[arrival->data_set]) parents_[relation]->close();
    }
  }
}

void Reading::finish(std::size_t data_set, source::Complete complete) {
  for (const Rows& rows : inside_[data_set].rows) {
    const std::uint64_t count = result_.collections[rows.data_set]->counts().fetched;
    finish(rows.data_set, complete.of_rows(plan_.data_sets[rows.data_set].data_set->name, count));
  }
  result_.data_sets[data_set] = std::move(complete);
  tools_.progress.data_sets[data_set].done = true;
}

void Reading::map_page(std::size_t data_set, const source::Page& page) {
  if (Status passed = MUSTER_FAILPOINT("run.page"); !passed.ok()) {
    return fail(std::move(passed).error(), plan_.data_sets[data_set].data_set->name);
  }
  Collection& collection = *result_.collections[data_set];
  Collection::OnParent on_parent;
  if (!fan_outs_[data_set].empty()) {
    on_parent = [&](const json::Value& record, std::string_view key) {
      offer_parent(data_set, record, key);
    };
  }
  const Inside& inside = inside_[data_set];
  if (!inside.embedded && inside.rows.empty()) {
    for (const json::Value& record : page.records) collection.add(record, on_parent);
  } else {
    for (const json::Value& record : page.records) take(data_set, record, on_parent);
  }
  collection.end_page();
  for (const Rows& rows : inside.rows) result_.collections[rows.data_set]->end_page();
  flush_parents(data_set);
  if (Status within = check_reject_limit(result_.collections, reject_limit_); !within.ok()) {
    fail(std::move(within).error(), plan_.data_sets[data_set].data_set->name);
  }
  publish(data_set);
  for (const Rows& rows : inside.rows) publish(rows.data_set);
}

void Reading::take(std::size_t data_set, const json::Value& record,
                   const Collection::OnParent& on_parent) {
  Inside& inside = inside_[data_set];
  Collection& collection = *result_.collections[data_set];
  const json::Value whole = inside.embedded ? inside.embedded->unfold(record) : record;
  if (inside.embedded) collection.count_unreadable(inside.embedded->unreadable());
  collection.add(whole, on_parent);
  if (!inside.rows.empty() && inside.where.matches(whole)) take_rows(data_set, whole);
}

void Reading::take_rows(std::size_t data_set, const json::Value& record) {
  for (const Rows& rows : inside_[data_set].rows) {
    Collection& collection = *result_.collections[rows.data_set];
    const auto add = [&](const json::Value& row) {
      if (!row.is_null() && rows.when.matches(row)) collection.add_row(row);
    };
    rows.path.each(record, [&](const json::Value& value) {
      if (!value.is_array()) return add(value);
      for (const json::Value& item : value.items()) add(item);
    });
  }
}

void Reading::restart(std::size_t data_set) {
  for (const Rows& rows : inside_[data_set].rows) {
    result_.collections[rows.data_set]->restart();
    publish(rows.data_set);
  }
  Collection& collection = *result_.collections[data_set];
  collection.restart();
  std::string notice = fmt::format(
      "{}: the source ended the reading in the middle (expired page token); it was "
      "read again from the start.",
      plan_.data_sets[data_set].data_set->name);
  auto& notices = result_.notices;
  if (std::find(notices.begin(), notices.end(), notice) == notices.end()) {
    notices.push_back(std::move(notice));
  }
  publish(data_set);
}

// A listing with expanded members was read to its end and must have shown every parent: the few
// that it did not are the coming and going while a run reads.
base::Status Reading::check_seen() {
  constexpr std::uint64_t kMostUnseen = 10;
  constexpr std::uint64_t kMostUnseenPercent = 1;
  for (std::size_t i = 0; i < plan_.relations.size(); ++i) {
    const mapping::RelationPlan& relation = plan_.relations[i];
    if (!is_expanded(*relation.relation)) continue;
    const std::uint64_t unseen = result_.pairs[i]->unseen_parents();
    if (unseen == 0) continue;
    const std::uint64_t parents = result_.collections[relation.parent]->counts().formatted;
    const std::string text = fmt::format(
        "{} of {} were not in the list that names their {}", base::with_thousands(unseen),
        base::count_of(parents, "record"), relation.relation->name);
    if (unseen > kMostUnseen && unseen * 100 > parents * kMostUnseenPercent) {
      return Error{ErrorKind::kMalformed, "source_incomplete",
                   text + ": the source did not send all of it. Run again later.",
                   relation.relation->name};
    }
    result_.notices.push_back(fmt::format("{}: {}.", relation.relation->name, text));
  }
  return {};
}

void Reading::offer_parent(std::size_t data_set, const json::Value& record, std::string_view key) {
  std::vector<bool>& handed = handed_over_[data_set];
  const KeyIndex::Id id = result_.collections[data_set]->intern(key);
  if (id >= handed.size()) handed.resize(std::max<std::size_t>(id + 1, handed.size() * 2));
  if (handed[id]) return;
  handed[id] = true;
  for (const std::size_t relation : fan_outs_[data_set]) {
    const catalogue::Where& hidden = hidden_when_[relation];
    pending_[relation].push_back({std::string(key), !hidden.always() && hidden.matches(record)});
  }
}

void Reading::flush_parents(std::size_t data_set) {
  for (const std::size_t relation : fan_outs_[data_set]) {
    if (pending_[relation].empty()) continue;
    tools_.progress.relations[relation].parents += pending_[relation].size();
    parents_[relation]->push(std::move(pending_[relation]), stop_source_.get_token());
    pending_[relation] = {};
  }
}

void Reading::publish(std::size_t data_set) {
  const Counts& counts = result_.collections[data_set]->counts();
  DataSetProgress& progress = tools_.progress.data_sets[data_set];
  progress.pages = counts.pages;
  progress.fetched = counts.fetched;
  progress.repeated = counts.repeated;
  progress.filtered = counts.filtered;
  progress.rejected = counts.rejected;
  progress.formatted = counts.formatted;
  const source::Traffic traffic = tools_.session.traffic();
  tools_.progress.throttled = traffic.throttled;
}

void Reading::add_notices() {
  for (std::size_t i = 0; i < plan_.data_sets.size(); ++i) {
    const std::string& name = plan_.data_sets[i].data_set->name;
    const Collection& collection = *result_.collections[i];
    if (collection.counts().fetched == 0) {
      result_.notices.push_back(fmt::format("{}: the source sent none.", name));
    }
    // Rows come again and again by their nature.
    if (collection.counts().repeated > 0 && !plan_.data_sets[i].rows_of) {
      result_.notices.push_back(
          fmt::format("{}: {} came more than once from the source; each counts once.", name,
                      base::count_of(collection.counts().repeated, "record")));
    }
    if (collection.counts().changed > 0) {
      result_.notices.push_back(fmt::format(
          "{}: {} of them had changed in between; the later version counts (keys: {}{}).", name,
          base::with_thousands(collection.counts().changed),
          fmt::join(collection.changed_keys(), ", "),
          collection.changed_keys().size() < collection.counts().changed ? ", ..." : ""));
    }
    if (collection.counts().case_collisions > 0) {
      result_.notices.push_back(fmt::format(
          "{}: {} from another one only by letter case. If the import source in Assets "
          "ignores case, both would become one object.",
          name, base::count_of(collection.counts().case_collisions, "key differs", "keys differ")));
    }
    if (collection.unreadable() > 0) {
      result_.notices.push_back(
          fmt::format("{}: {} left out: not the JSON that should be in there ({}).", name,
                      base::count_of(collection.unreadable(), "text was", "texts were"),
                      fmt::join(embedded_paths(*plan_.data_sets[i].data_set), ", ")));
    }
    const auto& dropped = collection.formatter().dropped_values();
    for (std::size_t attribute = 0; attribute < dropped.size(); ++attribute) {
      if (dropped[attribute] == 0) continue;
      const catalogue::ObjectAttribute& target = plan_.type_of(i).attributes[attribute];
      const bool is_status = target.type == catalogue::AttributeType::kStatus;
      result_.notices.push_back(
          fmt::format("{}: \"{}\": {} left out: not {}.", name, target.name,
                      base::count_of(dropped[attribute], "value was", "values were"),
                      is_status ? "one of the statuses" : "of the attribute's type"));
    }
  }
  for (std::size_t i = 0; i < plan_.relations.size(); ++i) {
    const catalogue::Relation& relation = *plan_.relations[i].relation;
    const source::RelationCounters& counters = tools_.progress.relations[i].counters;
    if (counters.hidden > 0) {
      result_.notices.push_back(fmt::format(
          "{}: the members of {} may be hidden from this application; grant {}.", relation.name,
          base::count_of(counters.hidden, "record"), relation.hidden_permission));
    }
    if (counters.gone > 0) {
      result_.notices.push_back(
          fmt::format("{}: {} deleted at the source while the run was reading.", relation.name,
                      base::count_of(counters.gone, "record was", "records were")));
    }
    if (counters.unknown_type > 0) {
      result_.notices.push_back(fmt::format(
          "{}: {} left out: without an ID, or of a kind that is not imported.", relation.name,
          base::count_of(counters.unknown_type, "member was", "members were")));
    }
  }
}

}  // namespace

Status check_reject_limit(const std::vector<std::unique_ptr<Collection>>& collections,
                          std::uint64_t limit) {
  std::uint64_t rejected = 0;
  for (const auto& collection : collections) rejected += collection->counts().rejected;
  if (rejected <= limit) return {};
  return Error{
      ErrorKind::kLimit, "too_many_rejects",
      fmt::format("{}, more than reject_limit ({}) allows. The report lists the reasons; raise "
                  "safety.reject_limit if that is expected.",
                  base::count_of(rejected, "record could not become an object",
                                 "records could not become objects"),
                  limit),
      ""};
}

Status read_everything(const mapping::Plan& plan, const crypto::HashKey& hash_key,
                       std::uint64_t reject_limit, ReadingTools tools, const Stop& stop,
                       ReadResult& result) {
  return Reading(plan, reject_limit, tools, stop, result).run(hash_key);
}

}  // namespace muster::run
