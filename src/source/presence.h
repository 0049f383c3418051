// Whether a source still has records that its list did not show: each is asked for alone, and
// nothing of it but its key.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "catalogue/model.h"
#include "source/session.h"

namespace muster::source {

// How many of them the source has; `data_set` must have a DataSet::record. One after the other, on
// that request's lane. Only an answer that means `gone` says that a record is not there; whatever
// else keeps it from being read is an error, with the data set and the key in its place.
base::Result<std::uint64_t> count_present(Session& session, const catalogue::DataSet& data_set,
                                          std::span<const std::string> keys,
                                          const base::Stop& stop);

}  // namespace muster::source
