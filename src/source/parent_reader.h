// Reads the members of many parents: one listing each (ListingWorker), or the pages of up to
// batch_size parents in one request (BatchWorker). One worker per thread, all on one pool.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "catalogue/model.h"
#include "json/value.h"
#include "source/fan_out.h"
#include "source/paging.h"
#include "source/pair_collector.h"
#include "source/session.h"

namespace muster::source {

// Where the reading of a parent stands that needs more than one answer.
struct OpenReading : Reading {
  std::unique_ptr<Pager> pager;
  std::string url;                              // relative, of the next request
  std::uint64_t pages = 0;                      // since it began (again)
  std::unordered_set<std::uint64_t> seen_urls;  // hashes, likewise
  std::uint32_t restarts = 0;
  std::uint32_t rereads = 0;
  std::uint32_t refusals = 0;  // of this page: throttled or unavailable
};

struct Work {
  Parent parent;
  std::unique_ptr<OpenReading> open;  // batches only
};

class ListingWorker {
 public:
  ListingWorker(Session& session, const catalogue::Relation& relation,
                const catalogue::Request& request, PairCollector& collector);
  // Until the pool is empty and closed, or stop is requested.
  base::Status run(WorkPool<Work>& pool, const base::Stop& stop);

 private:
  base::Status read(const Parent& parent, const base::Stop& stop);

  Session& session_;
  const catalogue::Relation& relation_;
  const catalogue::Request& request_;
  PairCollector& collector_;
  const MemberPicker picker_;
};

// Requests and answers are those of the OData JSON batch format
// (https://docs.oasis-open.org/odata/odata-json-format/v4.01/, section 19), which the services that
// have a batch endpoint for JSON share.
class BatchWorker {
 public:
  BatchWorker(Session& session, const catalogue::Relation& relation, PairCollector& collector);
  base::Status run(WorkPool<Work>& pool, const base::Stop& stop);

 private:
  struct Item;    // one answer, not yet judged
  struct Sequel;  // what a batch leaves to be done

  base::Status read_batch(std::vector<Work> batch, WorkPool<Work>& pool, const base::Stop& stop);
  base::Status begin(Work& work) const;
  std::string make_body(const std::vector<Work>& batch) const;
  base::Status judge(Work work, const Item& item, Sequel& sequel);
  base::Status judge_page(Work work, const Item& item, Sequel& sequel);
  base::Status judge_error(Work work, const Item& item, Sequel& sequel);
  base::Result<std::string> position_url(const Parent& parent, Position position) const;
  base::Status go_on(Work& work, std::string url) const;
  base::Status begin_again(Work& work, std::string_view why, std::uint32_t& times,
                           std::uint32_t most) const;
  base::Status refused(Work work, base::Error error, Sequel& sequel);
  std::string place(const Parent& parent) const;

  Session& session_;
  const catalogue::Relation& relation_;
  const catalogue::Request request_;  // per parent; ours, because its paths are for one thread
  catalogue::Request batch_;          // the POST
  net::Lane& lane_;
  PairCollector& collector_;
  const MemberPicker picker_;
};

}  // namespace muster::source
