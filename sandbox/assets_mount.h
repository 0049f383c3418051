// Where the imitation of Assets is plugged in.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/scheduler.h"
#include "sandbox/service.h"

namespace muster::sandbox {

// Nullptr when this build has no imitation of Assets.
std::unique_ptr<Service> make_assets_service(std::uint64_t seed, base::Scheduler& scheduler);
// The container token of its import source; empty without one.
std::string assets_token(const Service* assets);

}  // namespace muster::sandbox
