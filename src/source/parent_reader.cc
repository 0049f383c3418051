#include "source/parent_reader.h"

#include "source/listing.h"

namespace muster::source {

using base::Result;

ListingWorker::ListingWorker(Session& session, const catalogue::Relation& relation,
                             const catalogue::Request& request, PairCollector& collector)
    : session_(session),
      relation_(relation),
      request_(request),
      collector_(collector),
      picker_(relation) {}

base::Status ListingWorker::run(WorkPool<Work>& pool, const base::Stop& stop) {
  for (;;) {
    const std::vector<Work> taken = pool.take(stop);
    if (taken.empty()) return {};
    base::Status status;
    for (const Work& work : taken) {
      if (status.ok()) status = read(work.parent, stop);
    }
    pool.finished();
    TRY(status);
  }
}

base::Status ListingWorker::read(const Parent& parent, const base::Stop& stop) {
  Listing listing(session_, {.request = &request_,
                             .name = relation_.name,
                             .parent_key = parent.key,
                             .key = relation_.member_key});
  Reading reading;
  for (;;) {
    Result<Step> step = listing.next(stop);
    if (!step.ok()) {
      if (collector_.excuses(parent, step.error())) return {};
      return std::move(step).error();
    }
    if (const Page* page = std::get_if<Page>(&*step)) {
      collector_.count_page();
      picker_.pick(page->records, reading);
    } else if (std::holds_alternative<Restart>(*step)) {
      reading.begin_again();
    } else {
      collector_.done(parent, reading);
      return {};
    }
  }
}

}  // namespace muster::source
