// What the server really holds, whatever it shows.
#include <functional>
#include <map>

#include "sandbox/jamf/classic.h"
#include "sandbox/jamf/jamf_service.h"

namespace muster::sandbox::jamf {
namespace {

// One data set: so many rows, each written on demand.
struct DataSet {
  std::uint64_t count = 0;
  std::function<void(Fields& fields, std::uint64_t at)> append{};
};

const RecordKind* const kKinds[] = {&computer_kind(),
                                    &mobile_kind(),
                                    &user_kind(),
                                    &building_kind(),
                                    &department_kind(),
                                    &category_kind(),
                                    &site_kind(),
                                    &computer_group_kind(),
                                    &mobile_group_kind(),
                                    &computer_attribute_kind(),
                                    &mobile_attribute_kind(),
                                    &computer_prestage_kind(),
                                    &mobile_prestage_kind()};

using Pair = std::pair<std::int64_t, std::int64_t>;

DataSet pairs(std::vector<Pair> list) {
  const std::uint64_t count = list.size();
  return {count, [list = std::move(list)](Fields& fields, std::uint64_t at) {
            fields.begin().id("from", list[at].first).id("to", list[at].second).end();
          }};
}

world::Device device_of(const Estate& estate, std::uint32_t at, bool mobile) {
  return {estate.world, mobile ? estate.mobiles[at] : estate.computers[at].device};
}

DataSet group_members(const Estate& estate, const world::Edits& edits, bool mobile) {
  std::vector<Pair> list;
  const RecordKind& kind = mobile ? mobile_kind() : computer_kind();
  for (const std::uint32_t at : shown_records(kind, estate, edits)) {
    const world::Device device = device_of(estate, at, mobile);
    for (const Group& group : mobile ? mobile_groups() : computer_groups()) {
      if (group.has(world::Hardware(device))) list.emplace_back(group.id, at + 1);
    }
  }
  return pairs(std::move(list));
}

// Programs with name, version and bundle id: each once, or each with the machines it is on.
DataSet programs(const Estate& estate, const world::Edits& edits, bool mobile, bool with_machines) {
  struct Row {
    Installed program;
    std::int64_t machine = 0;
  };
  std::map<std::tuple<std::string, std::string, std::string, std::int64_t>, Row> rows;
  const RecordKind& kind = mobile ? mobile_kind() : computer_kind();
  for (const std::uint32_t at : shown_records(kind, estate, edits)) {
    for (const Installed& program : installed_on(device_of(estate, at, mobile))) {
      const std::int64_t machine = with_machines ? at + 1 : 0;
      rows[{program.name, program.version, program.bundle_id, machine}] = {program, machine};
    }
  }
  std::vector<Row> list;
  for (auto& [key, row] : rows) list.push_back(std::move(row));
  const std::uint64_t count = list.size();
  return {count, [list = std::move(list), with_machines](Fields& fields, std::uint64_t at) {
            const Row& row = list[at];
            fields.begin().text("name", row.program.name).text("version", row.program.version);
            fields.text("bundleId", row.program.bundle_id);
            if (with_machines) fields.id("from", row.machine);
            fields.end();
          }};
}

std::vector<std::pair<std::string_view, DataSet>> data_sets(const Estate& estate,
                                                            const world::Edits& edits) {
  std::vector<std::pair<std::string_view, DataSet>> all;
  for (const RecordKind* kind : kKinds) {
    std::vector<std::uint32_t> records = shown_records(*kind, estate, edits);
    const std::uint64_t count = records.size();
    all.emplace_back(kind->name, DataSet{count, [&estate, kind, records = std::move(records)](
                                                    Fields& fields, std::uint64_t at) {
                                           kind->append(fields, estate, records[at], {});
                                         }});
  }
  for (const ClassicKind& kind : classic_kinds()) {
    std::vector<std::int64_t> ids = kind.ids(estate, edits);
    const std::uint64_t count = ids.size();
    all.emplace_back(kind.name, DataSet{count, [&estate, &kind, ids = std::move(ids)](
                                                   Fields& fields, std::uint64_t at) {
                                          fields.out.raw(kind.object(estate, ids[at]));
                                        }});
  }
  all.emplace_back("computer_group_members", group_members(estate, edits, false));
  all.emplace_back("mobile_device_group_members", group_members(estate, edits, true));
  all.emplace_back("applications", programs(estate, edits, false, false));
  all.emplace_back("mobile_applications", programs(estate, edits, true, false));
  all.emplace_back("computer_applications", programs(estate, edits, false, true));
  all.emplace_back("mobile_device_applications", programs(estate, edits, true, true));
  return all;
}

}  // namespace

std::string JamfService::truth_summary() const {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  for (const auto& [name, set] : data_sets(estate_, *edits_.current())) {
    writer.key(name).number(set.count);
  }
  writer.end_object();
  return out;
}

std::optional<std::string> JamfService::truth_page(std::string_view data_set, std::uint64_t offset,
                                                   std::uint64_t limit) const {
  for (const auto& [name, set] : data_sets(estate_, *edits_.current())) {
    if (name != data_set) continue;
    std::string out;
    json::Writer writer(out);
    Fields fields(writer);
    fields.begin().text("data_set", name).number("count", static_cast<std::int64_t>(set.count));
    const std::uint64_t end = std::min(set.count, offset + limit);
    fields.list("value", [&](Fields& items) {
      for (std::uint64_t at = offset; at < end; ++at) set.append(items, at);
    });
    if (end < set.count) fields.number("next", static_cast<std::int64_t>(end));
    fields.end();
    return out;
  }
  return std::nullopt;
}

}  // namespace muster::sandbox::jamf
