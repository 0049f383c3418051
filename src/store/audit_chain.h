// Adds entries to the audit log, inside whatever transaction does the act. Internal to the room.
#pragma once

#include "store/audit.h"
#include "store/db.h"

namespace muster::store {

// Of a site that is being moved nothing changes any more, but that what runs there is ended.
enum class WhileLeaving { kRefused, kAllowed };

// Within a transaction of `db`. Number and hash are made here. kConflict `site_moving`.
base::Status append_audit(Db& db, const AuditEntry& entry,
                          WhileLeaving while_leaving = WhileLeaving::kRefused);

}  // namespace muster::store
