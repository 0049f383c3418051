// What a database is, for whoever checks whether it may be used: it is changed in nothing, and may
// be older than this muster.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace muster::store {

struct SiteRow {
  std::string site;
  std::string place;  // sites.h
};

struct DatabaseLook {
  std::string name;  // for people, without a password
  bool is_server = false;
  int schema = 0;  // the newest step; 0: it is empty
  int known = 0;   // the newest one that this muster knows
  std::string region;
  std::string installation;            // that the region is one of
  bool is_owner = false;               // its user could take the guard between sites away
  std::string guard;                   // why it does not hold for its user; "": it does
  std::vector<std::string> unguarded;  // tables with sites that it is not forced on
  std::vector<SiteRow> sites;
};

// kUnavailable `store_unavailable`.
base::Result<DatabaseLook> look_into(std::string_view url);
// Of these sites, those of which there is anything but the name and who has a role there.
base::Result<std::vector<std::string>> with_rows(std::string_view url,
                                                 const std::vector<std::string>& sites);

}  // namespace muster::store
