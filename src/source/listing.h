// A listing: one paged reading of one path, from its first page to its proven end.
//
//   Listing listing(session, plan);
//   for (;;) {
//     Step step = TRY(listing.next(stop));
//     if (Page* page = std::get_if<Page>(&step)) use(page->records);
//     else if (std::get_if<Restart>(&step)) forget everything;
//     else return std::get<Complete>(std::move(step));
//   }
//
// Proven end: the last page carried no further link (or the strategy's own proof). A repeated link,
// a link to elsewhere, more than kMaxPages pages, a records member that is missing or no array:
// errors, never an end. A restart gives up everything read so far; at most kMaxRestarts because a
// page token expired, kMaxRereads because a list that is counted by position changed meanwhile,
// kMaxHalvings because pages of that size failed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

#include "base/result.h"
#include "catalogue/model.h"
#include "crypto/keyed_hash.h"
#include "json/value.h"
#include "source/export_job.h"
#include "source/paging.h"
#include "source/read_ahead.h"
#include "source/session.h"
#include "source/whole_answer.h"

namespace muster::source {

inline constexpr std::uint64_t kMaxPages = 100'000;  // 100 million records of 1,000 a page
inline constexpr std::uint32_t kMaxRestarts = 5;
inline constexpr std::uint32_t kMaxRereads = 2;
inline constexpr std::uint32_t kMaxHalvings = 3;

struct ListingPlan {
  const catalogue::Request* request = nullptr;
  std::string name;                 // "users": for messages
  std::vector<std::string> fields;  // what to ask for, beyond fields_always
  const catalogue::Filter* filter = nullptr;
  std::string filter_text;  // in the source's language; empty: none
  std::uint64_t limit = 0;  // stop after exactly so many records, each key once; 0: all
  std::string parent_key;   // for "{key}" in the path
  json::Path key;           // in a record; tells records seen twice. Default: all of it
  std::string absent;       // why the source may not have the list at all: a 404 is then no mistake
  bool has_other = false;   // 404 and 405 to the first page are kMissing `unknown_path`
};

// Records point into the document.
struct Page {
  json::Document document;
  std::span<const json::Value> records;
  std::uint64_t number = 0;  // 1-based since the last restart
};

struct Restart {
  std::string why;  // "a record came twice"
};

// A complete read, as a value: only code that saw the proven end can make one.
class Complete {
 public:
  bool is_whole() const { return whole_; }  // false: stopped at the limit, more may exist
  std::uint64_t records() const { return records_; }
  std::uint64_t pages() const { return pages_; }
  const std::string& name() const { return name_; }
  // Records that were listed and deleted before their details could be read.
  std::uint64_t gone() const { return gone_; }
  const std::optional<Shortfall>& shortfall() const { return shortfall_; }
  // What stands inside the records of a listing is as complete as they are.
  Complete of_rows(std::string name, std::uint64_t rows) const {
    return Complete(std::move(name), whole_, rows, pages_);
  }

 private:
  friend class Listing;
  friend class RecordReader;
  friend class RelationReader;
  friend class CompleteForTests;
  Complete(std::string name, bool whole, std::uint64_t records, std::uint64_t pages)
      : name_(std::move(name)), whole_(whole), records_(records), pages_(pages) {}
  std::string name_;
  bool whole_;
  std::uint64_t records_;
  std::uint64_t pages_;
  std::uint64_t gone_ = 0;
  std::optional<Shortfall> shortfall_;
};

using Step = std::variant<Page, Restart, Complete>;

// One thread at a time.
class Listing {
 public:
  Listing(Session& session, ListingPlan plan);
  Listing(const Listing&) = delete;
  Listing& operator=(const Listing&) = delete;
  // After Complete or an error: do not call again.
  base::Result<Step> next(const base::Stop& stop);

 private:
  base::Result<Step> read_page(const base::Stop& stop);
  base::Result<Step> read_export(const base::Stop& stop);
  Complete complete() const;
  base::Result<net::Response> ask(const base::Stop& stop);
  std::size_t count_within(std::span<const json::Value> records);
  base::Status prepare();
  base::Status go_to_first();                   // sets next_url_ to the first page
  base::Status turn(const AnsweredPage& page);  // ... to the page after this one, or ended_
  base::Status follow(std::string url);
  std::optional<std::string> may_read_ahead(std::string link) const;
  base::Result<Step> begin_again(std::string why, std::string_view details, std::uint32_t& times,
                                 std::uint32_t most);
  std::uint32_t smaller_page() const;  // half of the present size; 0: it stays

  Session& session_;
  const ListingPlan plan_;
  catalogue::Request request_;  // ours, because its paths are for one thread
  std::unique_ptr<Pager> pager_;
  std::optional<ExportJob> export_;
  std::unique_ptr<ReadAhead> ahead_;  // null: every page is awaited before the next is asked for
  std::string next_url_;              // empty: not begun
  std::vector<std::string> older_paths_;  // to be tried when the source has not the one in use
  std::unordered_set<std::uint64_t> seen_urls_;  // hashes
  std::uint64_t pages_ = 0;
  std::uint64_t records_ = 0;
  std::set<crypto::Hash128> seen_keys_;  // with a limit only
  std::uint32_t restarts_ = 0;
  std::uint32_t rereads_ = 0;
  std::uint32_t halvings_ = 0;
  std::string unstable_;  // why the list has to be read again; empty: sound
  bool ended_ = false;
  bool whole_ = true;
};

// What a listing asks for at a position: what its paging wants, the catalogue's parameters, the
// fields, the filter. kSettings when a parameter names a connection field that is not filled in.
base::Result<std::vector<std::pair<std::string, std::string>>> page_parameters(
    const Session& session, const ListingPlan& plan, Position position);

// The error with the data set or relation in its place, before a URL or parent that is there
// already.
base::Error name_place(base::Error error, std::string_view name);

// A next link as an absolute URL that stays within `base`. A path ("/v1/things?page=2") is taken
// within the same host. kDenied `foreign_link` when it leads elsewhere.
base::Result<std::string> resolve_link(std::string_view base, std::string link);

// The records array of one parsed answer, where `request` says; `root` is the answer or, in a
// batch, a part of `page`. kMalformed `source_protocol` when it is not there, unless the request
// says that this means none, and when what stands around it names a key twice.
base::Result<std::span<const json::Value>> find_records(const json::Document& page,
                                                        const json::Value& root,
                                                        const catalogue::Request& request,
                                                        std::string_view where);

}  // namespace muster::source
