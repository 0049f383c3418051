// Which Jira account an e-mail address belongs to.
//
// A few addresses are searched for one by one. For many all accounts of the site are listed, a
// thousand a page, because searching would take minutes in every run; what the list does not show
// is searched for only when accounts in it hide their address.
#pragma once

#include <span>
#include <string>

#include "assets/account_api.h"

namespace muster::assets {

class JiraUsers {
 public:
  explicit JiraUsers(AccountApi& api) : api_(api) {}

  // As People::find().
  base::Status find(std::span<const std::string> emails, const People::OnFound& on_found,
                    const base::Stop& stop);

 private:
  struct Listing;
  base::Result<Listing> list(std::span<const std::string> emails, const base::Stop& stop);
  base::Status search(std::span<const std::string> emails, std::span<const std::size_t> wanted,
                      const People::OnFound& on_found, const base::Stop& stop);
  base::Result<std::vector<std::string>> search_one(const std::string& email,
                                                    const base::Stop& stop);

  AccountApi& api_;
};

}  // namespace muster::assets
