// Writing rows: one object or one page of a list, as the query selects and the caller may see.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "sandbox/faults.h"
#include "sandbox/graph/page_token.h"
#include "sandbox/graph/refusal.h"
#include "sandbox/graph/rows.h"
#include "sandbox/login/tokens.h"

namespace muster::sandbox::graph {

// Who looks, and at what state of the tenant.
struct Viewer {
  const login::Grant& grant;
  const world::Edits& edits;
  bool beta = false;
};

// Without the rows that `keep` refuses.
Rows only(const Rows& rows, const std::function<bool(const world::Reference&)>& keep);
// Did an edit take this row of the relation away?
bool is_removed(const Relation& relation, const world::Reference& parent,
                const world::Reference& row, const world::Edits& edits);
// The rows of a relation that this viewer sees.
Rows visible_rows(const world::World& world, const Relation& relation,
                  const world::Reference& parent, const Viewer& viewer);

// How rows are written: a selection per kind. Made once per request.
class Shape {
 public:
  // `table` null: rows of several kinds. `list`: properties of single objects only are refused
  // (501). The edits must outlive the shape.
  static std::optional<Refusal> make(const Table* table, const std::vector<std::string>& select,
                                     const Viewer& viewer, bool list, Shape& shape);

  // `"@odata.type":"...","id":"..."` without braces.
  void append(std::string& out, const world::World& world, const world::Reference& row) const;
  // "users(id,mail)"
  const std::string& context() const { return context_; }

 private:
  struct Part {
    const Table* table = nullptr;
    Selection selection;
    std::string type;  // the key and value of @odata.type, or empty
  };
  const Part& part(world::Kind kind) const {
    return parts_[parts_.size() == 1 ? 0 : static_cast<std::size_t>(kind)];
  }

  std::vector<Part> parts_;  // one, or by kind
  std::string context_;
};

// A relation to show with each row.
struct Expansion {
  const Relation* relation = nullptr;
  Shape shape;
};
void append_expansion(std::string& out, const world::World& world, const Expansion& expansion,
                      const world::Reference& row, const Viewer& viewer);

struct PageRequest {
  const world::World& world;
  const Rows& rows;
  const Shape& shape;
  const Viewer& viewer;
  const Expansion* expansion = nullptr;
  std::string context_url;  // ".../v1.0/$metadata#"
  std::string link;         // the absolute URL a next link starts with, without query
  std::string origin;       // its beginning, for faults that replace it
  std::string query;        // what a next link repeats
  std::uint32_t limit = 100;
  std::uint64_t first = 0;  // position of the first row
  std::uint32_t page = 0;
  std::string token;                     // the page token that led here; empty on the first page
  std::optional<std::uint64_t> total{};  // @odata.count
  std::function<bool(const world::Reference&)> keep{};  // filter; empty: all
  const FaultAction* fault = nullptr;
  base::Instant now{};
};
std::string write_page(const PageRequest& request, const PageTokens& tokens);

// The position a last page with `fail_last_page` leads to.
inline constexpr std::uint64_t kFailingPosition = ~std::uint64_t{0};

}  // namespace muster::sandbox::graph
