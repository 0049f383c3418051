// The accounts of the imitated Jira site: the people of the world, as Jira knows them.
//
// Most people have one account with the address of their mailbox. A few have none, only one that is
// switched off or a customer's, or two; some hide their address, some have it in capitals. Besides
// there are look-alikes that a search by the beginning of a text finds too, and apps.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sandbox/world/world.h"

namespace muster::sandbox::jira {

struct Account {
  std::string id;
  std::string type = "atlassian";  // or "customer", "app"
  std::string email{};             // as Jira knows it
  std::string display_name{};
  bool hides_email = false;
  bool active = true;
  bool deleted = false;  // counts as a place in lists and is never shown
};

class Accounts {
 public:
  Accounts(const world::World& world, std::uint64_t seed, std::string_view admin_email);

  const std::vector<Account>& all() const { return all_; }  // by id
  const Account* find(std::string_view id) const;           // nullptr: there is none
  const Account& admin() const { return *find(admin_id_); }

 private:
  void add_person(const world::World& world, std::uint32_t index, std::uint64_t seed);

  std::vector<Account> all_;
  std::unordered_map<std::string, std::size_t> places_;
  std::string admin_id_;
};

}  // namespace muster::sandbox::jira
