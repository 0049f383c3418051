// Datadog, as far as an import reads it: https://docs.datadoghq.com/api/latest/
//
// Two keys in headers; every style of paging of its two generations of lists; rate limits by
// endpoint. Secrets stand in answers on purpose (kCanary): nobody may keep them.
#pragma once

#include <atomic>
#include <memory>

#include "sandbox/datadog/organisation.h"
#include "sandbox/datadog/rate_limits.h"
#include "sandbox/imitation.h"

namespace muster::sandbox::datadog {

class DatadogService : public Imitation {
 public:
  explicit DatadogService(const ImitationTools& tools);

  net::ServerResponse handle(const Call& call) override;
  void reset() override;

  std::string_view name() const override { return "datadog"; }
  std::vector<ConnectionValue> connection(std::string_view base) const override;
  std::string truth_summary() const override;
  std::optional<std::string> truth_page(std::string_view data_set, std::uint64_t offset,
                                        std::uint64_t limit) const override;

  // The key of a user who may read everything; "KEY.hosts_read.slos_read" is one with only these
  // scopes.
  std::string application_key() const;
  std::string api_key() const;

 private:
  std::int64_t now() const;
  bool may_read(std::string_view application_key, std::string_view permission) const;
  net::ServerResponse validate(const Call& call) const;

  const world::EditBoard& edits_;
  base::Scheduler& scheduler_;
  const std::uint64_t seed_;
  const Organisation organisation_;
  RateLimits limits_;
  std::atomic<std::uint64_t> calls_{0}, readings_{0};
};

}  // namespace muster::sandbox::datadog
