#include "sandbox/datadog/truth.h"

#include <algorithm>

#include "sandbox/datadog/records.h"

namespace muster::sandbox::datadog {
namespace {

using Numbers = std::vector<std::uint32_t>;
using Out = json::Writer&;

struct View {
  const Organisation& of;
  const world::Edits& edits;
  std::int64_t now;
};

struct Objects {
  std::string_view name;
  Numbers (*rows)(const View& view);
  void (*write)(Out out, const Organisation& of, std::uint32_t row);
};

template <std::uint32_t (Organisation::*kCount)() const>
Numbers all(const View& view) {
  return numbers_to((view.of.*kCount)());
}
template <std::uint32_t kCount>
Numbers fixed(const View&) {
  return numbers_to(kCount);
}

constexpr Objects kObjects[] = {
    {"hosts", [](const View& view) { return kept_hosts(view.of, view.edits, view.now - kKept); },
     [](Out out, const Organisation& of, std::uint32_t row) { write_host(out, of, row, {}); }},
    {"users", [](const View& view) { return kept_users(view.of, view.edits); }, write_user},
    {"roles", all<&Organisation::role_count>, write_role},
    {"teams", [](const View& view) { return kept_teams(view.of, view.edits); }, write_team},
    {"monitors", all<&Organisation::monitor_count>, write_monitor},
    {"slos", all<&Organisation::slo_count>, write_slo},
    {"dashboards", all<&Organisation::dashboard_count>, write_dashboard},
    {"synthetics", all<&Organisation::synthetic_count>, write_synthetic},
    {"entities", [](const View& view) { return entities(view.of, true); }, write_entity},
    {"containers", [](const View& view) { return kept_containers(view.of, view.edits); },
     write_container},
    {"container_images", all<&Organisation::image_count>, write_image},
    {"aws_accounts", fixed<3>, write_aws_account},
    {"gcp_accounts", fixed<2>, write_gcp_account},
    {"azure_accounts", fixed<2>, write_azure_account},
};

struct Pair {
  std::string from, to;
};

std::vector<Pair> team_members(const View& view) {
  std::vector<Pair> pairs;
  const Numbers users = kept_users(view.of, view.edits);
  for (const std::uint32_t team : kept_teams(view.of, view.edits)) {
    for (const std::uint32_t user : view.of.team_members(team)) {
      if (std::ranges::find(users, user) == users.end()) continue;
      pairs.push_back({view.of.uuid('t', team), view.of.uuid('u', user)});
    }
  }
  return pairs;
}

std::vector<Pair> dependencies(const View& view) {
  std::vector<Pair> pairs;
  for (const CatalogRelation& relation : catalog_relations(view.of)) {
    if (relation.type != "RelationTypeDependsOn") continue;
    pairs.push_back(
        {Entity(view.of, relation.from).reference(), Entity(view.of, relation.to).reference()});
  }
  return pairs;
}

struct Pairs {
  std::string_view name;
  std::vector<Pair> (*list)(const View& view);
};
constexpr Pairs kPairs[] = {{"team_members", team_members}, {"dependencies", dependencies}};

template <typename Rows, typename Write>
std::string page_of(std::string_view data_set, const Rows& rows, std::uint64_t offset,
                    std::uint64_t limit, Write write) {
  std::string text;
  json::Writer out(text);
  out.begin_object().key("data_set").string(data_set);
  out.key("count").number(std::uint64_t{rows.size()}).key("value").begin_array();
  const std::uint64_t end = std::min<std::uint64_t>(rows.size(), offset + limit);
  for (std::uint64_t at = offset; at < end; ++at) write(out, rows[at]);
  out.end_array();
  if (end < rows.size()) out.key("next").number(end);
  out.end_object();
  return text;
}

}  // namespace

std::string truth_summary(const Organisation& of, const world::Edits& edits, std::int64_t now) {
  const View view{of, edits, now};
  std::string text;
  json::Writer out(text);
  out.begin_object();
  for (const Objects& objects : kObjects) {
    out.key(objects.name).number(std::uint64_t{objects.rows(view).size()});
  }
  const std::size_t ever = kept_hosts(of, edits, 0).size();
  const std::size_t kept = kept_hosts(of, edits, now - kKept).size();
  out.key("hosts_forgotten").number(std::uint64_t{ever - kept});
  for (const Pairs& pairs : kPairs) {
    out.key(pairs.name).number(std::uint64_t{pairs.list(view).size()});
  }
  out.end_object();
  return text;
}

std::optional<std::string> truth_page(const Organisation& of, const world::Edits& edits,
                                      std::int64_t now, std::string_view data_set,
                                      std::uint64_t offset, std::uint64_t limit) {
  const View view{of, edits, now};
  for (const Objects& objects : kObjects) {
    if (objects.name != data_set) continue;
    return page_of(data_set, objects.rows(view), offset, limit,
                   [&](Out out, std::uint32_t row) { objects.write(out, of, row); });
  }
  for (const Pairs& pairs : kPairs) {
    if (pairs.name != data_set) continue;
    return page_of(data_set, pairs.list(view), offset, limit, [](Out out, const Pair& pair) {
      out.begin_object().key("from").string(pair.from).key("to").string(pair.to).end_object();
    });
  }
  return std::nullopt;
}

}  // namespace muster::sandbox::datadog
