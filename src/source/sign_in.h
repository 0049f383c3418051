// How requests of one connection prove who they come from: the catalogue's sign-in strategies.
//
//   std::unique_ptr<SignIn> sign_in = TRY(SignIn::make(parts));
//   net::Response answer = TRY(sign_in->send(lane, request, {.units = 1}, stop));
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/random.h"
#include "base/redactor.h"
#include "base/result.h"
#include "base/scheduler.h"
#include "base/secret.h"
#include "catalogue/model.h"
#include "net/lane.h"
#include "source/addresses.h"
#include "source/session.h"

namespace muster::source {

// Any thread.
class SignIn {
 public:
  // Everything outlives the SignIn. `lane` carries token requests and sends each attempt once.
  struct Parts {
    const catalogue::Source& source;
    const ConnectionValues& values;
    const Addresses& addresses;
    net::Lane& lane;
    RetrySettings retry;
    base::Scheduler& scheduler;
    base::Random& random;
    std::function<std::vector<net::Header>()> headers;  // what every request of ours carries
    base::Redactor& redactor;   // told what is made of the credentials: headers, tokens
    std::string permissions{};  // what {permissions} in a scope stands for
  };
  // The first of the catalogue's alternatives whose fields are all filled in.
  // kSettings when the values lack what the strategy needs; of several alternatives the first
  // tells.
  static base::Result<std::unique_ptr<SignIn>> make(Parts parts);
  virtual ~SignIn() = default;

  // The access token, asked for when there is none; empty for strategies that have none. The errors
  // are TokenEndpoint's.
  virtual base::Result<base::Secret> token(const base::Stop& stop) = 0;
  // Sends with our credentials. Strategies with tokens renew once on 401 and repeat once.
  virtual base::Result<net::Response> send(net::Lane& lane, net::Request request,
                                           const net::SendOptions& options,
                                           const base::Stop& stop) = 0;
  // Gives a token back where the catalogue has a way to; does nothing when there is none in hand.
  virtual base::Status sign_out(const base::Stop& stop) = 0;
  // The alternative in use.
  virtual const catalogue::SignIn& rules() const = 0;
};

}  // namespace muster::source
