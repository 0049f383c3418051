// A kind of row as a declared table: which properties it has, whether a list shows them, and how
// each is written. Everything else (selection, filters, truth) is derived from it.
//
//   const Column<User> kColumns[] = {
//     {"id", Shown::kDefault, [](std::string& out, const User& user) { put_text(out,
//     user.id.view()); }},
//   };
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/append.h"
#include "sandbox/world/edits.h"
#include "sandbox/world/world.h"

namespace muster::sandbox::graph {

enum class Shown : std::uint8_t {
  kDefault,     // without $select
  kSelectable,  // only when $select names it
  kSingleOnly,  // kept outside the directory: 501 on a list
  kGuarded,     // selectable, but null without a permission of its own (Column::role)
  kSingleBeta,  // null everywhere but in /beta, of a single object, when $select names it
};

// A writer that appends nothing leaves the property out (signInActivity of who never signed in).
template <typename Row>
struct Column {
  std::string_view name;
  Shown shown;
  void (*append)(std::string& out, const Row& row);
  std::string_view role{};      // for kGuarded
  std::string_view in_lists{};  // what a list shows instead, whatever the object has
};

// Which columns, in what order, with their keys ready to append.
struct Selection {
  struct Item {
    std::uint16_t column;
    std::string key;           // "displayName":
    std::string_view fixed{};  // shown of every row instead of its own value; empty: its own
    std::vector<const world::Edit*> edits{};
  };
  std::vector<Item> items;
};

class Table {
 public:
  Table(std::string_view type, std::string_view context) : type_(type), context_(context) {}
  virtual ~Table() = default;

  std::string_view type() const {
    return type_;
  }  // "#microsoft.graph.user"; empty: not polymorphic
  std::string_view context() const { return context_; }  // "users"

  virtual std::uint32_t column_count() const = 0;
  virtual std::string_view name(std::uint32_t column) const = 0;
  virtual Shown shown(std::uint32_t column) const = 0;
  virtual std::string_view role(std::uint32_t column) const = 0;
  virtual std::string_view in_lists(std::uint32_t column) const = 0;
  std::optional<std::uint16_t> find(std::string_view column) const;

  // `"id":"...","mail":null` without braces.
  virtual void append_members(std::string& out, const world::World& world, std::uint32_t index,
                              const Selection& selection) const = 0;
  virtual void append_value(std::string& out, const world::World& world, std::uint32_t index,
                            std::uint32_t column) const = 0;

  Selection defaults() const;
  Selection everything() const;  // but what is kept outside the directory

 private:
  std::string_view type_;
  std::string_view context_;
};

// The edit that decides about this row; nullptr: none.
inline const world::Edit* edit_of(const Selection::Item& item, std::uint32_t index) {
  for (const world::Edit* edit : item.edits) {
    if (edit->hits(index)) return edit;
  }
  return nullptr;
}
// Lets the edits of a kind show in its selection, which must not outlive them.
void apply_edits(Selection& selection, const world::Edits& edits, world::Kind kind);
void add_column(Selection& selection, std::uint16_t column, std::string_view name);

template <typename Row>
class TableOf : public Table {
 public:
  TableOf(std::string_view type, std::string_view context, std::span<const Column<Row>> columns)
      : Table(type, context), columns_(columns) {}

  std::uint32_t column_count() const override {
    return static_cast<std::uint32_t>(columns_.size());
  }
  std::string_view name(std::uint32_t column) const override { return columns_[column].name; }
  Shown shown(std::uint32_t column) const override { return columns_[column].shown; }
  std::string_view role(std::uint32_t column) const override { return columns_[column].role; }
  std::string_view in_lists(std::uint32_t column) const override {
    return columns_[column].in_lists;
  }

  void append_members(std::string& out, const world::World& world, std::uint32_t index,
                      const Selection& selection) const override {
    const Row row(world, index);
    const std::size_t start = out.size();
    for (const Selection::Item& item : selection.items) {
      const std::size_t before = out.size();
      if (before != start) out += ',';
      out += item.key;
      const std::size_t value = out.size();
      if (!item.fixed.empty()) {
        out += item.fixed;
      } else if (const world::Edit* edit = edit_of(item, index)) {
        out += edit->json;
      } else {
        columns_[item.column].append(out, row);
      }
      if (out.size() == value) out.resize(before);
    }
  }

  void append_value(std::string& out, const world::World& world, std::uint32_t index,
                    std::uint32_t column) const override {
    columns_[column].append(out, Row(world, index));
  }

 private:
  std::span<const Column<Row>> columns_;
};

const Table& user_table();
const Table& group_table();
const Table& device_table();
const Table& contact_table();
const Table& application_table();
const Table& service_principal_table();
const Table& assignment_table();  // index: service principal * kAssignmentStride + position
const Table& administrative_unit_table();
const Table& scoped_role_table();  // index: administrative unit
const Table& role_table();
const Table& role_definition_table();
const Table& role_assignment_table();  // index: role * kRoleStride + position
const Table& sku_table();
const Table& organization_table();
const Table& domain_table();
const Table& policy_table();
// Intune
const Table& managed_device_table();
const Table& managed_overview_table();
const Table& detected_app_table();  // index: world::programs()
const Table& device_category_table();
const Table& compliance_policy_table();
const Table& policy_assignment_table();  // index: a group, or kToAllDevices
inline constexpr std::uint32_t kToAllDevices = ~std::uint32_t{0};
const Table& policy_state_table();  // index: device * world::kPolicyStride + policy
const Table& device_configuration_table();
std::uint32_t device_configuration_count();
const Table& mobile_app_table();
std::uint32_t mobile_app_count();
const Table& autopilot_table();  // index: device
// Of the five kinds that can be members, and the ones that can own; nullptr for others.
const Table* table_of(world::Kind kind);

}  // namespace muster::sandbox::graph
