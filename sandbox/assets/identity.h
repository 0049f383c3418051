// Finding the object that a record means: by the values of its externalIdPart attributes together.
#pragma once

#include <string>
#include <vector>

#include "sandbox/assets/id_table.h"
#include "sandbox/assets/workspace.h"

namespace muster::sandbox::assets {

class IdentityIndex {
 public:
  IdentityIndex(const Workspace& workspace, TypeIndex type, std::vector<std::uint16_t> key_slots,
                bool ignore_case);

  // Every part in one text; empty when a part has no value, which is no identity at all.
  std::string_view identity(std::string_view values);
  // 0: nobody has it.
  ObjectId find(std::string_view identity);
  void add(std::string_view identity, ObjectId id);

 private:
  bool append_identity(std::string& out, std::string_view values) const;

  const Workspace& workspace_;
  std::vector<std::uint16_t> key_slots_;
  bool ignore_case_;
  IdTable table_;
  std::string wanted_;
  std::string candidate_;
};

}  // namespace muster::sandbox::assets
