// Access tokens: one fetch at a time however many threads ask, renewed before they end.
//
//   TokenCache tokens(scheduler, [&](Stop stop) { return sign_in(stop); });
//   Response answer = TRY(send_authorised(lane, tokens, request, options, stop));
#pragma once

#include <functional>
#include <memory>

#include "base/result.h"
#include "base/scheduler.h"
#include "base/secret.h"
#include "net/lane.h"

namespace muster::net {

struct Token {
  base::Secret value;
  base::Duration lifetime{0};  // from now; 0 = does not end
};

// A token in hand.
struct Bearer {
  base::Secret value;
  base::Instant renew_at{};  // shortly before it ends
};

class TokenCache {
 public:
  using Fetch = std::function<base::Result<Token>(const base::Stop&)>;

  // Renews when less than `early` or a tenth of the lifetime is left, whichever is less.
  TokenCache(base::Scheduler& scheduler, Fetch fetch,
             base::Duration early = std::chrono::minutes(5));
  ~TokenCache();

  // Single flight: while one caller fetches, the others wait for its answer. A failure is given to
  // all who waited and not remembered.
  base::Result<Bearer> take(const base::Stop& stop);
  base::Result<base::Secret> get(const base::Stop& stop);  // the value alone
  bool has_ended(const Bearer& bearer) const;              // or is about to
  // The token in hand; empty when there is none that is still good. Never fetches.
  base::Secret held() const;
  // `refused` came back as 401: the next get() fetches, unless somebody already did.
  void refuse(const base::Secret& refused);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Adds the bearer token, sends through the lane and, on 401, renews once and repeats once.
// A second 401 comes back as a Response. A token that ended while its request waited in the lane
// was not refused: short-lived ones are renewed a few times more.
base::Result<Response> send_authorised(Lane& lane, TokenCache& tokens, Request request,
                                       const SendOptions& options, const base::Stop& stop);

}  // namespace muster::net
