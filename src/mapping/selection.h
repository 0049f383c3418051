// What an admin chose of a source: data sets, attributes, filters, limits, names. Plain values; the
// importer file and (later) the console both fill them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalogue/model.h"
#include "catalogue/object_type.h"
#include "catalogue/yaml.h"
#include "mapping/identity.h"

namespace muster::mapping {

// An attribute beyond the catalogue's.
struct AddedAttribute {
  std::string title;              // in Assets
  std::string path;               // one value ...
  std::vector<std::string> from;  // ... or several paths, joined
  std::string join = " ";
  catalogue::AttributeType type = catalogue::AttributeType::kText;
  catalogue::Mark mark;
  // kReference: as in catalogue::Reference.
  std::string target_source, target, target_attribute;
  bool many = true;
};

// Another importer of the same site, whose objects references into its source lead to.
struct Link {
  std::string importer;
  std::shared_ptr<const catalogue::Source> source;
  std::vector<catalogue::ObjectType> types;  // what it sends
  catalogue::Mark mark;
};

struct DataSetSelection {
  std::string data_set;
  bool on = true;
  std::string filter;  // in the source's own language
  std::string where;   // catalogue/where.h
  std::uint64_t limit = 0;
  std::optional<std::vector<std::string>> attributes;  // exactly these (the key is always there)
  std::vector<std::string> include;                    // beside the defaults
  std::vector<std::string> exclude;                    // from the defaults
  std::vector<AddedAttribute> add;
  std::map<std::string, std::string> rename;  // source name -> title
  std::map<std::string, catalogue::Mark>
      marks;  // "filter", "where", "exclude/mobilePhone" ...: for findings
  catalogue::Mark mark;
};

struct Selection {
  bool all_defaults = true;                 // no data_sets given: the catalogue's default selection
  std::vector<DataSetSelection> data_sets;  // in file order
  std::uint64_t record_limit = 0;           // first N of every data set; 0: none
  std::map<std::string, Link> links;        // by source
  // Sources that other importers here read, without a link to one: source -> importer.
  std::map<std::string, std::string> unlinked;
  std::map<std::string, IdentityPlace> identities;  // by data set
  // Empty values are sent as "" and [] so that Assets can clear what the source cleared (its import
  // source decides: ignore or remove); false leaves their keys out.
  bool send_empty = true;
};

}  // namespace muster::mapping
