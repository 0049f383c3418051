#include "run/rows.h"

#include <fmt/format.h>

#include "base/text.h"

namespace muster::run {

Inside::Inside(const mapping::Plan& plan, std::size_t data_set)
    : data_set_(data_set), where_(plan.data_sets[data_set].where.clone()) {
  const auto& embedded = plan.data_sets[data_set].data_set->embedded_json;
  if (!embedded.empty()) embedded_.emplace(embedded);
  for (std::size_t i = 0; i < plan.data_sets.size(); ++i) {
    if (plan.data_sets[i].rows_of != data_set) continue;
    const catalogue::RowRule& rule = plan.data_sets[i].data_set->rows;
    rows_.push_back({i, rule.path, rule.when.clone()});
    row_sets_.push_back(i);
  }
}

void Inside::take(const json::Value& record,
                  const std::vector<std::unique_ptr<Collection>>& collections,
                  const Collection::OnParent& on_parent) {
  Collection& collection = *collections[data_set_];
  const json::Value whole = embedded_ ? embedded_->unfold(record) : record;
  if (embedded_) collection.count_unreadable(embedded_->unreadable());
  collection.add(whole, on_parent);
  if (rows_.empty() || !where_.matches(whole)) return;
  for (const Rows& rows : rows_) {
    take_rows(rows, whole, collection.formatter().key(), *collections[rows.data_set]);
  }
}

void Inside::take_rows(const Rows& rows, const json::Value& record, std::string_view parent,
                       Collection& collection) {
  const auto add = [&](const json::Value& row) {
    if (!row.is_null() && rows.when.matches(row)) collection.add_row(row);
  };
  rows.path.each_item(record, add);
  // What stands where the rows should be is parked, so that nobody takes them for removed.
  const std::size_t misfits = rows.path.misfits(record, json::Path::End::kAny);
  for (std::size_t i = 0; i < misfits; ++i) collection.park_misfit(rows.path.text(), parent);
}

std::string unreadable_notice(const catalogue::DataSet& data_set, const Collection& collection) {
  if (collection.unreadable() == 0) return "";
  std::vector<std::string> paths;
  for (const json::Path& path : data_set.embedded_json) paths.push_back(path.text());
  return fmt::format("{}: {} left out: not the JSON that should be in there ({}).", data_set.name,
                     base::count_of(collection.unreadable(), "text was", "texts were"),
                     fmt::join(paths, ", "));
}

}  // namespace muster::run
