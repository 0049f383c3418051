#pragma once

#include <string>

#include "store/audit.h"

namespace muster::cli {

// What whoever runs this program does now, for the audit log of `site` ("": the installation).
store::AuditEntry by_hand(const std::string& site, const std::string& act,
                          const std::string& target);

}  // namespace muster::cli
