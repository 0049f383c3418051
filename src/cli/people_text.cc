#include "cli/people_text.h"

#include <algorithm>

#include "base/text.h"
#include "cli/tables.h"

namespace muster::cli {
namespace {

std::string listed_text(const char* what, const run::ListedObjects& listed) {
  constexpr std::size_t kShown = 20;
  if (listed.count == 0) return "";
  std::string text = fmt::format("  {}:", what);
  const std::size_t shown = std::min(kShown, listed.objects.size());
  for (std::size_t i = 0; i < shown; ++i) {
    text += fmt::format("{} {}", i == 0 ? "" : ",", base::printable(listed.objects[i], 50));
  }
  if (listed.count > shown) {
    text += fmt::format(" and {} more", base::with_thousands(listed.count - shown));
  }
  return text + "\n";
}

}  // namespace

std::string people_text(const run::Report& report) {
  if (!report.people) return "";
  const run::PeopleReport& people = *report.people;
  std::string text = fmt::format("Jira accounts of {}, into \"{}\":\n\n", people.data_set,
                                 base::printable(people.attribute));
  if (people.objects > 0) {
    const std::pair<const char*, std::uint64_t> counts[] = {
        {"objects", people.objects},           {"without e-mail", people.without_email},
        {"written", people.written},           {"unchanged", people.unchanged},
        {"ambiguous", people.ambiguous.count}, {"unknown", people.unknown.count},
        {"refused", people.refused.count}};
    std::vector<Column> columns;
    std::vector<std::string> cells;
    for (const auto& [title, count] : counts) {
      columns.push_back({title, Align::kRight});
      cells.push_back(base::with_thousands(count));
    }
    Table table(std::move(columns));
    table.add(std::move(cells));
    text += table.text() + "\n";
  }
  text += listed_text("Ambiguous, several accounts have the e-mail address", people.ambiguous);
  text += listed_text("Unknown, no active account has the e-mail address", people.unknown);
  text += listed_text("Refused by Assets", people.refused);
  text += fmt::format("  {}: {}", people.state, base::printable(people.message, 1000));
  if (people.reason != "ok") text += fmt::format(" [{}]", people.reason);
  return text + "\n\n";
}

}  // namespace muster::cli
