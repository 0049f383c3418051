// Erases a person from an installation: from the databases of its regions first, and from its own
// last, so that a kill leaves what begins it again (store/persons.h).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "store/persons.h"

namespace muster::service {

struct ErasePersonSettings {
  std::string directory;           // a URL; up to date already
  std::vector<std::string> names;  // of accounts, and what else the person is called
  std::string pseudonym;           // of an earlier time; "": a new one
  store::AuditEntry entry;         // who does it and when
};

struct ErasedPerson {
  std::string pseudonym;
  store::Erased erased;  // from all databases
};

// Errors as of store/persons.h, and kUnavailable `region_unavailable`: nothing is begun then.
base::Result<ErasedPerson> erase_person(const ErasePersonSettings& settings);

}  // namespace muster::service
