// What whoever helps has to know of a store, as JSON: how it stands, sites, importers, the last
// runs. No secrets, no values or keys of records, no names or addresses of people.
//
//   std::string json = TRY(store_for_support({.database = url}, scheduler));
//
// kUnavailable `store_unavailable`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/scheduler.h"

namespace muster::service {

struct SupportSettings {
  std::string database;   // a URL; up to date already
  std::string site;       // empty: all of them
  std::size_t runs = 20;  // the newest ones of each site
};
base::Result<std::string> store_for_support(const SupportSettings& settings,
                                            base::Scheduler& scheduler);

// A definition of an importer as JSON. Texts that whoever wrote it chose freely (addresses, ids,
// conditions) are replaced by how long they are; what switches and names muster's own things stays.
std::string definition_for_support(std::string_view yaml);

// A report with neither keys nor details of single records, nor who approved it. Empty: it is none.
std::string report_for_support(std::string_view json);

// A line of any log: what looks like a token, a password's hash or an e-mail address is taken out.
std::string log_line_for_support(std::string_view line);

}  // namespace muster::service
