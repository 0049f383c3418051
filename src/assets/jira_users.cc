#include "assets/jira_users.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "assets/explain.h"
#include "assets/in_flight.h"
#include "base/text.h"
#include "net/url.h"

namespace muster::assets {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using base::Stop;
using json::Value;

// More are looked up in the list of all accounts: that many searches take longer than most lists.
constexpr std::size_t kSearchAtMost = 200;
constexpr std::size_t kBatch = 100;
constexpr std::size_t kInFlight = 4;
// developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/ ("limited to 1000").
constexpr std::size_t kAccountsPerPage = 1000;
constexpr std::size_t kMostPages = 1000;
// Nobody shares an address with so many that a second page would matter.
constexpr std::size_t kHitsPerSearch = 50;

// People who can be named in Assets: no apps, no customers without a licence, nobody who left.
bool is_person(const Value& user) {
  const Value* type = user.find("accountType");
  const Value* active = user.find("active");
  return !text_at(user, "accountId").empty() && (type == nullptr || type->text() == "atlassian") &&
         (active == nullptr || active->boolean());
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  return base::to_lower_ascii(text).find(base::to_lower_ascii(part)) != std::string::npos;
}

// Jira finds by the beginning of display name and address; of addresses that are hidden it finds
// none but the whole: developer.atlassian.com/cloud/jira/platform/rest/v3/
// api-group-group-and-user-picker/ ("An exact match is required").
bool owns(const Value& user, const std::string& email, bool match_hidden) {
  const std::string shown = text_at(user, "emailAddress");
  if (!shown.empty()) return base::equals_ignoring_case(shown, email);
  return match_hidden && !contains_ignoring_case(text_at(user, "displayName"), email);
}

void add_distinct(std::vector<std::string>& accounts, std::string account) {
  if (std::ranges::find(accounts, account) == accounts.end()) {
    accounts.push_back(std::move(account));
  }
}

Error unexpected(std::string_view doing) {
  return {ErrorKind::kMalformed, "people_unavailable",
          fmt::format("Jira's answer to {} is no list of people.", doing)};
}

}  // namespace

struct JiraUsers::Listing {
  std::vector<std::vector<std::string>> accounts;  // by address
  bool hides_addresses = false;
};

// Pages may hold fewer than asked for before the last, so only an empty one is the end.
Result<JiraUsers::Listing> JiraUsers::list(std::span<const std::string> emails, const Stop& stop) {
  constexpr std::string_view kDoing = "listing people";
  std::unordered_map<std::string, std::size_t> wanted;
  for (std::size_t i = 0; i < emails.size(); ++i) wanted[base::to_lower_ascii(emails[i])] = i;
  Listing listing;
  listing.accounts.resize(emails.size());
  std::size_t start = 0;
  for (std::size_t page = 0; page < kMostPages; ++page) {
    const json::Document answer =
        TRY(api_.read_jira({.doing = kDoing,
                            .path = fmt::format("/rest/api/3/users/search?startAt={}&maxResults={}",
                                                start, kAccountsPerPage)},
                           stop));
    if (!answer.root().is_array()) return unexpected(kDoing);
    for (const Value& user : answer.root().items()) {
      if (!is_person(user)) continue;
      const std::string shown = text_at(user, "emailAddress");
      if (shown.empty()) listing.hides_addresses = true;
      const auto found = wanted.find(base::to_lower_ascii(shown));
      if (found == wanted.end()) continue;
      add_distinct(listing.accounts[found->second], text_at(user, "accountId"));
    }
    if (answer.root().items().empty()) return listing;
    start += answer.root().items().size();
  }
  return Error{ErrorKind::kLimit, "people_unavailable",
               fmt::format("Jira's list of people has no end after {} pages.", kMostPages)};
}

Result<std::vector<std::string>> JiraUsers::search_one(const std::string& email, const Stop& stop) {
  constexpr std::string_view kDoing = "searching for people";
  const json::Document answer =
      TRY(api_.read_jira({.doing = kDoing,
                          .path = fmt::format("/rest/api/3/user/search?query={}&maxResults={}",
                                              base::percent_encode(email), kHitsPerSearch)},
                         stop));
  if (!answer.root().is_array()) return unexpected(kDoing);
  std::vector<std::string> accounts;
  for (const Value& user : answer.root().items()) {
    if (!is_person(user) || !owns(user, email, api_.settings().match_hidden)) continue;
    add_distinct(accounts, text_at(user, "accountId"));
  }
  return accounts;
}

Status JiraUsers::search(std::span<const std::string> emails, std::span<const std::size_t> wanted,
                         const People::OnFound& on_found, const Stop& stop) {
  while (!wanted.empty()) {
    const std::span<const std::size_t> batch = wanted.first(std::min(kBatch, wanted.size()));
    wanted = wanted.subspan(batch.size());
    std::vector<FoundAccounts> found(batch.size());
    Status searched = for_each_in_flight(
        api_.scheduler(), kInFlight, batch.size(),
        [&](std::size_t i, const Stop& inner) -> Status {
          found[i].email = batch[i];
          found[i].accounts = TRY(search_one(emails[batch[i]], inner));
          return {};
        },
        stop);
    TRY(std::move(searched));
    TRY(on_found(found));
  }
  return {};
}

Status JiraUsers::find(std::span<const std::string> emails, const People::OnFound& on_found,
                       const Stop& stop) {
  std::vector<std::size_t> wanted(emails.size());
  std::iota(wanted.begin(), wanted.end(), std::size_t{0});
  if (emails.size() <= kSearchAtMost) return search(emails, wanted, on_found, stop);
  Listing listing = TRY(list(emails, stop));
  const bool search_rest = listing.hides_addresses && api_.settings().match_hidden;
  std::vector<FoundAccounts> found;
  std::erase_if(wanted, [&](std::size_t email) {
    if (listing.accounts[email].empty() && search_rest) return false;
    found.push_back({email, std::move(listing.accounts[email])});
    return true;
  });
  TRY(on_found(found));
  return search(emails, wanted, on_found, stop);
}

}  // namespace muster::assets
