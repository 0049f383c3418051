// A strict imitation of a Jamf Pro server: reading only, the Jamf Pro API and the Classic API.
// https://developer.jamf.com/jamf-pro/reference
//
// As strict as it gets: parameters it does not know, sections and fields that do not exist are 400.
// Lists cut pages at 2,000 without a word; tokens of the API client live for a minute. With a quota
// it takes as long as a real one and answers 503 to a sixth request at the same time.
#pragma once

#include <atomic>
#include <vector>

#include "sandbox/imitation.h"
#include "sandbox/jamf/endpoints.h"
#include "sandbox/jamf/sign_in.h"

namespace muster::sandbox::jamf {

struct JamfSettings {
  Version server{};  // older ones lack the newer paths: 404
  std::uint64_t seed = 1;
  bool quota = false;
  base::Duration token_lifetime{0};  // 0: a minute for the API client, half an hour for a user
  std::uint32_t largest_page = 2000;
};

// Beside the full API client there are, with the same secret, a client that may only read
// computers, and a user.
inline constexpr std::string_view kClientId = "7e0b4a2c-51d6-4f0e-9a83-2b8c64f7d190";
inline constexpr std::string_view kComputersOnlyId = "7e0b4a2c-51d6-4f0e-9a83-2b8c64f7d191";
inline constexpr std::string_view kUserName = "importer";

class JamfService : public Imitation {
 public:
  // The references outlive the service.
  JamfService(const world::World& world, const world::EditBoard& edits, base::Scheduler& scheduler,
              const JamfSettings& settings);
  explicit JamfService(const ImitationTools& tools);

  net::ServerResponse handle(const Call& call) override;
  void reset() override { sign_in_.reset(); }
  std::string_view name() const override { return "jamf"; }
  std::vector<ConnectionValue> connection(std::string_view base) const override;
  std::string truth_summary() const override;
  std::optional<std::string> truth_page(std::string_view data_set, std::uint64_t offset,
                                        std::uint64_t limit) const override;

 private:
  net::ServerResponse answer(const Call& call);
  net::ServerResponse list(const Endpoint& endpoint, const Call& call, const login::Grant& grant);
  net::ServerResponse classic(const Call& call, const login::Grant* grant);
  std::optional<std::string> single(std::string_view path, const world::Edits& edits) const;
  bool is_overloaded(base::Duration duration);

  const world::EditBoard& edits_;
  base::Scheduler& scheduler_;
  JamfSettings settings_;
  Estate estate_;
  SignIn sign_in_;
  std::atomic<std::uint64_t> requests_{0};
  base::Monitor monitor_;                  // guards busy_until_
  std::vector<base::Instant> busy_until_;  // of the requests under way
};

}  // namespace muster::sandbox::jamf
