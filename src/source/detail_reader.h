// Reads what a listing does not tell: one GET per record (or a list in pages), several at once, and
// the members of each answer put over those of the listed record.
//
//   DetailReader details(session, data_set.name, data_set.detail, key_path, fields);
//   while (!records.empty()) {
//     Detailed some = TRY(details.read(records, stop));  // the first `taken` of them, in order
//     use(some.document.root().items());                 // without those that are gone
//     records = records.subspan(some.taken);
//   }
//   TRY(details.finish(stop));
//
// Any failure but `gone` is the failure of the whole reading. Memory: what is taken at once is
// bounded by number and by bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalogue/model.h"
#include "json/value.h"
#include "source/session.h"

namespace muster::source {

struct Detailed {
  json::Document document;  // an array of records
  std::size_t taken = 0;    // how many of the listed ones these were, with the gone ones
};

// One thread calls; the requests have threads of their own.
class DetailReader {
 public:
  // `key`: path of the record's key, which may be what the details are asked by.
  DetailReader(Session& session, std::string name, const catalogue::Detail& detail,
               const json::Path& key, const std::vector<std::string>& fields);

  // Records that Detail::when does not mean come back as they are, without a request.
  // Records that are no objects or have no key come back as they are: what is wrong with them is
  // told where records become objects.
  base::Result<Detailed> read(std::span<const json::Value> records, const base::Stop& stop);

  // Records that were deleted after they were listed.
  std::uint64_t gone() const { return gone_; }
  // The listing begins again.
  void restart();
  // A 404 counts as deleted. That is checked by asking again, and not believed of many:
  // kMalformed `source_incomplete`.
  base::Status finish(const base::Stop& stop);

 private:
  struct Batch;
  base::Status work(Batch& batch, const base::Stop& stop);
  base::Result<std::string> read_one(const json::Value& record, const json::Path& key_path,
                                     const json::Path& inside, bool& is_gone,
                                     const base::Stop& stop);
  base::Result<json::Document> ask(std::string_view key, const base::Stop& stop);
  base::Result<json::Document> ask_list(std::string_view key, const std::string& place,
                                        const base::Stop& stop);
  base::Status doubt_gone(std::uint64_t percent) const;

  Session& session_;
  const std::string name_;  // of the data set
  const catalogue::Detail& detail_;
  const std::vector<std::string> fields_;
  const std::vector<std::pair<std::string, std::string>> field_parameters_;  // the same as such
  const bool asks_by_key_;  // of the record: one without it never becomes an object
  std::uint64_t asked_ = 0;
  std::uint64_t gone_ = 0;
  std::vector<std::string> gone_keys_;  // the first few
};

}  // namespace muster::source
