// Which keys a data set's records have, as far as its catalogue says. A source may have more (any
// attribute its API offers can be asked for by path), so that an unknown key is no error; but most
// are typing slips, and a `where` on a key that no record has matches nothing.
#pragma once

#include <string>
#include <string_view>

#include "catalogue/model.h"

namespace muster::mapping {

// A sentence about the key, with what may have been meant; "" when the catalogue knows it.
std::string doubt_about_key(const catalogue::Source& source, const catalogue::DataSet& data_set,
                            std::string_view key);

// The same of a whole path, whose first key may be known and the rest may not: "profile.nme".
std::string doubt_about_path(const catalogue::Source& source, const catalogue::DataSet& data_set,
                             const json::Path& path);

}  // namespace muster::mapping
