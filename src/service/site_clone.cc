#include "service/site_clone.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/check.h"
#include "base/text.h"
#include "catalogue/yaml.h"
#include "store/importers.h"
#include "store/site_columns.h"
#include "store/site_copy.h"
#include "store/sites.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using catalogue::YamlNode;
using store::Cell;
using store::Row;
using store::Table;

YamlNode scalar(std::string text) {
  return {.kind = YamlNode::Kind::kScalar, .scalar = std::move(text), .quoted = true};
}

bool is_place_on_machine(const YamlNode& node) {
  return node.is_mapping() && node.members.size() == 1 && node.members[0].value.is_scalar() &&
         (node.members[0].key == "env" || node.members[0].key == "file");
}

// `path`: the keys that lead here.
void make_stored(YamlNode& node, const std::string& path) {
  if (is_place_on_machine(node)) {
    node.members[0].key = "secret";
    node.members[0].value = scalar(path);
    return;
  }
  for (catalogue::YamlMember& member : node.members) {
    std::string key = member.key;
    std::ranges::replace(key, '_', '-');
    make_stored(member.value, fmt::format("{}-{}", path, key));
  }
}

YamlNode* find(YamlNode& node, std::string_view key) {
  const auto found = std::ranges::find(node.members, key, &catalogue::YamlMember::key);
  return found == node.members.end() ? nullptr : &found->value;
}

Error missing(std::string_view site) {
  return {ErrorKind::kMissing, "no_such_site",
          fmt::format("There is no site {} in this store.", base::printable(site))};
}

Cell text(std::string_view value) {
  return {.is_null = false, .number = 0, .bytes = std::string(value)};
}
Cell number(std::int64_t value) { return {.is_null = false, .number = value, .bytes = {}}; }
std::int64_t micros(base::WallTime time) { return time.time_since_epoch().count(); }

// Copies rows of one site for another, changed on their way.
class Clone {
 public:
  Clone(const CloneSettings& settings, store::SiteSnapshot& from, store::SiteWriter& to)
      : settings_(settings), from_(from), to_(to) {}

  Result<std::uint64_t> copy(const store::Site& site);

 private:
  // Of the row that is being read.
  Cell& cell(Row& row, std::string_view column) const {
    const auto found = std::ranges::find(table_->columns, column, &store::Column::name);
    MUSTER_CHECK(found != table_->columns.end(), "the schema has the column");
    return row[static_cast<std::size_t>(found - table_->columns.begin())];
  }
  Status change_site(Row& row, const store::Site& site) const;
  Status change_version(Row& row) const;
  void change_importer(Row& row) const {
    cell(row, "paused") = number(1);
    cell(row, "last_tick") = number(micros(settings_.entry.at));
  }

  const CloneSettings& settings_;
  store::SiteSnapshot& from_;
  store::SiteWriter& to_;
  const Table* table_ = nullptr;
};

Status Clone::change_site(Row& row, const store::Site& site) const {
  cell(row, "name") = text(settings_.name);
  cell(row, "created") = number(micros(settings_.entry.at));
  cell(row, "kind") = text("sandbox");
  cell(row, "production") = text(site.production.empty() ? site.site : site.production);
  cell(row, "trial_from") = number(micros(settings_.trial_from));
  for (const store::SiteColumn& column : store::kSiteColumns) {
    using Rule = store::ColumnRule;
    if (column.rule == Rule::kContact) cell(row, column.name) = text("");
    if (column.rule == Rule::kHighest) cell(row, column.name) = number(0);
    if (column.rule == Rule::kStays || column.rule == Rule::kReturns) {
      cell(row, column.name) = Cell();
    }
  }
  return {};
}

Status Clone::change_version(Row& row) const {
  Cell& definition = cell(row, "definition");
  definition.bytes =
      TRY(definition_for_clone(definition.bytes, cell(row, "importer").bytes, settings_.to));
  cell(row, "changed") = number(micros(settings_.entry.at));
  cell(row, "changed_by") = text(settings_.entry.who);
  return {};
}

Result<std::uint64_t> Clone::copy(const store::Site& site) {
  std::uint64_t importers = 0;
  std::map<std::string, std::int64_t> in_force;
  const std::vector<Table> tables = from_.tables(settings_.from);
  const auto each = [&](std::string_view name, const auto& change) -> Status {
    table_ = &*std::ranges::find(tables, name, &Table::name);
    return from_.read(settings_.from, *table_, [&](Row row) { return change(std::move(row)); });
  };
  TRY(each("importers", [&](Row row) {
    in_force[cell(row, "importer").bytes] = cell(row, "version").number;
    return Status();
  }));
  for (const std::string_view name : {"sites", "importer_versions", "importers"}) {
    TRY(to_.begin_table(*std::ranges::find(tables, name, &Table::name)));
    const Status copied = each(name, [&](Row row) -> Status {
      if (name == "sites") {
        TRY(change_site(row, site));
      } else if (name == "importers") {
        change_importer(row);
        ++importers;
      } else {
        const auto newest = in_force.find(cell(row, "importer").bytes);
        if (newest == in_force.end() || newest->second != cell(row, "version").number) return {};
        TRY(change_version(row));
      }
      return to_.add(std::move(row));
    });
    if (!copied.ok()) return copied.error();
  }
  TRY(to_.end());
  return importers;
}

}  // namespace

Result<std::string> definition_for_clone(const std::string& definition, const std::string& importer,
                                         const std::string& site) {
  catalogue::YamlFile file = catalogue::parse_yaml(definition, importer);
  YamlNode* const importers = file.root.is_mapping() ? find(file.root, "importers") : nullptr;
  if (importers == nullptr) {
    return Error{
        ErrorKind::kUnavailable, "store_unavailable",
        fmt::format("What is stored of importer {} is damaged.", base::printable(importer))};
  }
  for (YamlNode& item : importers->items) {
    if (YamlNode* const connection = find(item, "connection")) make_stored(*connection, importer);
    YamlNode* const destination = find(item, "destination");
    if (destination == nullptr) continue;
    make_stored(*destination, importer + "-destination");
    if (YamlNode* const folder = find(*destination, "dir")) folder->scalar += "-" + site;
  }
  return catalogue::to_yaml(file.root);
}

Result<std::uint64_t> clone_site(const CloneSettings& settings) {
  const auto sites = TRY(store::open_sites(settings.database));
  const std::optional<store::Site> site = TRY(sites->find(settings.from));
  if (!site || site->kept_until) return missing(settings.from);
  if (TRY(sites->find(settings.to))) {
    return Error{
        ErrorKind::kConflict, "site_exists",
        fmt::format("There is a site {} already, or there was one.", base::printable(settings.to))};
  }
  const auto from = TRY(store::SiteSnapshot::open(settings.database));
  const auto to = TRY(store::SiteWriter::open(settings.database, {}));
  TRY(to->begin(settings.to));
  const std::uint64_t importers = TRY(Clone(settings, *from, *to).copy(*site));
  store::AuditEntry entry = settings.entry;
  entry.site = settings.to;
  entry.act = "site.cloned";
  entry.target = settings.to;
  entry.after = settings.from;
  TRY(to->note(entry));
  TRY(to->commit());
  return importers;
}

}  // namespace muster::service
