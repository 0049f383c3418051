// For the tests of this room: a schema to send, a temporary folder, a destination's peer that
// answers from a script.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "assets/destination.h"
#include "catalogue/object_type.h"
#include "net/http.h"

namespace muster::assets {

class PassForTests {
 public:
  static Pass make() { return Pass(); }
};

}  // namespace muster::assets

namespace muster::assets::test {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "muster_assets_XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string path() const { return path_; }
  std::string file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Users who are members of groups and have a manager and a status.
inline catalogue::ObjectSchema identity_schema() {
  using catalogue::AttributeType;
  catalogue::ObjectType groups{.external_id = "muster/entra/groups",
                               .data_set = "groups",
                               .selector = "groups",
                               .name = "Entra Group",
                               .description = "Directory group",
                               .attributes = {{.external_id = "muster/entra/groups/id",
                                               .name = "Object ID",
                                               .locator = "id",
                                               .description = "Directory id",
                                               .is_key = true},
                                              {.external_id = "muster/entra/groups/display_name",
                                               .name = "Display Name",
                                               .locator = "display_name",
                                               .description = "",
                                               .is_label = true}}};
  catalogue::ObjectType users{.external_id = "muster/entra/users",
                              .data_set = "users",
                              .selector = "users",
                              .name = "Entra User",
                              .description = "Person account",
                              .attributes = {{.external_id = "muster/entra/users/id",
                                              .name = "Object ID",
                                              .locator = "id",
                                              .description = "Directory id",
                                              .is_key = true},
                                             {.external_id = "muster/entra/users/upn",
                                              .name = "UPN",
                                              .locator = "upn",
                                              .description = "Sign-in name",
                                              .type = AttributeType::kEmail,
                                              .is_label = true},
                                             {.external_id = "muster/entra/users/state",
                                              .name = "Account State",
                                              .locator = "state",
                                              .description = "Enabled or disabled",
                                              .type = AttributeType::kStatus,
                                              .statuses = {{"true", "Enabled", "active"},
                                                           {"false", "Disabled", "inactive"}}},
                                             {.external_id = "muster/entra/users/manager",
                                              .name = "Manager",
                                              .locator = "manager",
                                              .description = "Whom they report to",
                                              .type = AttributeType::kReference,
                                              .target_type = "muster/entra/users",
                                              .target_attribute = "Object ID"},
                                             {.external_id = "muster/entra/users/groups",
                                              .name = "Groups",
                                              .locator = "group_ids",
                                              .description = "Memberships",
                                              .type = AttributeType::kReference,
                                              .many = true,
                                              .target_type = "muster/entra/groups",
                                              .target_attribute = "Object ID"}}};
  return {.name = "IT Inventory",
          .description = "Identities and devices",
          .types = {std::move(groups), std::move(users)}};
}

inline net::Response answer(int status, std::string body = "",
                            std::vector<net::Header> headers = {}) {
  return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

// A caller that writes everything down.
inline const DeliveryNotes kNotes = {
    [] { return base::Status(); }, [](const std::optional<std::string>&) { return base::Status(); },
    [](const std::string&) { return base::Status(); }, [] { return base::Status(); }};

inline base::Error lost_answer() {
  return {base::ErrorKind::kUnavailable, "source_unavailable", "The connection was reset."};
}

}  // namespace muster::assets::test
