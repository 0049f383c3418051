// `identities` of an importer file: which data sets of its importers are one thing.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "catalogue/checker.h"
#include "run/importer.h"

namespace muster::run {

// An identity with what the file says of each member; connect_identities() works out the rest.
struct IdentityEntry {
  std::shared_ptr<mapping::Identity> identity;
  std::vector<mapping::IdentityPlace> places;                // by Identity::members
  std::map<std::string, std::vector<std::string>> priority;  // title -> importers
  std::map<std::string, catalogue::Mark> priority_marks;
};

// Assets has what they send in one object schema.
bool share_a_schema(const Importer& one, const Importer& other);

std::vector<IdentityEntry> read_identities(catalogue::Checker& check,
                                           const catalogue::YamlNode* node);

// Puts each member into the selection of its importer. First without what the members share, which
// follows from their plans: share_attributes().
void place_identities(catalogue::Checker& check, std::vector<IdentityEntry>& entries,
                      const std::vector<Importer*>& importers);
// Once links are known: attributes with one title become one.
void share_attributes(catalogue::Checker& check, std::vector<IdentityEntry>& entries,
                      const std::vector<Importer*>& importers);

}  // namespace muster::run
