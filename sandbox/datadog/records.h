// The objects of each data set, and how each is written: shared by the lists and by the truth.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "json/writer.h"
#include "sandbox/datadog/organisation.h"

namespace muster::sandbox::datadog {

struct HostParts {
  bool metadata = true;
  bool muted = true;
  std::uint64_t noise = 0;  // metrics are other ones in every answer
};
void write_host(json::Writer& out, const Organisation& of, std::uint32_t host,
                const HostParts& parts);

void write_user(json::Writer& out, const Organisation& of, std::uint32_t user);
void write_role(json::Writer& out, const Organisation& of, std::uint32_t role);
void write_team(json::Writer& out, const Organisation& of, std::uint32_t team);
void write_membership(json::Writer& out, const Organisation& of, std::uint32_t team,
                      std::uint32_t user);
void write_monitor(json::Writer& out, const Organisation& of, std::uint32_t monitor);
void write_slo(json::Writer& out, const Organisation& of, std::uint32_t slo);
void write_dashboard(json::Writer& out, const Organisation& of, std::uint32_t dashboard);
void write_synthetic(json::Writer& out, const Organisation& of, std::uint32_t test);
void write_entity(json::Writer& out, const Organisation& of, std::uint32_t entity);
void write_relation(json::Writer& out, const Organisation& of, const CatalogRelation& relation);
void write_container(json::Writer& out, const Organisation& of, std::uint32_t container);
void write_image(json::Writer& out, const Organisation& of, std::uint32_t image);
void write_aws_account(json::Writer& out, const Organisation& of, std::uint32_t account);
void write_gcp_account(json::Writer& out, const Organisation& of, std::uint32_t account);
void write_azure_account(json::Writer& out, const Organisation& of, std::uint32_t account);

std::vector<std::string> monitor_tags(const Organisation& of, std::uint32_t monitor);
std::vector<std::string> slo_tags(const Organisation& of, std::uint32_t slo);
std::string_view role_name(std::uint32_t role);
std::string user_status(const Organisation& of, std::uint32_t user);

// What is there after all edits, in the order in which lists show it.
std::vector<std::uint32_t> kept_hosts(const Organisation& of, const world::Edits& edits,
                                      std::int64_t since);
std::vector<std::uint32_t> kept_users(const Organisation& of, const world::Edits& edits);
std::vector<std::uint32_t> kept_teams(const Organisation& of, const world::Edits& edits);
// Containers run on hosts that report now: host * kContainersPerHost + position.
inline constexpr std::uint32_t kContainersPerHost = 4;
std::vector<std::uint32_t> kept_containers(const Organisation& of, const world::Edits& edits);
std::vector<std::uint32_t> entities(const Organisation& of, bool with_discovered);
std::vector<std::uint32_t> numbers_to(std::uint32_t count);

template <typename List, typename Write>
void write_array(json::Writer& out, const List& list, Write write) {
  out.begin_array();
  for (const auto& each : list) write(out, each);
  out.end_array();
}
void write_texts(json::Writer& out, std::span<const std::string> texts);

}  // namespace muster::sandbox::datadog
