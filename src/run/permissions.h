// What follows from the permissions that a token lists, before anything is read.
#pragma once

#include "base/result.h"
#include "base/scheduler.h"
#include "mapping/plan.h"
#include "source/session.h"

namespace muster::run {

// Relations that name another one to be read when a permission lacks, where the token tells: the
// plan then holds the other one.
void choose_relations(mapping::Plan& plan, source::Session& session, const base::Stop& stop);

// kDenied `source_permission` when the token tells that a selected attribute lacks the permission
// that it needs: a source may leave it empty without a word, and what Assets holds would be
// emptied. Where the token does not tell, reading notes which of them came empty.
base::Status check_fields(const mapping::Plan& plan, source::Session& session,
                          const base::Stop& stop);

}  // namespace muster::run
