// One conversation with the Assets API: adds the token, keeps to the lane, follows links only at
// home and turns what cannot go on into errors that a person can act on.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "assets/jsm_assets.h"
#include "base/redactor.h"
#include "json/value.h"
#include "net/lane.h"

namespace muster::assets {

struct Call {
  std::string_view doing;  // "reading the import status": stands in every error sentence
  std::string method = "GET";
  std::string url;
  std::string body{};
  bool idempotent = true;  // false: an answer that got lost is not asked for again
};

// Of polls for what is mostly done at once.
inline constexpr std::chrono::milliseconds kFirstPause{10};

// One poll can outlast a whole deadline on a bad day, and says nothing about the next.
inline constexpr std::uint32_t kFewestPolls = 5;

// A stopped run has 10 s in all, and has to write down how it ended.
inline constexpr std::chrono::seconds kAfterStop{8};

// Pauses between polls, each half as long again as the one before.
class Pauses {
 public:
  Pauses(base::Duration first, base::Duration longest) : next_(first), longest_(longest) {}
  base::Duration next();

 private:
  base::Duration next_;
  const base::Duration longest_;
};

// Any thread. No answer that it gives out holds the token, whatever repeated it.
class AssetsApi {
 public:
  AssetsApi(JsmSettings settings, JsmTools tools);

  // Through the lane, with its repeats; every status but 401 comes back as it is.
  // Errors: kDenied `destination_token`, `destination_certificate`, `destination_address`;
  // kUnavailable/kThrottled `destination_unavailable`; kCancelled.
  base::Result<net::Response> send(Call call, const base::Stop& stop);
  // One attempt past the lane, for calls that must not wait behind it. kCancelled at once where a
  // stopped run has no time left.
  base::Result<net::Response> send_once(Call call, base::Duration timeout,
                                        const base::Stop& stop = {});
  // A GET that must answer 200 and JSON.
  base::Result<json::Document> read(std::string_view doing, std::string_view url,
                                    const base::Stop& stop);

  // Of what a stopped run still does (kAfterStop), all together. Of runs that go on: `wanted`.
  void watch(const base::Stop& stop);
  base::Duration time_left(base::Duration wanted) const;

  // Between two polls. kCancelled when stop is requested.
  base::Status wait(Pauses& pauses, const base::Stop& stop) const;

  // The link, when the token may go there; else kDenied `destination_link`. A path alone is
  // completed.
  base::Result<std::string> trusted_link(std::string_view link) const;

  std::string info_url() const;
  const JsmSettings& settings() const { return settings_; }
  base::Scheduler& scheduler() const { return tools_.scheduler; }
  base::Logger& logger() const { return tools_.logger; }
  net::Lane& lane() { return lane_; }

 private:
  net::Request request(Call call) const;
  void clean(net::Response& answer) const;

  const JsmSettings settings_;
  const JsmTools tools_;
  base::Redactor redactor_;
  net::Lane lane_;
  static constexpr std::int64_t kNotStopped = -1;
  std::atomic<std::int64_t> stopped_at_ns_{kNotStopped};
  std::optional<std::stop_callback<std::function<void()>>> watching_;
};

bool is_success(const net::Response& response);

}  // namespace muster::assets
