// A strict imitation of the part of a Jira site that links people to accounts, and of the way to
// the same site for bearers of a token.
//
// https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-search/
// A caller whom Jira does not know, or who may not browse users, finds nobody and is not refused.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "sandbox/jira/accounts.h"
#include "sandbox/service.h"

namespace muster::sandbox::jira {

struct JiraSettings {
  std::uint64_t seed = 1;
  std::string workspace_id;  // of the Assets of this site
  std::string account;       // may do anything, with an API token
  std::string api_token;
  std::string reader = "reader@example.com";  // may not browse users
  std::string reader_token = "sandbox-reader-token";
  std::string bearer_token = "sandbox-bearer-token";
};

class JiraService : public Service {
 public:
  JiraService(const world::World& world, JiraSettings settings);

  net::ServerResponse handle(const Call& call) override;
  void reset() override {}

  const Accounts& accounts() const;  // made when first asked for
  const JiraSettings& settings() const { return settings_; }
  const std::string& cloud_id() const { return cloud_id_; }
  // {"data_set": "jira.accounts", "count": 12, "value": [...], "next": 1000}
  std::string truth_page(std::uint64_t offset, std::uint64_t limit) const;

 private:
  friend class Gateway;
  enum class Caller { kNobody, kReader, kAdmin };
  Caller identify(const Call& call) const;
  net::ServerResponse answer(const Call& call, Caller caller) const;
  net::ServerResponse myself(const Call& call, Caller caller) const;
  net::ServerResponse permissions(const Call& call, Caller caller) const;
  net::ServerResponse search(const Call& call, Caller caller) const;
  net::ServerResponse list(const Call& call, Caller caller) const;
  net::ServerResponse workspaces(Caller caller) const;

  const world::World& world_;
  const JiraSettings settings_;
  const std::string cloud_id_;
  mutable std::once_flag accounts_made_;
  mutable std::unique_ptr<const Accounts> accounts_;
};

// /ex/jira/{cloudId} of api.atlassian.com: takes a Bearer token, and passes on to Jira or Assets.
class Gateway : public Service {
 public:
  Gateway(const JiraService& jira, Service& assets) : jira_(jira), assets_(assets) {}

  net::ServerResponse handle(const Call& call) override;
  void reset() override {}

 private:
  const JiraService& jira_;
  Service& assets_;
};

}  // namespace muster::sandbox::jira
