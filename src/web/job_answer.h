// What the routes about runs and jobs have in common. Internal to the room.
#pragma once

#include <string>

#include "json/writer.h"
#include "service/job_options.h"
#include "web/route.h"

namespace muster::web {

// The run that the path names. kMissing `no_such_run`.
base::Result<store::RunRow> found_run(const Request& request);

// Without its report, but with how many objects the destination took.
void write_run(json::Writer& out, const store::RunRow& run);

struct TypeCount {
  std::string object_type;
  std::int64_t count = 0;
};
// What the report of a run says of each data set: "accepted", "formatted" ... Empty: it has none.
std::vector<TypeCount> counts_of(const store::RunRow& run, std::string_view what);

// Puts a job into the queue. `note`: for the audit log, its options when empty.
base::Result<Answer> ask_for_run(const Request& request, const std::string& importer,
                                 const service::JobOptions& options, std::string_view act,
                                 const std::string& note);

inline constexpr Field kJobAnswer[] = {{"job_id", "string"}};

}  // namespace muster::web
