#include "run/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "base/failpoint.h"
#include "base/text.h"
#include "run/rows.h"
#include "source/grants.h"

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
  void list(std::size_t data_set);
  void relate(std::size_t relation);
  void map();
  void finish(std::size_t data_set, source::Complete complete);
  void map_page(std::size_t data_set, const source::Page& page);
  void restart(std::size_t data_set, std::string why);
  base::Status read_unseen();
  bool can_be_read_alone(const mapping::RelationPlan& relation) const;
  void offer_parent(std::size_t data_set, const json::Value& record, std::string_view key);
  void flush_parents(std::size_t data_set);
  void publish(std::size_t data_set);
  void fail(Error error, std::string_view where);
  void listing_ended();
  void note_empty_fields(std::size_t data_set);
  void note_unfilled(std::size_t data_set, bool is_told);
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
  // Copies: they remember places, and runs share a catalogue.
  std::vector<catalogue::Where> hidden_when_, skip_when_;
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
    inside_.emplace_back(plan_, i);
    if (!plan_.data_sets[i].rows_of) ++open_listings_;
  }
  for (std::size_t i = 0; i < plan_.relations.size(); ++i) {
    const mapping::RelationPlan& relation = plan_.relations[i];
    reach_.push_back(reach_of(plan_.data_sets[relation.parent]));
    result_.pairs.push_back(std::make_unique<Pairs>(relation, result_.collections));
    tools_.progress.relations.emplace_back().name = relation.relation->name;
    parents_.push_back(std::make_unique<base::Queue<std::vector<source::Parent>>>(
        tools_.scheduler, kParentBatchesWaiting));
    hidden_when_.push_back(relation.relation->hidden_when.clone());
    skip_when_.push_back(relation.relation->skip_when.clone());
    if (fans_out(*relation.relation) ||
        (is_expanded(*relation.relation) && reach_[i] == source::Reach::kGiven)) {
      fan_outs_[relation.parent].push_back(i);
    }
  }
  pending_.resize(plan_.relations.size());
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
  TRY(read_unseen());
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
  source::RecordReader records(tools_.session, *set.data_set,
                               {.fields = set.fields,
                                .filter_text = set.filter,
                                .limit = set.limit,
                                .needs_detail = set.needs_detail,
                                .detail_fields = set.detail_fields});
  const Stop stop = stop_source_.get_token();
  for (;;) {
    auto step = records.next(stop);
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
      arrival.step = std::get<source::Restart>(std::move(*step));
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
    } else if (const auto* again = std::get_if<source::Restart>(&arrival->step)) {
      restart(arrival->data_set, again->why);
    } else {
      // Complete only now: a stop may have thrown away pages that were still waiting.
      finish(arrival->data_set, std::move(std::get<ListingEnd>(arrival->step).complete));
      for (const std::size_t relation : fan_outs_[arrival->data_set]) parents_[relation]->close();
    }
  }
}

void Reading::finish(std::size_t data_set, source::Complete complete) {
  for (const std::size_t rows : inside_[data_set].row_sets()) {
    const std::uint64_t count = result_.collections[rows]->counts().fetched;
    finish(rows, complete.of_rows(plan_.data_sets[rows].data_set->name, count));
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
  Inside& inside = inside_[data_set];
  if (inside.is_empty()) {
    for (const json::Value& record : page.records) collection.add(record, on_parent);
  } else {
    for (const json::Value& record : page.records) {
      inside.take(record, result_.collections, on_parent);
    }
  }
  collection.end_page();
  for (const std::size_t rows : inside.row_sets()) result_.collections[rows]->end_page();
  flush_parents(data_set);
  if (Status within = check_reject_limit(result_.collections, reject_limit_); !within.ok()) {
    fail(std::move(within).error(), plan_.data_sets[data_set].data_set->name);
  }
  publish(data_set);
  for (const std::size_t rows : inside.row_sets()) publish(rows);
}

void Reading::restart(std::size_t data_set, std::string why) {
  for (const std::size_t rows : inside_[data_set].row_sets()) {
    result_.collections[rows]->restart();
    publish(rows);
  }
  Collection& collection = *result_.collections[data_set];
  collection.restart();
  std::string notice = fmt::format("{}: {}; it was read again from the start.",
                                   plan_.data_sets[data_set].data_set->name, why);
  auto& notices = result_.notices;
  if (std::find(notices.begin(), notices.end(), notice) == notices.end()) {
    notices.push_back(std::move(notice));
  }
  publish(data_set);
}

// "/users/{key}" is a record of the listing "/users" of users; of another listing nobody knows.
bool Reading::can_be_read_alone(const mapping::RelationPlan& relation) const {
  const std::string& listing = plan_.data_sets[relation.parent].data_set->request.path;
  return !relation.relation->reread.empty() || relation.relation->request.path == listing;
}

// A listing with expanded members was read to its end and must have shown every parent. The few
// that came or went while the run read are asked for one by one; more of them are no coming and
// going.
base::Status Reading::read_unseen() {
  constexpr std::uint64_t kMostUnseen = 10;
  constexpr std::uint64_t kMostUnseenPercent = 1;
  for (std::size_t i = 0; i < plan_.relations.size(); ++i) {
    const mapping::RelationPlan& relation = plan_.relations[i];
    if (!is_expanded(*relation.relation)) continue;
    const std::vector<KeyIndex::Id> unseen = result_.pairs[i]->unseen_parents();
    if (unseen.empty()) continue;
    const Collection& collection = *result_.collections[relation.parent];
    const std::uint64_t parents = collection.counts().formatted;
    const std::string text = fmt::format(
        "{} of {} were not in the list that names their {}", base::with_thousands(unseen.size()),
        base::count_of(parents, "record"), relation.relation->name);
    const bool too_many =
        unseen.size() > kMostUnseen && unseen.size() * 100 > parents * kMostUnseenPercent;
    if (too_many || !can_be_read_alone(relation)) {
      return Error{ErrorKind::kMalformed, "source_incomplete",
                   text + ": the source did not send all of it. Run again later.",
                   relation.relation->name};
    }
    std::vector<source::Parent> asked;
    for (const KeyIndex::Id key : unseen) {
      asked.push_back({std::string(collection.keys().text(key))});
    }
    source::RelationReader reader(tools_.session, *relation.relation,
                                  tools_.progress.relations[i].counters);
    TRY(reader.read_unseen(std::move(asked), *result_.pairs[i], stop_source_.get_token()));
    result_.notices.push_back(
        fmt::format("{}: {}; they were read one by one.", relation.relation->name, text));
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
    const catalogue::Where& skip = skip_when_[relation];
    if (!skip.always() && skip.matches(record)) continue;
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

bool is_filled(const Collection& collection, std::size_t attribute) {
  for (std::size_t object = 0; object < collection.objects(); ++object) {
    if ((collection.present(object)[attribute / 64] >> (attribute % 64) & 1) != 0) return true;
  }
  return false;
}

// Where the token tells, check_fields() has looked. Elsewhere nobody knows whether there is nothing
// or it may not be shown.
void Reading::note_empty_fields(std::size_t data_set) {
  const mapping::DataSetPlan& set = plan_.data_sets[data_set];
  const Collection& collection = *result_.collections[data_set];
  for (const source::MissingField& field :
       source::guarded_fields(*set.data_set, set.fields, set.detail_fields)) {
    const auto rule = std::ranges::find_if(set.field_rules, [&](const mapping::Field& each) {
      return each.attribute != nullptr && each.attribute->name == field.attribute;
    });
    if (rule == set.field_rules.end() || collection.objects() == 0) continue;
    if (is_filled(collection, rule->object_attribute)) continue;
    result_.notices.push_back(
        fmt::format("{0}: {1} is empty in all records. It needs the permission {2}, and the source "
                    "does not tell whether that is granted: grant it, or exclude the attribute.",
                    set.data_set->name, field.attribute, field.permission));
  }
}

// What somebody wrote a path for, or asked for by name, and no record has: a slip, or a source that
// sends it under another name.
void Reading::note_unfilled(std::size_t data_set, bool is_told) {
  const mapping::DataSetPlan& set = plan_.data_sets[data_set];
  const Collection& collection = *result_.collections[data_set];
  if (collection.objects() == 0) return;
  for (const mapping::Field& field : set.field_rules) {
    if (!field.is_chosen || is_filled(collection, field.object_attribute)) continue;
    // It had some, and add_notices() tells why they were left out.
    if (collection.formatter().dropped_values()[field.object_attribute] > 0) continue;
    const bool is_guarded = field.attribute != nullptr && !field.attribute->permission.empty();
    if (is_guarded && !is_told) continue;  // note_empty_fields() said more
    const catalogue::ObjectAttribute& target =
        plan_.type_of(data_set).attributes[field.object_attribute];
    std::vector<std::string> paths;
    if (field.attribute != nullptr && !field.attribute->path.text().empty()) {
      paths.push_back(field.attribute->path.text());
    }
    for (const json::Path& path : field.added) paths.push_back(path.text());
    result_.notices.push_back(
        fmt::format("{}: \"{}\"{} had a value in none of {}.", set.data_set->name, target.name,
                    paths.empty() ? "" : fmt::format(" ({})", fmt::join(paths, ", ")),
                    base::count_of(collection.objects(), "record")));
  }
}

void Reading::add_notices() {
  const bool is_told = tools_.session.granted(stop_source_.get_token()).has_value();
  for (std::size_t i = 0; i < plan_.data_sets.size(); ++i) {
    const std::string& name = plan_.data_sets[i].data_set->name;
    const Collection& collection = *result_.collections[i];
    if (!is_told) note_empty_fields(i);
    note_unfilled(i, is_told);
    if (collection.counts().fetched == 0) {
      result_.notices.push_back(fmt::format("{}: the source sent none.", name));
    }
    if (result_.data_sets[i] && result_.data_sets[i]->shortfall()) {
      const source::Shortfall& lack = *result_.data_sets[i]->shortfall();
      result_.notices.push_back(fmt::format(
          "{}: the source tells of {} and sent {}. If the number is old or counts what is not "
          "listed, all is well; otherwise {} missing in this import.",
          name, base::count_of(lack.announced, "record"), base::with_thousands(lack.came),
          base::count_of(lack.announced - lack.came, "record is", "records are")));
    }
    if (result_.data_sets[i] && result_.data_sets[i]->gone() > 0) {
      result_.notices.push_back(
          fmt::format("{}: {} deleted before the details could be read, and left out.", name,
                      base::count_of(result_.data_sets[i]->gone(), "record was", "records were")));
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
    if (collection.twin_count() > 0) {
      const std::vector<std::string> twins = collection.twins();
      result_.notices.push_back(fmt::format(
          "{}: {} from another one only by letter case or by how accents are written (keys: {}{}). "
          "Where the import source in Assets takes such keys for the same, only one of the two "
          "becomes an object.",
          name, base::count_of(collection.twin_count(), "key differs", "keys differ"),
          fmt::join(twins, ", "), twins.size() < collection.twin_count() ? ", ..." : ""));
    }
    if (std::string notice = unreadable_notice(*plan_.data_sets[i].data_set, collection);
        !notice.empty()) {
      result_.notices.push_back(std::move(notice));
    }
    if (std::string notice = collection.unread_parts().notice(); !notice.empty()) {
      result_.notices.push_back(std::move(notice));
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
      result_.notices.push_back(
          fmt::format("{}: {} left out: of a kind that is not imported.", relation.name,
                      base::count_of(counters.unknown_type, "member was", "members were")));
    }
    if (counters.without_key > 0) {
      result_.notices.push_back(fmt::format(
          "{}: {} left out: without an ID, as what was deleted at the source or is nobody's.",
          relation.name, base::count_of(counters.without_key, "member was", "members were")));
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
