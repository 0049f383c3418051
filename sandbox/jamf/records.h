// Kinds of records that the Jamf Pro API lists, and how each is written.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sandbox/jamf/estate.h"
#include "sandbox/jamf/fields.h"
#include "sandbox/world/edits.h"

namespace muster::sandbox::jamf {

// What a request asks of each record.
struct Shape {
  std::uint32_t sections = ~std::uint32_t{0};  // bits by place in RecordKind::sections
  int version = 4;                             // of /api/vN/computers-inventory
  std::uint64_t turn = 0;                      // sections come in another order each time
};

struct RecordKind {
  std::string_view name;  // as a data set of the truth
  std::uint32_t (*count)(const Estate& estate);
  void (*append)(Fields& fields, const Estate& estate, std::uint32_t at, const Shape& shape);
  std::span<const std::string_view> sections{};  // as asked for: GENERAL, ...; empty: has none
  // The world's object that an edit may take away; kOther: none.
  world::Reference (*object)(const Estate& estate, std::uint32_t at) = nullptr;
  // Asked for strictly, a page with this record is an error.
  bool (*damaged)(std::uint32_t at) = nullptr;
  std::string_view key = "id";
};

const RecordKind& computer_kind();
const RecordKind& mobile_kind();
const RecordKind& short_mobile_kind();
const RecordKind& user_kind();
const RecordKind& building_kind();
const RecordKind& department_kind();
const RecordKind& category_kind();
const RecordKind& site_kind();
const RecordKind& computer_group_kind();
const RecordKind& smart_computer_group_kind();
const RecordKind& static_computer_group_kind();
const RecordKind& mobile_group_kind();
const RecordKind& smart_mobile_group_kind();
const RecordKind& static_mobile_group_kind();
const RecordKind& group_kind();  // of both sorts
const RecordKind& computer_attribute_kind();
const RecordKind& mobile_attribute_kind();
const RecordKind& computer_prestage_kind();
const RecordKind& mobile_prestage_kind();

// One section of a computer or mobile device: as asked for, as shown, and how its value is written.
template <typename Row>
struct Section {
  std::string_view asked, shown;
  void (*append)(Fields& fields, std::string_view shown, const Row& row);
};

template <typename Row, std::size_t count>
constexpr std::array<std::string_view, count> names_of(const Section<Row> (&sections)[count]) {
  std::array<std::string_view, count> names;
  for (std::size_t at = 0; at < count; ++at) names[at] = sections[at].asked;
  return names;
}

// One program on one machine, as both sorts of records list them.
struct Installed {
  std::string name, version, bundle_id;
  std::uint64_t bytes = 0;
};
std::vector<Installed> installed_on(const world::Device& device);

}  // namespace muster::sandbox::jamf
