// `muster person erase`: what is kept about somebody who uses muster.
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "base/text.h"
#include "cli/by_hand.h"
#include "cli/commands.h"
#include "cli/store_work.h"
#include "service/person_erasure.h"
#include "store/accounts.h"
#include "store/table_words.h"

namespace muster::cli {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

std::string names_text(const PersonArguments& arguments) {
  std::string text;
  for (const std::string& name : arguments.names) {
    text += (text.empty() ? "" : ", ") + base::printable(name);
  }
  return text;
}

Status confirm(const PersonArguments& arguments, Console& console) {
  if (arguments.yes) return {};
  if (isatty(STDIN_FILENO) == 1) {
    console.err(
        fmt::format("Erase {} for good? This cannot be undone. Type yes: ", names_text(arguments)));
    std::string answer;
    std::getline(std::cin, answer);
    if (answer == "yes") return {};
  }
  return Error{ErrorKind::kSettings, "person",
               fmt::format("Nothing was erased. To erase {} for good, which cannot be undone, say "
                           "--yes.",
                           names_text(arguments))};
}

// "1 account, 37 audit entries"
std::string counts_text(const std::map<std::string, std::int64_t>& rows) {
  std::string text;
  for (const auto& [table, count] : rows) {
    const store::TableWords* words = store::words_of_table(table);
    text += text.empty() ? "" : ", ";
    text += words == nullptr
                ? fmt::format("{} of {}", count, table)
                : base::count_of(static_cast<std::uint64_t>(count), words->one, words->many);
  }
  return text;
}

// What this command cannot reach.
std::string elsewhere_text(const PersonArguments& arguments, base::WallTime now,
                           const std::string& pseudonym) {
  std::string backups = "They go when you delete them; --backups-kept DAYS says when that is.";
  if (arguments.backups_kept > 0) {
    backups = fmt::format("Kept for {}, the last of them goes on {}.",
                          base::count_of(arguments.backups_kept, "day"),
                          day_of(now + std::chrono::days(arguments.backups_kept)));
  }
  return fmt::format(
      "Not reached: backups made before {} have the name. {} After restoring one: the same again "
      "with --as {}. Logs of machines, and write-ahead logs and replicas of PostgreSQL, go when "
      "they are recycled.\n",
      second_of(now), backups, pseudonym);
}

Status erase(const PersonArguments& arguments, Console& console) {
  const std::string url = TRY(ready_store(arguments.database));
  TRY(confirm(arguments, console));
  const service::ErasePersonSettings settings{.directory = url,
                                              .names = arguments.names,
                                              .pseudonym = arguments.pseudonym,
                                              .entry = by_hand("", "", "")};
  const auto [pseudonym, erased] = TRY(service::erase_person(settings));
  if (erased.is_empty()) {
    return Error{ErrorKind::kMissing, "no_such_person",
                 fmt::format("The store knows nobody called {}.", names_text(arguments))};
  }
  console.out(fmt::format("{}: {} from now on\n", names_text(arguments), pseudonym));
  if (!erased.removed.empty()) {
    console.out(fmt::format("Removed: {}.\n", counts_text(erased.removed)));
  }
  if (!erased.renamed.empty()) {
    console.out(fmt::format("Renamed in: {}.\n", counts_text(erased.renamed)));
  }
  for (const auto& [place, rows] : erased.left) {
    console.out(fmt::format("Left, because somebody wrote it there: {}, {}. Change it there.\n",
                            base::printable(place),
                            base::count_of(static_cast<std::uint64_t>(rows), "value")));
  }
  if (!erased.is_overwritten) {
    console.out(
        "The write-ahead log of the database could not be emptied, because somebody reads it. Say "
        "the same again in a moment.\n");
  }
  console.out(elsewhere_text(arguments, settings.entry.at, pseudonym));
  return {};
}

}  // namespace

int person_command(const PersonArguments& arguments, Console& console) {
  return told(erase(arguments, console), console);
}

}  // namespace muster::cli
