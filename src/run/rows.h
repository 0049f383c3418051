// What is inside the records of one data set beyond their objects: texts that hold JSON, and rows,
// the records of other data sets.
//
//   Inside inside(plan, data_set);
//   if (inside.is_empty()) collection.add(record, on_parent);
//   else inside.take(record, collections, on_parent);
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "json/embedded_json.h"
#include "mapping/plan.h"
#include "run/collection.h"

namespace muster::run {

// For the mapping thread. Holds copies, because paths and conditions remember places and runs share
// a catalogue.
class Inside {
 public:
  Inside(const mapping::Plan& plan, std::size_t data_set);

  bool is_empty() const { return !embedded_ && rows_.empty(); }
  // Data sets whose records are inside these.
  const std::vector<std::size_t>& row_sets() const { return row_sets_; }
  // Adds the record, with its texts unfolded, and its rows. Rows come from parked records too, so
  // that they do not go missing with them; not from records that `where` leaves out.
  void take(const json::Value& record, const std::vector<std::unique_ptr<Collection>>& collections,
            const Collection::OnParent& on_parent);

 private:
  struct Rows {
    std::size_t data_set = 0;
    json::Path path;
    catalogue::Where when;
  };

  void take_rows(const Rows& rows, const json::Value& record, std::string_view parent,
                 Collection& collection);

  std::size_t data_set_;
  catalogue::Where where_;
  std::optional<json::EmbeddedJson> embedded_;
  std::vector<Rows> rows_;
  std::vector<std::size_t> row_sets_;
};

// Of texts that should hold JSON and do not; empty when there were none.
std::string unreadable_notice(const catalogue::DataSet& data_set, const Collection& collection);

}  // namespace muster::run
