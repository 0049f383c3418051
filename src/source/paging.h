// Paging strategies: where the next page of a list is, and what proves that there is none.
//
// A Pager judges; it sends nothing. Listings and batches drive it the same way:
//
//   std::unique_ptr<Pager> pager = make_pager(request, limit, key);
//   parameters of the first page: pager->first_page()
//   after each page:              Turn turn = TRY(pager->after(page));
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "catalogue/model.h"
#include "json/value.h"
#include "net/http.h"

namespace muster::source {

// Fewer records than the source itself announces, and not so few that the reading fails.
struct Shortfall {
  std::uint64_t announced = 0;
  std::uint64_t came = 0;  // different ones
  friend bool operator==(const Shortfall&, const Shortfall&) = default;
};

struct AnsweredPage {
  const json::Value& root;
  const std::vector<net::Header>& headers;
  std::span<const json::Value> records;
};

// Follow this link as it is, once it was found to stay at home.
struct Link {
  std::string url;
};

// The same request with these parameters.
struct Position {
  std::vector<std::pair<std::string, std::string>> parameters;
};

// The list proved its end.
struct End {};

// The list changed while it was read by position: what was read cannot be trusted.
struct Unstable {
  std::string what;
};

using Turn = std::variant<Link, Position, End, Unstable>;

// One thread; one reading of one list.
class Pager {
 public:
  virtual ~Pager() = default;
  virtual Position first_page() const = 0;
  // kMalformed `source_protocol` when the answer lacks what the strategy lives on.
  virtual base::Result<Turn> after(const AnsweredPage& page) = 0;
  // After End: that a few of those that were announced did not come.
  virtual std::optional<Shortfall> shortfall() const { return std::nullopt; }
};

// `limit`: pages are not larger than what is wanted; 0: no limit. `key` tells records apart for the
// strategies that count positions, where a change at the source shows as a record seen twice.
std::unique_ptr<Pager> make_pager(const catalogue::Paging& paging, std::uint64_t limit,
                                  const json::Path& key);

// The target of rel="next" in Link headers (RFC 8288); empty when there is none.
std::string find_next_link(const std::vector<net::Header>& headers);

}  // namespace muster::source
