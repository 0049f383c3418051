#include "catalogue/model.h"

#include <algorithm>
#include <array>
#include <utility>

namespace muster::catalogue {
namespace {

constexpr std::array kAttributeTypes = {
    std::pair{AttributeType::kText, std::string_view("text")},
    std::pair{AttributeType::kInteger, std::string_view("integer")},
    std::pair{AttributeType::kBoolean, std::string_view("boolean")},
    std::pair{AttributeType::kDouble, std::string_view("double")},
    std::pair{AttributeType::kDate, std::string_view("date")},
    std::pair{AttributeType::kTime, std::string_view("time")},
    std::pair{AttributeType::kDateTime, std::string_view("date_time")},
    std::pair{AttributeType::kUrl, std::string_view("url")},
    std::pair{AttributeType::kEmail, std::string_view("email")},
    std::pair{AttributeType::kTextarea, std::string_view("textarea")},
    std::pair{AttributeType::kSelect, std::string_view("select")},
    std::pair{AttributeType::kIpAddress, std::string_view("ipaddress")},
    std::pair{AttributeType::kReference, std::string_view("reference")},
    std::pair{AttributeType::kStatus, std::string_view("status")},
};

constexpr std::array kIdentifierKinds = {
    std::pair{IdentifierKind::kSerialNumber, std::string_view("serial_number")},
    std::pair{IdentifierKind::kDeviceId, std::string_view("device_id")},
    std::pair{IdentifierKind::kEmail, std::string_view("email")},
};

template <typename Named>
const Named* find_named(const std::vector<Named>& list, std::string_view name) {
  const auto found = std::ranges::find(list, name, &Named::name);
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

std::string_view to_string(AttributeType type) {
  for (const auto& [known, text] : kAttributeTypes) {
    if (known == type) return text;
  }
  return "text";
}

std::optional<AttributeType> attribute_type(std::string_view text) {
  for (const auto& [type, known] : kAttributeTypes) {
    if (known == text) return type;
  }
  return std::nullopt;
}

std::string_view to_string(IdentifierKind kind) {
  for (const auto& [known, text] : kIdentifierKinds) {
    if (known == kind) return text;
  }
  return "";
}

std::optional<IdentifierKind> identifier_kind(std::string_view text) {
  for (const auto& [kind, known] : kIdentifierKinds) {
    if (known == text) return kind;
  }
  return std::nullopt;
}

const std::vector<std::string>& identifier_kinds() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const auto& [kind, text] : kIdentifierKinds) names.emplace_back(text);
    return names;
  }();
  return kNames;
}

const Attribute* DataSet::find_attribute(std::string_view attribute_name) const {
  return find_named(attributes, attribute_name);
}

const Reference* DataSet::find_reference(std::string_view reference_name) const {
  return find_named(references, reference_name);
}

const DataSet* Source::find_data_set(std::string_view data_set) const {
  return find_named(data_sets, data_set);
}

const Relation* Source::find_relation(std::string_view relation) const {
  return find_named(relations, relation);
}

const ConnectionField* Source::find_field(std::string_view field) const {
  return find_named(connection, field);
}

const Address* Source::find_address(std::string_view address) const {
  return find_named(addresses, address);
}

const LaneRule* Source::find_lane(std::string_view lane) const { return find_named(lanes, lane); }

const Permission* Source::find_permission(std::string_view permission) const {
  return find_named(permissions, permission);
}

const LookupTable* Source::find_table(std::string_view table) const {
  return find_named(tables, table);
}

}  // namespace muster::catalogue
