// People in Assets and their Jira accounts: what an import cannot bring.
//
// Attributes of type user are not part of an import: its mapping cannot name them
// (https://github.com/lucastheisen/learn-atlassian-forge-assets-import-app, NOTES.md). Objects get
// them afterwards, one by one, from somebody who may edit them: here an account with its API token,
// or a Bearer token.
//
// Order of calls: open() -> read() -> find() and write(), as often as wanted; check() at any time.
// One thread calls;
// find() and write() keep a few requests under way by themselves. E-mail addresses and account ids
// stand in no error, log or counter.
//
//   TRY(people.open(objects, stop));
//   TRY(people.read([&](Person person) { all.push_back(std::move(person)); }, stop));
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "assets/jsm_assets.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/http.h"

namespace muster::assets {

struct PeopleSettings {
  std::string site_url;                               // https://your.atlassian.net
  std::string api_url = "https://api.atlassian.com";  // of Assets, and of both with a Bearer token
  std::string account;  // whose API token `token` is; empty: it is a Bearer token
  base::Secret token;
  std::shared_ptr<const net::Trust> trust;
  std::uint32_t attempts = 10;  // per call
  base::Duration max_wait = std::chrono::minutes(15);
  std::uint32_t requests_per_minute = 500;  // to Jira, and as many to Assets
  // An account whose address is hidden and that Jira finds by the whole address is taken for its
  // owner's: of hidden addresses Jira finds no part (people.cc says where that is written).
  bool match_hidden = true;
};

// Which objects, and what their attributes are called in Assets.
struct PeopleObjects {
  std::string target;     // Readiness::target of the import
  std::string type_id;    // TypeOutcome::id
  std::string type_name;  // for messages
  std::string key_attribute;
  std::string email_attribute;
  std::string account_attribute;  // made when the type has none of this name
};

struct Person {
  std::string object_id;
  std::string object_key;  // "ITSM-88"
  std::string key;         // of the record it was imported from
  std::string email;       // empty: none
  std::vector<std::string> accounts;
};

struct FoundAccounts {
  std::size_t email = 0;              // index into what was asked for
  std::vector<std::string> accounts;  // all that have the address
};

struct AccountChange {
  std::string object_id;
  std::string account;
};

enum class Written { kNot, kDone, kRefused, kGone };

struct PeopleTraffic {
  std::uint64_t requests = 0;
  std::uint64_t throttled = 0;
  double waited_seconds = 0;
};

// Errors: kDenied `people_sign_in`, `people_permission`; kSettings, kConflict, kMissing
// `people_settings`; kUnavailable, kThrottled, kMalformed `people_unavailable`; kCancelled; what
// net::HttpClient says of addresses and certificates.
class People {
 public:
  using OnPerson = std::function<void(Person)>;
  // A batch of answers. An error ends the search.
  using OnFound = std::function<base::Status(std::span<const FoundAccounts>)>;

  virtual ~People() = default;
  // Looks only: can the account sign in and search for people, and are the site's Assets those of
  // `target` (Readiness::target)?
  virtual base::Status check(const std::string& target, const base::Stop& stop) = 0;
  // As check(), and finds or makes the attribute.
  virtual base::Status open(const PeopleObjects& objects, const base::Stop& stop) = 0;
  // Every object of the type once.
  virtual base::Status read(const OnPerson& on_person, const base::Stop& stop) = 0;
  // `emails` are distinct, also when case is ignored. Each is answered once.
  virtual base::Status find(std::span<const std::string> emails, const OnFound& on_found,
                            const base::Stop& stop) = 0;
  // What became of each change, also when this ends with an error. The same again is harmless.
  virtual base::Status write(std::span<const AccountChange> changes, std::vector<Written>& written,
                             const base::Stop& stop) = 0;
  virtual PeopleTraffic traffic() const = 0;
};

std::unique_ptr<People> make_people(PeopleSettings settings, JsmTools tools);

}  // namespace muster::assets
