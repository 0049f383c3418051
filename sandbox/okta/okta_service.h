// A strict imitation of the Okta Management API, with the token endpoint of its org.
//
// https://developer.okta.com/docs/api/openapi/okta-management/
// Only what an importer reads. Parameters that Okta has and this does not play (`q`, `fields`) are
// refused like those that Okta does not have.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/graph/page_token.h"
#include "sandbox/imitation.h"
#include "sandbox/okta/buckets.h"
#include "sandbox/okta/filter.h"
#include "sandbox/okta/org.h"
#include "sandbox/okta/sign_in.h"

namespace muster::sandbox::okta {

class OktaService : public Imitation {
 public:
  explicit OktaService(const ImitationTools& tools);

  std::string_view name() const override { return "okta"; }
  // Both ways to sign in; an importer takes the app.
  std::vector<ConnectionValue> connection(std::string_view base) const override;
  std::string truth_summary() const override;
  std::optional<std::string> truth_page(std::string_view data_set, std::uint64_t offset,
                                        std::uint64_t limit) const override;

  net::ServerResponse handle(const Call& call) override;
  void reset() override;

 private:
  struct List;
  struct Match;
  struct Failure;
  struct Query;
  static const List kLists[];

  net::ServerResponse answer(const Call& call, const SignIn::Caller& caller);
  net::ServerResponse refuse(const Failure& failure);
  std::optional<Match> find(const Call& call, const View& view) const;
  std::optional<Failure> read_query(const Call& call, const List& list,
                                    const SignIn::Caller& caller, Query& query) const;
  net::ServerResponse list_page(const Call& call, const Match& match, const Query& query,
                                const View& view) const;
  View view_of(const Call& call) const;

  const world::EditBoard& edits_;
  Org org_;
  SignIn sign_in_;
  Buckets buckets_;
  graph::PageTokens cursors_;
  std::atomic<std::uint64_t> answers_{0};
};

}  // namespace muster::sandbox::okta
