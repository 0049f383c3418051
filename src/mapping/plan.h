// What a selection means: which fields to ask for, which object types come out, which relations
// have to be read. Made once per run, before anything is sent; every mistake of the selection is
// found here.
//
//   Plan plan; Findings findings = make_plan(source, selection, "entra", "importers.yaml", plan);
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalogue/model.h"
#include "catalogue/object_type.h"
#include "catalogue/yaml.h"
#include "mapping/selection.h"

namespace muster::mapping {

// One attribute of an object type and how its value is made.
struct Field {
  std::size_t object_attribute = 0;                 // index in ObjectType::attributes
  const catalogue::Attribute* attribute = nullptr;  // from the catalogue ...
  std::vector<json::Path> added;                    // ... or added by path
  std::string join = ", ";
  const catalogue::Reference* reference = nullptr;  // kOnRecord; an added one is in `added`
  bool is_chosen = false;  // by hand, or in somebody's own catalogue: never filled is worth telling
};

// A reference whose values come from a relation.
struct JoinedField {
  std::size_t object_attribute = 0;
  std::size_t relation = 0;       // index in Plan::relations
  bool from_member_side = false;  // this record is a member; values are parents' keys
  std::size_t target = 0;         // index in Plan::data_sets of the referenced data set
  bool many = true;
};

// Records that become objects which other importers send too.
struct IdentityPlan {
  std::shared_ptr<const Identity> identity;
  std::size_t self = 0;                                  // position in Identity::members
  std::vector<const catalogue::Attribute*> identifiers;  // by Identity::match; null: has none
  const catalogue::Attribute* newest = nullptr;
  std::size_t key_attribute = 0;  // index in ObjectType::attributes; its value is made by run/
  struct Shared {                 // an attribute that other members have too
    std::size_t object_attribute = 0;
    std::string title;                 // in lower case
    std::vector<std::size_t> earlier;  // members whose values win
    std::vector<std::size_t> others;   // all other members that have it
  };
  std::vector<Shared> shared;
};

struct DataSetPlan {
  const catalogue::DataSet* data_set = nullptr;
  std::size_t type = 0;  // index in ObjectSchema::types
  // Index in Plan::data_sets of those whose records hold these; nullopt: read by its own request.
  std::optional<std::size_t> rows_of;
  std::vector<std::string> fields;         // what to ask the source for
  bool needs_detail = false;               // one more request for every record
  std::vector<std::string> detail_fields;  // what to ask for there
  std::string filter;
  catalogue::Where where;
  std::uint64_t limit = 0;
  std::vector<Field> field_rules;  // in the order of ObjectType::attributes
  std::vector<JoinedField> joined;
  std::size_t key_attribute = 0;  // index in ObjectType::attributes
  std::size_t label_attribute = 0;
  bool send_empty = true;  // Selection::send_empty, unless an identity says otherwise
  std::optional<IdentityPlan> identity;
  std::string explanation;  // what is filtered where, for `plan`
  std::string fingerprint;  // of filter and where: which records are meant
};

struct RelationPlan {
  const catalogue::Relation* relation = nullptr;
  std::size_t parent = 0;  // index in Plan::data_sets
  // Per target type (map order of Relation::targets): candidate data sets (indexes), empty when
  // nobody asked for that type.
  std::vector<std::vector<std::size_t>> targets;
};

struct Plan {
  std::shared_ptr<const catalogue::Source> source;
  std::vector<DataSetPlan> data_sets;
  std::vector<RelationPlan> relations;
  catalogue::ObjectSchema schema;
  std::vector<std::string> notices;  // e.g. a reference left out because its target is off
  bool limited = false;              // some limit is set

  // What the source must allow for all this, each name once.
  std::vector<std::string> permissions() const;
  const catalogue::ObjectType& type_of(std::size_t data_set) const {
    return schema.types[data_sets[data_set].type];
  }
};

// Fills `plan` unless there are errors. `importer` becomes part of the external ids.
catalogue::Findings make_plan(std::shared_ptr<const catalogue::Source> source,
                              const Selection& selection, const std::string& importer,
                              const std::string& file, Plan& plan);

}  // namespace muster::mapping
