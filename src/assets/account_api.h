// What somebody with a Jira account may ask of Jira and of the Assets of that site, each by a lane
// of its own.
//
// Answers may hold e-mail addresses and account ids, so nothing of a body goes into an error.
#pragma once

#include <string>
#include <string_view>

#include "assets/people.h"
#include "json/value.h"
#include "net/lane.h"

namespace muster::assets {

struct AccountCall {
  std::string_view doing;  // "searching for people": stands in every error sentence
  std::string method = "GET";
  std::string path{};
  std::string body{};
  bool idempotent = true;  // false: an answer that got lost is not asked for again
};

// Any thread, after locate().
class AccountApi {
 public:
  AccountApi(PeopleSettings settings, JsmTools tools);

  // A Bearer token is good for api.atlassian.com alone, below the id of the site, which the site
  // tells everybody.
  base::Status locate(const base::Stop& stop);
  // From here on calls to Assets go there.
  void use_workspace(std::string_view workspace_id);

  // Paths start at the site, "/rest/api/3/myself", or at the workspace, "/object/88". Every status
  // but 401 and 403 comes back as it is.
  base::Result<net::Response> ask_jira(AccountCall call, const base::Stop& stop);
  base::Result<net::Response> ask_assets(AccountCall call, const base::Stop& stop);
  // The same; must be answered 200 and JSON.
  base::Result<json::Document> read_jira(AccountCall call, const base::Stop& stop);
  base::Result<json::Document> read_assets(AccountCall call, const base::Stop& stop);

  const PeopleSettings& settings() const { return settings_; }
  base::Scheduler& scheduler() const { return tools_.scheduler; }
  PeopleTraffic traffic() const;

 private:
  base::Result<net::Response> send(net::Lane& lane, const std::string& base, AccountCall call,
                                   const base::Stop& stop);
  base::Error sign_in_refused() const;

  const PeopleSettings settings_;
  const JsmTools tools_;
  std::string jira_base_;
  std::string assets_base_;
  net::Lane jira_;
  net::Lane assets_;
};

// An answer that nobody will repeat: kUnavailable `people_unavailable`.
base::Error not_done(std::string_view who, std::string_view doing, const net::Response& response);

}  // namespace muster::assets
