// The JSM Assets import source behind a container token. Flow and rules: the Assets imports REST
// API guide (developer.atlassian.com/cloud/assets/imports-rest-api-guide/).
#pragma once

#include <memory>
#include <string>

#include "assets/destination.h"
#include "base/log.h"
#include "base/random.h"
#include "base/secret.h"
#include "net/lane.h"

namespace muster::assets {

struct JsmSettings {
  std::string api_url = "https://api.atlassian.com";
  base::Secret token;
  std::shared_ptr<const net::Trust> trust;
  std::uint32_t attempts = 10;  // per call
  base::Duration max_wait = std::chrono::minutes(15);
  base::Duration ingesting_within = std::chrono::seconds(60);  // after start
  base::Duration done_within =
      std::chrono::hours(2);  // after completing; then given up, not cancelled
  // 0: as many as Assets takes; a 429 holds everything back as long as it says. 1,000 a minute are
  // documented for these calls, which a large import would otherwise wait for without need.
  std::uint32_t requests_per_minute = 0;
};

struct JsmTools {
  base::Scheduler& scheduler;
  net::HttpClient& client;
  base::Random& random;
  base::Logger& logger;
  net::Pause* pause = nullptr;  // see net::LaneTools
};

std::unique_ptr<Destination> make_jsm_destination(JsmSettings settings, JsmTools tools);

}  // namespace muster::assets
