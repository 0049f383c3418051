// An Okta org over the sandbox's world: who and what is in it, and how Okta writes it down.
//
// Everybody of the world but rooms has an account, in all states. A deactivated account stays in
// its groups (whether Okta shows it there is not documented) and loses its applications. The first
// group is the built-in Everyone. Applications are the world's service principals. Devices are all
// but the Linux ones, which Okta Verify does not know.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sandbox/okta/ids.h"
#include "sandbox/world/edits.h"
#include "sandbox/world/world.h"

namespace muster::sandbox::okta {

// One list before it is cut into pages. A row is a number that only means something here.
struct Rows {
  using Row = std::uint64_t;
  std::uint64_t size = 0;                                     // places
  std::function<std::optional<Row>(std::uint64_t place)> at;  // nullopt: nothing is there
  std::function<std::string(Row row)> id;
  std::function<void(std::string& out, Row row)> append;  // as JSON
};

// How a caller wants to see things.
struct View {
  std::shared_ptr<const world::Edits> edits;
  std::string base{};  // what links begin with: "http://127.0.0.1:9090/okta"
  bool credentials = true;
  bool transition = true;  // transitioningToStatus
  bool deactivated = false;
  std::string_view expand{};
};

class Org {
 public:
  Org(const world::World& world, std::uint64_t seed) : world_(world), ids_(seed) {}

  const Ids& ids() const { return ids_; }
  // False for what is not in this org, or was removed.
  bool has(Kind kind, std::uint32_t index, const View& view) const;
  std::uint32_t count(Kind kind) const;  // numbers in use; some mean nothing

  Rows users(View view) const;
  Rows groups(View view) const;
  Rows apps(View view) const;
  Rows devices(View view) const;
  Rows group_users(View view, std::uint32_t group) const;
  Rows user_groups(View view, std::uint32_t user) const;
  Rows app_users(View view, std::uint32_t app) const;
  Rows app_groups(View view, std::uint32_t app) const;
  Rows device_users(View view, std::uint32_t device) const;
  Rows user_roles(View view, std::uint32_t user) const;
  Rows group_roles(View view, std::uint32_t group) const;
  Rows administrators(View view) const;  // users with a role
  Rows custom_roles() const;

 private:
  static bool has_admin_roles(std::uint32_t group) { return group % 6 == 2; }
  std::uint32_t everyone() const { return world_.sizes().groups; }
  bool is_deactivated(std::uint32_t user) const;
  bool is_member(std::uint32_t group, std::uint32_t user, const View& view) const;
  Rows numbered(Kind kind, View view,
                void (Org::*append)(std::string&, std::uint32_t, const View&) const) const;

  void append_user(std::string& out, std::uint32_t user, const View& view) const;
  void append_profile(std::string& out, std::uint32_t user) const;
  void append_group(std::string& out, std::uint32_t group, const View& view) const;
  void append_group_profile(std::string& out, std::uint32_t group) const;
  void append_app(std::string& out, std::uint32_t app, const View& view) const;
  void append_device(std::string& out, std::uint32_t device, const View& view) const;
  void append_device_profile(std::string& out, std::uint32_t device) const;
  void append_device_user(std::string& out, std::uint32_t user, const View& view) const;
  // `whose`: USER or GROUP, whose id is `id`.
  void append_role(std::string& out, std::uint32_t role, std::string_view whose,
                   const std::string& id, const View& view) const;
  void append_link(std::string& out, std::string_view name, const View& view,
                   std::string_view path) const;

  const world::World& world_;
  Ids ids_;
};

}  // namespace muster::sandbox::okta
