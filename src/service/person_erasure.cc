#include "service/person_erasure.h"

#include "base/failpoint.h"
#include "service/regions.h"
#include "store/site_moves.h"

namespace muster::service {
namespace {

void add(store::Erased& sum, const store::Erased& more) {
  for (const auto& [table, rows] : more.removed) sum.removed[table] += rows;
  for (const auto& [table, rows] : more.renamed) sum.renamed[table] += rows;
  for (const auto& [place, rows] : more.left) sum.left[place] += rows;
  sum.is_overwritten = sum.is_overwritten && more.is_overwritten;
}

}  // namespace

base::Result<ErasedPerson> erase_person(const ErasePersonSettings& settings) {
  std::vector<std::string> databases;
  const auto regions = TRY(store::open_regions(settings.directory));
  for (const store::Region& region : TRY(regions->list())) {
    databases.push_back(TRY(database_of(region)));
    TRY(store::require_erasable(databases.back()));
  }
  databases.push_back(settings.directory);
  const store::Person person = TRY(store::begin_erasing(settings.directory, settings.names,
                                                        settings.pseudonym, settings.entry.at));
  TRY(MUSTER_FAILPOINT("person.begun"));
  ErasedPerson done{.pseudonym = person.pseudonym};
  for (const std::string& database : databases) {
    add(done.erased, TRY(store::erase_person(database, person, settings.entry)));
    TRY(MUSTER_FAILPOINT("person.erased"));
  }
  return done;
}

}  // namespace muster::service
