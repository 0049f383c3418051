// Taking records out of a chunk as the mapping says, into packed values: cheap, because it runs
// while the client is being measured. What the values mean is decided later, in processing.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "json/value.h"
#include "sandbox/assets/mapping_document.h"
#include "sandbox/assets/reference_template.h"

namespace muster::sandbox::assets {

// Where the values of one slot stand in a record. Several locators: their values joined as one.
struct Column {
  std::uint16_t slot = 0;
  std::vector<std::string> locators;
};

struct ReferenceColumn {
  std::uint16_t slot = 0;
  TypeIndex target = 0;
  ReferenceTemplate query;
  std::vector<std::uint16_t> inputs;  // of the query's locators: positions in Extraction::inputs
  std::vector<std::uint16_t> touched_by;  // inputs whose presence means that the reference was sent
};

// One object type mapping, ready for use.
struct Extraction {
  TypeIndex type = 0;
  std::vector<std::string> selector;  // "hardDrives.files" -> {"hardDrives", "files"}
  std::vector<Column> columns;        // all but references, ascending slots
  std::vector<ReferenceColumn> references;
  std::vector<std::string> inputs;       // locators whose values references need
  std::vector<std::uint16_t> key_slots;  // externalIdPart
};

// The mapping must have passed check_mapping() (mapping_rules.h).
Extraction make_extraction(const Workspace& workspace, TypeIndex type,
                           const TypeMappingSpec& mapping);

// A record as sent: an entry for each field that was present, with count 0 when it was empty.
struct StagedRecord {
  std::string values;  // packed by slot
  std::string inputs;  // packed by position in Extraction::inputs
};

// Appends the records that `data` holds for the type; how many they were.
std::size_t extract(const Extraction& extraction, const json::Value& data,
                    std::vector<StagedRecord>& records);

}  // namespace muster::sandbox::assets
