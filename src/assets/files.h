// Objects as files: schema.json (the mapping document) and one <selector>.jsonl per object type,
// written under temporary names, flushed to disk and renamed when the run completes. Other files in
// the directory are left alone; a run that fails changes none. schema.json goes first and comes
// last: where it is, everything is of one run, even after a kill or a power cut in between.
#pragma once

#include <memory>
#include <string>

#include "assets/destination.h"

namespace muster::assets {

std::unique_ptr<Destination> make_files_destination(std::string directory,
                                                    base::Scheduler& scheduler);

}  // namespace muster::assets
