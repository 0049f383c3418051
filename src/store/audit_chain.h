// Adds entries to the audit log, inside whatever transaction does the act. Internal to the room.
#pragma once

#include "store/audit.h"
#include "store/db.h"

namespace muster::store {

// Within a transaction of `db`. Number and hash are made here.
base::Status append_audit(Db& db, const AuditEntry& entry);

}  // namespace muster::store
