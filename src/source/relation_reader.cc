#include "source/relation_reader.h"

#include <set>

#include "crypto/keyed_hash.h"
#include "source/pair_collector.h"
#include "source/parent_reader.h"

namespace muster::source {
namespace {

using base::Result;
using Strategy = catalogue::Relation::Strategy;

// Enough that a listing of parents is not held back by slower fan-out: its page tokens expire.
constexpr std::size_t kMostWaitingParents = 50'000;

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

// Records that name their parent and hold its members, or are the member themselves.
class PairRecords {
 public:
  explicit PairRecords(const catalogue::Relation& relation)
      : relation_(relation),
        parent_key_(relation.parent_key),
        members_(relation.members),
        picker_(relation) {}

  base::Status pick(std::span<const json::Value> records, PairCollector& collector,
                    std::vector<Parent>& maybe_cut) const {
    for (const json::Value& record : records) {
      if (!record.is_object()) {
        return base::Error{base::ErrorKind::kMalformed, "source_protocol",
                           "A record is no JSON object."};
      }
      const std::vector<json::Value> members = members_of(record);
      const json::Value* key = parent_key_.first(record);
      if (key == nullptr || key->text().empty()) {
        collector.count_unknown(members.size());
        continue;
      }
      const Parent parent{std::string(key->text())};
      if (relation_.expand_cap != 0 && members.size() >= relation_.expand_cap) {
        maybe_cut.push_back(parent);
        continue;
      }
      Reading reading;
      TRY(picker_.pick(members, reading));
      collector.done(parent, reading);
    }
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
  const json::Path parent_key_;
  const json::Path members_;
  const MemberPicker picker_;
};

}  // namespace

RelationReader::RelationReader(Session& session, const catalogue::Relation& relation,
                               RelationCounters& counters)
    : session_(session), relation_(relation), counters_(counters) {}

Result<Complete> RelationReader::read(base::Queue<std::vector<Parent>>& parents, PairSink& sink,
                                      const base::Stop& stop) {
  PairCollector collector(session_.scheduler(), sink, counters_);
  const bool by_parent =
      relation_.strategy == Strategy::kPerParent || relation_.strategy == Strategy::kBatch;
  const base::Status status =
      by_parent ? read_parents(parents, collector, stop) : read_listing(collector, stop);
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
  if (!status.ok()) parents.close();
  return status;
}

base::Status RelationReader::read_listing(PairCollector& collector, const base::Stop& stop) {
  const PairRecords records(relation_);
  Listing listing(session_, {.request = &relation_.request, .name = relation_.name});
  std::vector<Parent> maybe_cut;
  for (;;) {
    Step step = TRY(listing.next(stop));
    if (const Page* page = std::get_if<Page>(&step)) {
      collector.count_page();
      TRY(records.pick(page->records, collector, maybe_cut));
    } else if (std::holds_alternative<Restart>(step)) {
      maybe_cut.clear();
      collector.restart();
    } else {
      return reread(std::move(maybe_cut), collector, stop);
    }
  }
}

// Parents whose expanded members may have been cut are read on their own.
base::Status RelationReader::reread(std::vector<Parent> parents, PairCollector& collector,
                                    const base::Stop& stop) {
  if (parents.empty()) return {};
  catalogue::Request request = relation_.request;
  request.path = relation_.reread;
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
