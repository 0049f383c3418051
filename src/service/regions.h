// Where the databases of regions are, and which one holds a site. Their URLs may hold passwords:
// the directory keeps where they stand instead, and nothing prints them.
//
//   const std::string url = TRY(database_of_site("sqlite:/var/lib/muster/muster.db", "acme"));
//
// Errors: kMissing `no_such_region`; kSettings `region`, `wrong_region`; kUnavailable
// `region_unavailable` (with the region and why), `store_unavailable` (of the directory itself).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "store/regions.h"
#include "store/sites.h"

namespace muster::service {

// a-z, 0-9 and -, as sites.
base::Status check_region_name(std::string_view region);
// "env:NAME", "file:PATH", "sqlite:PATH", or "postgresql://..." without a password.
base::Status check_region_place(const std::string& place);
base::Result<std::string> url_at(const std::string& place);

// Adds it to the directory, or says where it is from now on, after its database was found empty, or
// this region's already, and got its label.
base::Status add_region(const std::string& directory, const store::Region& region,
                        const store::AuditEntry& entry);

// The URL, after the database answered, was brought up to date and had the right label.
base::Result<std::string> database_of(const store::Region& region);
base::Result<std::string> database_of_region(const std::string& directory, std::string_view region);
// That of its region, or the directory's own: also of a site that does not exist.
base::Result<std::string> database_of_site(const std::string& directory, std::string_view site);

// Which region a new site belongs to, by what was asked for and by its production site; "": none.
// Writes it into the directory, whereupon the site is to be added to `database_of_region()`.
base::Result<std::string> pin_site(store::Regions& directory, const store::Site& site,
                                   store::AuditEntry entry);

}  // namespace muster::service
