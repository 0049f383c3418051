// Reads the records of a data set as its catalogue describes: the listing, once for every pass, and
// the detail of every record where that is needed. To the outside it is one listing.
//
//   RecordReader records(session, data_set, plan);
//   Step step = TRY(records.next(stop));  // Page, Restart or Complete, as from a Listing
//
// Complete comes only when every pass proved its end and as many distinct records came as the
// source itself says there are (Expected); with fewer everything is read once more. A Restart of
// any pass begins all of them again, because nobody keeps their records apart.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalogue/model.h"
#include "source/detail_reader.h"
#include "source/listing.h"
#include "source/session.h"

namespace muster::source {

// What of a data set is wanted.
struct RecordsPlan {
  std::vector<std::string> fields;  // what to ask the listing for, beyond fields_always
  std::string filter_text;          // in the source's language; empty: none
  std::uint64_t limit = 0;          // see ListingPlan
  bool needs_detail = false;
  std::vector<std::string> detail_fields;
};

// One thread at a time.
class RecordReader {
 public:
  RecordReader(Session& session, const catalogue::DataSet& data_set, RecordsPlan plan);
  // After Complete or an error: do not call again.
  base::Result<Step> next(const base::Stop& stop);

 private:
  struct PassPlan {
    catalogue::Request request;
    std::string filter_text;
  };

  void begin_pass();
  base::Status turn_to_older();
  base::Result<Step> take(Page page);
  base::Result<std::optional<Step>> pass_ended(const Complete& complete, const base::Stop& stop);
  base::Result<Step> next_details(const base::Stop& stop);
  Step begin_again(std::string why);
  void forget();
  bool expects() const;
  base::Result<std::uint64_t> ask_expected(const base::Stop& stop) const;
  // Why everything has to be read again; nullopt: what came is enough, with what lacks in
  // shortfall_.
  base::Result<std::optional<std::string>> find_missing(const base::Stop& stop);
  void note_keys(std::span<const json::Value> records);

  Session& session_;
  const catalogue::DataSet& data_set_;
  const RecordsPlan plan_;
  const json::Path key_;
  std::vector<PassPlan> passes_;
  std::size_t pass_ = 0;   // the one that is being read
  bool is_older_ = false;  // the source knows no other than Older
  std::unique_ptr<Listing> listing_;
  std::unique_ptr<DetailReader> details_;  // null: not needed
  std::optional<Page> undetailed_;         // a listed page whose details are being read ...
  std::size_t detailed_ = 0;               // ... of so many of its records already
  std::uint64_t records_ = 0;              // of the passes that ended
  std::uint64_t pages_ = 0;
  bool whole_ = true;
  std::uint32_t restarts_ = 0;                // because of a pass that is not the first
  std::optional<std::uint64_t> told_before_;  // by Expected, when this reading began
  std::vector<std::uint64_t> keys_;           // hashes of all that came; with Expected only
  std::optional<Shortfall> shortfall_;
  bool was_short_ = false;  // fewer than expected came: read a second time
};

}  // namespace muster::source
