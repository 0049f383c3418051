// `people` below `destination` of an importer file.
#pragma once

#include "catalogue/checker.h"
#include "mapping/plan.h"
#include "run/importer.h"

namespace muster::run {

// Fills importer.destination.people. The destination's api_url is read already.
void read_people(catalogue::Checker& check, const catalogue::YamlNode& node, Importer& importer);

// What only the selection tells: is the data set on, is its e-mail attribute sent, is the name of
// the account's attribute free?
void check_people(catalogue::Checker& check, const mapping::Plan& plan,
                  const PeopleSettings& people);

}  // namespace muster::run
