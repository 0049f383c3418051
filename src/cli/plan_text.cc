#include "cli/plan_text.h"

#include "base/text.h"
#include "cli/tables.h"

namespace muster::cli {
namespace {

constexpr std::size_t kTextWidth = 100;

}  // namespace

mapping::Plan plan_of(const run::Importer& importer) {
  mapping::Plan plan;
  const catalogue::Findings findings =
      mapping::make_plan(importer.source, importer.selection, importer.name, importer.file, plan);
  if (catalogue::has_errors(findings)) return {};
  return plan;
}

std::string line_about(const mapping::Plan& plan, std::size_t data_set, std::string_view text) {
  return wrapped(fmt::format("{}: {}", plan.type_of(data_set).name, base::printable(text, 2000)),
                 kTextWidth, "  ", "    ");
}

std::string warnings_text(const mapping::Plan& plan) {
  std::string text;
  for (std::size_t i = 0; i < plan.data_sets.size(); ++i) {
    const std::string& warning = plan.data_sets[i].data_set->warning;
    if (!warning.empty()) text += line_about(plan, i, warning);
  }
  return text.empty() ? "" : "Warnings:\n" + text;
}

}  // namespace muster::cli
