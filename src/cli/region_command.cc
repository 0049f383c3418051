// `muster region ...`: the databases of an installation in other regions.
#include <fmt/format.h>

#include "base/text.h"
#include "cli/by_hand.h"
#include "cli/commands.h"
#include "cli/store_work.h"
#include "cli/tables.h"
#include "service/region_check.h"
#include "service/regions.h"

namespace muster::cli {
namespace {

using base::Status;

std::string region_text(std::string_view region) {
  return region.empty() ? "(installation)" : base::printable(region);
}

std::string place_of(const RegionArguments& arguments) {
  if (!arguments.url_env.empty()) return "env:" + arguments.url_env;
  if (!arguments.url_file.empty()) return "file:" + arguments.url_file;
  return arguments.url;
}

Status list(const std::string& url, Console& console) {
  const auto regions = TRY(store::open_regions(url));
  const auto pins = TRY(regions->pins());
  Table table({{"region"}, {"its URL"}, {"added"}, {"sites", Align::kRight}});
  const auto listed = TRY(regions->list());
  for (const store::Region& region : listed) {
    const auto sites = std::ranges::count(pins, region.region, &store::Pin::region);
    // What is kept in clear has no password; it is checked before it is kept.
    table.add({region.region, base::printable(region.place, 200), second_of(region.added),
               fmt::to_string(sites)});
  }
  console.out(listed.empty() ? "There are no regions: all sites are in the installation's own "
                               "database.\n"
                             : table.text());
  return {};
}

Status add(const std::string& url, const RegionArguments& arguments, Console& console) {
  store::AuditEntry entry = by_hand("", "region.added", arguments.region);
  entry.after = place_of(arguments);
  TRY(service::add_region(url, {arguments.region, place_of(arguments), entry.at}, entry));
  console.out(fmt::format("{0}: added. `muster site add SITE --region {0}` pins a site to it.\n",
                          arguments.region));
  return {};
}

Status remove(const std::string& url, const RegionArguments& arguments, Console& console) {
  const auto regions = TRY(store::open_regions(url));
  TRY(regions->remove(arguments.region, by_hand("", "region.removed", arguments.region)));
  console.out(fmt::format("{}: removed. Its database stays as it is.\n", arguments.region));
  return {};
}

Status check(const std::string& url, const RegionArguments& arguments, Console& console) {
  Table table({{"region"}, {"what"}, {"state"}, {"found"}});
  std::string to_do;
  bool is_fine = true;
  const auto checks = TRY(service::check_regions(url, arguments.region));
  for (const service::RegionCheck& check : checks) {
    is_fine = is_fine && check.is_fine();
    for (const service::Prerequisite& each : check.found) {
      table.add(
          {region_text(check.region), each.what, std::string(to_string(each.state)), each.found});
      if (each.advice.empty()) continue;
      to_do += fmt::format("{}, {}: {}\n", region_text(check.region), each.what, each.advice);
    }
  }
  console.out(table.text() + to_do);
  if (is_fine) return {};
  return base::Error{base::ErrorKind::kSettings, "region", "Not every region can be used."};
}

}  // namespace

int region_command(const RegionArguments& arguments, Console& console) {
  return told(
      [&]() -> Status {
        const std::string url = TRY(ready_store(arguments.database));
        switch (arguments.act) {
          case RegionArguments::Act::kList: return list(url, console);
          case RegionArguments::Act::kAdd: return add(url, arguments, console);
          case RegionArguments::Act::kRemove: return remove(url, arguments, console);
          case RegionArguments::Act::kCheck: return check(url, arguments, console);
        }
        return {};
      }(),
      console);
}

}  // namespace muster::cli
