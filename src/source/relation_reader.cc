#include "source/relation_reader.h"

#include <fmt/format.h>

#include <memory>
#include <set>

#include "base/text.h"
#include "crypto/keyed_hash.h"
#include "source/addresses.h"
#include "source/answers.h"
#include "source/pair_collector.h"
#include "source/parent_reader.h"

namespace muster::source {
namespace {

using base::Result;
using Strategy = catalogue::Relation::Strategy;

// Enough that a listing of parents is not held back by slower fan-out: its page tokens expire.
constexpr std::size_t kMostWaitingParents = 50'000;
constexpr std::string_view kKey = "{key}";

// A key that would not stay one segment of a path is no key anybody can be asked about.
bool can_be_asked(const Parent& parent) {
  return !parent.key.empty() && parent.key != "." && parent.key != "..";
}

// Hands each parent on once, although its listing may begin again or repeat a record.
class Once {
 public:
  std::vector<Work> take(std::vector<Parent> parents) {
    std::vector<Work> fresh;
    for (Parent& parent : parents) {
      if (!can_be_asked(parent)) continue;
      if (seen_.insert(crypto::keyed_hash({}, parent.key)).second) {
        fresh.push_back({std::move(parent), nullptr});
      }
    }
    return fresh;
  }

 private:
  std::set<crypto::Hash128> seen_;
};

// More 404s than this many and this share of all parents are no deletions during one run.
constexpr std::uint64_t kMostGone = 10;
constexpr std::uint64_t kMostGonePercent = 5;

// Parents that are waited for; those that were seen are crossed off.
class Wanted {
 public:
  explicit Wanted(bool everything) : everything_(everything) {}

  void add(const std::vector<Parent>& parents) {
    for (const Parent& parent : parents) wanted_.insert(crypto::keyed_hash({}, parent.key));
    missing_ = wanted_;
  }
  bool takes(std::string_view key) {
    if (everything_) return true;
    const crypto::Hash128 hash = crypto::keyed_hash({}, key);
    missing_.erase(hash);
    return wanted_.contains(hash);
  }
  bool all_seen() const { return !everything_ && missing_.empty(); }
  void begin_again() { missing_ = wanted_; }

 private:
  const bool everything_;
  std::set<crypto::Hash128> wanted_, missing_;
};

// Records that name their parent and hold its members, or are the member themselves.
class PairRecords {
 public:
  explicit PairRecords(const catalogue::Relation& relation)
      : relation_(relation),
        parent_key_(relation.parent_key, relation.parent_compose),
        members_(relation.members),
        picker_(relation) {}

  void pick(std::span<const json::Value> records, Wanted& wanted, PairCollector& collector,
            std::vector<Parent>& maybe_cut) const {
    for (const json::Value& record : records) {
      if (!record.is_object()) {
        // Nobody's: the list of records parks it, and who was not seen here is asked for alone.
        collector.count_without_key(1);
        continue;
      }
      const std::vector<json::Value> members = members_of(record);
      const std::string_view key = parent_key_.of(record);
      if (key.empty()) {
        collector.count_without_key(members.size());
        continue;
      }
      if (!wanted.takes(key)) continue;
      const Parent parent{std::string(key)};
      if (relation_.expand_cap != 0 && members.size() >= relation_.expand_cap) {
        maybe_cut.push_back(parent);
        continue;
      }
      Reading reading;
      picker_.pick(members, reading);
      collector.done(parent, reading);
    }
  }

  // The record of this parent.
  base::Status pick_one(const json::Value& record, const Parent& parent,
                        PairCollector& collector) const {
    if (!record.is_object() || parent_key_.of(record) != parent.key) {
      return base::Error{base::ErrorKind::kMalformed, "source_protocol",
                         fmt::format("The source was asked for the record {} and sent another one.",
                                     base::printable(parent.key, 80))};
    }
    Reading reading;
    picker_.pick(members_of(record), reading);
    collector.done(parent, reading);
    return {};
  }

 private:
  // "manager" is one member, "owners" and "owners[]" are several; absent and null are none.
  std::vector<json::Value> members_of(const json::Value& record) const {
    if (relation_.strategy != Strategy::kExpand) return {record};
    std::vector<json::Value> members;
    members_.each(record, [&](const json::Value& inside) {
      if (inside.is_array()) {
        members.insert(members.end(), inside.items().begin(), inside.items().end());
      } else if (!inside.is_null()) {
        members.push_back(inside);
      }
    });
    return members;
  }

  const catalogue::Relation& relation_;
  const PairKey parent_key_;
  const json::Path members_;
  const MemberPicker picker_;
};

}  // namespace

RelationReader::RelationReader(Session& session, const catalogue::Relation& relation,
                               RelationCounters& counters, Reach reach)
    : session_(session), relation_(relation), counters_(counters), reach_(reach) {}

Result<Complete> RelationReader::read(base::Queue<std::vector<Parent>>& parents, PairSink& sink,
                                      const base::Stop& stop) {
  PairCollector collector(session_.scheduler(), sink, counters_);
  const bool by_parent =
      relation_.strategy == Strategy::kPerParent || relation_.strategy == Strategy::kBatch;
  const base::Status status =
      by_parent ? read_parents(parents, collector, stop) : read_listing(parents, collector, stop);
  if (!status.ok()) return name_place(status.error(), relation_.name);
  return Complete(relation_.name, true, collector.pairs(), collector.pages());
}

base::Status RelationReader::read_parents(base::Queue<std::vector<Parent>>& parents,
                                          PairCollector& collector, const base::Stop& stop) {
  const bool batched = relation_.strategy == Strategy::kBatch;
  WorkPool<Work> pool(session_.scheduler(), batched ? relation_.batch_size : 1,
                      kMostWaitingParents);
  Crew crew(session_.scheduler(), stop);
  crew.start(relation_.name, session_.lane(relation_.request.lane).settings().max_in_flight,
             [&](const base::Stop& crew_stop) {
               return batched ? BatchWorker(session_, relation_, collector).run(pool, crew_stop)
                              : ListingWorker(session_, relation_, relation_.request, collector)
                                    .run(pool, crew_stop);
             });
  Once once;
  while (auto more = parents.pop(crew.stop())) pool.add(once.take(*std::move(more)), crew.stop());
  pool.close();
  base::Status status = crew.wait();
  if (status.ok())
    status = confirm_gone(session_.paths_of(relation_.request).front(), collector, stop);
  if (!status.ok()) parents.close();
  return status;
}

// "/groups/{key}/members" says that "/groups/{key}" is the parent. Where it is not, that answers
// 404 too and nothing is learned.
base::Status RelationReader::confirm_gone(std::string path, const PairCollector& collector,
                                          const base::Stop& stop) {
  const std::uint64_t gone = counters_.gone;
  if (gone > kMostGone && gone * 100 > counters_.parents_done * kMostGonePercent) {
    return base::Error{
        base::ErrorKind::kMalformed, "source_incomplete",
        fmt::format("The source answers 404 for {} of {} records. So many are not deleted during "
                    "one run: part of the source does not work at the moment. Run again later.",
                    base::with_thousands(gone), base::with_thousands(counters_.parents_done))};
  }
  const std::size_t at = path.find(kKey);
  if (at == std::string::npos) return {};
  path.resize(at + kKey.size());
  catalogue::Request request = relation_.request;
  request.path = std::move(path);
  const auto make_ask = [&]() -> Ask {
    return [&](const Parent& parent, const base::Stop& crew_stop) {
      return is_gone(request, parent, crew_stop);
    };
  };
  return ask_each(collector.gone_parents(), make_ask, stop);
}

base::Status RelationReader::is_gone(const catalogue::Request& request, const Parent& parent,
                                     const base::Stop& stop) {
  const std::string url = TRY(session_.url(request, {}, parent.key));
  const Result<net::Response> answer = session_.get(request, url, stop);
  if (answer.ok()) {
    return base::Error{
        base::ErrorKind::kMalformed, "source_incomplete",
        fmt::format("The source answers 404 for what belongs to {}, although that is still "
                    "there. Run again later.",
                    base::printable(parent.key, 80))};
  }
  return answer.error().reason == "gone" ? base::Status() : answer.error();
}

base::Status RelationReader::ask_each(std::vector<Parent> parents,
                                      const std::function<Ask()>& make_ask,
                                      const base::Stop& stop) {
  if (parents.empty()) return {};
  WorkPool<Parent> pool(session_.scheduler(), 1, kMostWaitingParents);
  pool.put_back(std::move(parents));
  pool.close();
  Crew crew(session_.scheduler(), stop);
  crew.start(relation_.name, session_.lane(relation_.request.lane).settings().max_in_flight,
             [&](const base::Stop& crew_stop) -> base::Status {
               const Ask ask = make_ask();
               for (;;) {
                 const std::vector<Parent> taken = pool.take(crew_stop);
                 if (taken.empty()) return {};
                 base::Status status = ask(taken.front(), crew_stop);
                 pool.finished();
                 TRY(std::move(status));
               }
             });
  return crew.wait();
}

base::Status RelationReader::read_listing(base::Queue<std::vector<Parent>>& parents,
                                          PairCollector& collector, const base::Stop& stop) {
  Wanted wanted(reach_ == Reach::kEverything);
  if (reach_ == Reach::kGiven) {
    while (auto more = parents.pop(stop)) wanted.add(*more);
  }
  const PairRecords records(relation_);
  Listing listing(session_, {.request = &relation_.request, .name = relation_.name});
  std::vector<Parent> maybe_cut;
  while (!wanted.all_seen()) {
    Step step = TRY(listing.next(stop));
    if (const Page* page = std::get_if<Page>(&step)) {
      collector.count_page();
      records.pick(page->records, wanted, collector, maybe_cut);
    } else if (std::holds_alternative<Restart>(step)) {
      maybe_cut.clear();
      wanted.begin_again();
      collector.restart();
    } else {
      break;
    }
  }
  TRY(reread(std::move(maybe_cut), collector, stop));
  return confirm_gone(relation_.reread, collector, stop);
}

base::Status RelationReader::read_unseen(std::vector<Parent> parents, PairSink& sink,
                                         const base::Stop& stop) {
  PairCollector collector(session_.scheduler(), sink, counters_);
  base::Status status = relation_.reread.empty() ? read_records(std::move(parents), collector, stop)
                                                 : reread(std::move(parents), collector, stop);
  if (status.ok()) status = confirm_gone(relation_.reread, collector, stop);
  return status.ok() ? status : name_place(status.error(), relation_.name);
}

// "/users/{key}" beside the listing "/users": the same record, with its members inside.
base::Status RelationReader::read_records(std::vector<Parent> parents, PairCollector& collector,
                                          const base::Stop& stop) {
  catalogue::Request request = relation_.request;
  request.path = session_.paths_of(request).front() + "/" + std::string(kKey);
  const Parameters parameters =
      TRY(page_parameters(session_, {.request = &request, .name = relation_.name}, {}));
  const auto read = [&](const Parent& parent, const PairRecords& records,
                        const base::Stop& crew_stop) -> base::Status {
    const std::string url = TRY(session_.url(request, parameters, parent.key));
    Result<net::Response> answer = session_.get(request, url, crew_stop);
    if (!answer.ok()) {
      return collector.excuses(parent, answer.error()) ? base::Status() : answer.error();
    }
    const json::Document document = TRY(read_document(std::move(answer->body)));
    collector.count_page();
    return records.pick_one(document.root(), parent, collector);
  };
  const auto make_ask = [&]() -> Ask {
    return [&, records = std::make_shared<const PairRecords>(relation_)](
               const Parent& parent, const base::Stop& crew_stop) {
      return read(parent, *records, crew_stop);
    };
  };
  return ask_each(std::move(parents), make_ask, stop);
}

// Parents whose expanded members may have been cut are read on their own.
base::Status RelationReader::reread(std::vector<Parent> parents, PairCollector& collector,
                                    const base::Stop& stop) {
  if (parents.empty()) return {};
  catalogue::Request request = relation_.request;
  request.path = relation_.reread;
  request.older_paths.clear();
  request.parameters.clear();  // they ask for the expansion
  WorkPool<Work> pool(session_.scheduler(), 1, kMostWaitingParents);
  Once once;
  pool.put_back(once.take(std::move(parents)));
  pool.close();
  Crew crew(session_.scheduler(), stop);
  crew.start(relation_.name, session_.lane(request.lane).settings().max_in_flight,
             [&](const base::Stop& crew_stop) {
               return ListingWorker(session_, relation_, request, collector).run(pool, crew_stop);
             });
  return crew.wait();
}

}  // namespace muster::source
