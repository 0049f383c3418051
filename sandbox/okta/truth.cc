#include "sandbox/okta/truth.h"

#include "json/writer.h"
#include "sandbox/append.h"
#include "sandbox/okta/text.h"

namespace muster::sandbox::okta {
namespace {

struct Objects {
  std::string_view name;
  Rows (Org::*rows)(View) const;
};
constexpr Objects kObjects[] = {{"users", &Org::users},
                                {"groups", &Org::groups},
                                {"applications", &Org::apps},
                                {"devices", &Org::devices}};

struct Pairs {
  std::string_view name;
  Kind parent;
  Rows (Org::*rows)(View, std::uint32_t) const;
};
constexpr Pairs kPairs[] = {{"group_members", Kind::kGroup, &Org::group_users},
                            {"application_users", Kind::kApp, &Org::app_users},
                            {"application_groups", Kind::kApp, &Org::app_groups},
                            {"device_users", Kind::kDevice, &Org::device_users},
                            {"group_roles", Kind::kGroup, &Org::group_roles},
                            {"user_roles", Kind::kUser, &Org::user_roles}};

// Calls `each` with every row that is there, as (parent's id, rows, row).
template <typename Each>
void walk(const Org& org, const View& view, const Objects& objects, Each each) {
  const Rows rows = (org.*objects.rows)(view);
  for (std::uint64_t place = 0; place < rows.size; ++place) {
    if (const auto row = rows.at(place)) each(std::string(), rows, *row);
  }
}

template <typename Each>
void walk(const Org& org, const View& view, const Pairs& pairs, Each each) {
  for (std::uint32_t parent = 0; parent < org.count(pairs.parent); ++parent) {
    if (!org.has(pairs.parent, parent, view)) continue;
    const Rows rows = (org.*pairs.rows)(view, parent);
    const std::string from = org.ids().make(pairs.parent, parent);
    for (std::uint64_t place = 0; place < rows.size; ++place) {
      if (const auto row = rows.at(place)) each(from, rows, *row);
    }
  }
}

template <typename Set>
std::uint64_t count(const Org& org, const View& view, const Set& set) {
  std::uint64_t count = 0;
  walk(org, view, set, [&](const std::string&, const Rows&, Rows::Row) { ++count; });
  return count;
}

void append_object(std::string& out, const std::string&, const Rows& rows, Rows::Row row) {
  rows.append(out, row);
}

void append_pair(std::string& out, const std::string& from, const Rows& rows, Rows::Row row) {
  out += '{';
  member(out, "from", from);
  member(out, "to", rows.id(row));
  out += '}';
}

template <typename Set>
std::string page(const Org& org, const View& view, const Set& set, std::uint64_t offset,
                 std::uint64_t limit, decltype(&append_object) append) {
  std::string values;
  std::uint64_t seen = 0;
  walk(org, view, set, [&](const std::string& from, const Rows& rows, Rows::Row row) {
    const std::uint64_t number = seen++;
    if (number < offset || number - offset >= limit) return;
    if (!values.empty()) values += ',';
    append(values, from, rows, row);
  });
  std::string out = "{";
  member(out, "data_set", set.name);
  member_raw(out, "count", std::to_string(seen));
  out += ",\"value\":[" + values + ']';
  if (seen > offset && seen - offset > limit)
    member_raw(out, "next", std::to_string(offset + limit));
  return out + '}';
}

}  // namespace

std::string truth_summary(const Org& org, const View& view) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  for (const Objects& set : kObjects) writer.key(set.name).number(count(org, view, set));
  for (const Pairs& set : kPairs) writer.key(set.name).number(count(org, view, set));
  writer.end_object();
  return out;
}

std::optional<std::string> truth_page(const Org& org, const View& view, std::string_view data_set,
                                      std::uint64_t offset, std::uint64_t limit) {
  for (const Objects& set : kObjects) {
    if (set.name == data_set) return page(org, view, set, offset, limit, append_object);
  }
  for (const Pairs& set : kPairs) {
    if (set.name == data_set) return page(org, view, set, offset, limit, append_pair);
  }
  return std::nullopt;
}

}  // namespace muster::sandbox::okta
