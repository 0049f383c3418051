// The databases of an installation in other regions, and which site's data is in which. The
// installation's own database is the directory: of a site of another region it knows the id, the
// name and the region. What is in a database says its label (docs/adr/0009-regions.md).
//
// Any thread. Errors: kConflict `region_in_use`, `site_exists`; kMissing `no_such_region`;
// kSettings `wrong_region`; kUnavailable `store_unavailable`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "store/audit.h"

namespace muster::store {

struct Region {
  std::string region;  // a-z, 0-9 and -
  std::string place;   // where its URL is (service/regions.h)
  base::WallTime added{};
};

struct Pin {
  std::string site;
  std::string name;  // for people
  std::string region;
};

class Regions {
 public:
  virtual ~Regions() = default;
  virtual base::Result<std::vector<Region>> list() = 0;  // by name
  virtual base::Result<std::optional<Region>> find(std::string_view region) = 0;
  // `entry`, here and below: written with the change, or not at all.
  // New, or in another place from now on.
  virtual base::Status put(const Region& region, const AuditEntry& entry) = 0;
  // As long as no site is there.
  virtual base::Status remove(std::string_view region, const AuditEntry& entry) = 0;
  // What names this installation in labels; made when it is asked for first.
  virtual base::Result<std::string> installation() = 0;

  // The sites of other regions, by name.
  virtual base::Result<std::vector<Pin>> pins() = 0;
  // "": in this database, or nowhere yet.
  virtual base::Result<std::string> region_of(std::string_view site) = 0;
  // From now on the site's data is there. Pinned there already: nothing is done.
  virtual base::Status pin(const Pin& pin, const AuditEntry& entry) = 0;
};

// A connection of its own. The database must be up to date: open_store() sees to that.
base::Result<std::unique_ptr<Regions>> open_regions(std::string_view url);

// "" when the database is of no region: an installation's own.
base::Result<std::string> region_of_database(std::string_view url);
// What names the installation that the database is of, the same in all of its regions.
base::Result<std::string> installation_of_database(std::string_view url);
// `wrong_region` when the database is of another one.
base::Status require_region(std::string_view url, std::string_view region);
// `wrong_region` when the database has another label, or when there are sites or people in it that
// were there before.
base::Status label_database(std::string_view url, std::string_view region,
                            std::string_view installation);

// Whether whoever reads the URL learns a password.
bool holds_password(const std::string& url);

}  // namespace muster::store
