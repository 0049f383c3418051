// References into another source: they lead to the object types of another importer, if the
// importer names one for that source (Selection::links).
#pragma once

#include <string>

#include "catalogue/object_type.h"
#include "mapping/selection.h"

namespace muster::mapping {

// Where a reference into another source ends. One of the three is set.
struct LinkEnd {
  const catalogue::ObjectAttribute* attribute = nullptr;  // that the values match
  std::string off;      // a sentence: the other importer does not bring it
  std::string mistake;  // a sentence: there is no such thing

  const Link* link = nullptr;  // with `attribute`
  const catalogue::ObjectType* type = nullptr;
};

// `attribute`: in the words of the other source; empty: the key of its data set. The selection must
// outlive what comes back.
LinkEnd find_link_end(const Selection& selection, const std::string& source,
                      const std::string& data_set, const std::string& attribute);

// Makes `from`, a reference, lead there.
void point(catalogue::ObjectAttribute& from, const LinkEnd& to);

}  // namespace muster::mapping
