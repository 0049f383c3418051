#include "sandbox/assets/extraction.h"

#include "base/text.h"

namespace muster::sandbox::assets {
namespace {

using json::Value;

std::uint16_t position_of(std::vector<std::string>& list, const std::string& text) {
  const auto found = std::ranges::find(list, text);
  if (found != list.end()) return static_cast<std::uint16_t>(found - list.begin());
  list.push_back(text);
  return static_cast<std::uint16_t>(list.size() - 1);
}

ReferenceColumn make_reference(const Attribute& attribute, std::uint16_t slot,
                               const AttributeMappingSpec& mapping, Extraction& extraction) {
  ReferenceColumn column{.slot = slot,
                         .target = attribute.target.value(),
                         .query = ReferenceTemplate::parse(mapping.query).value()};
  for (const std::string& locator : column.query.locators())
    column.inputs.push_back(position_of(extraction.inputs, locator));
  column.touched_by = column.inputs;
  for (const std::string& locator : mapping.locators)
    column.touched_by.push_back(position_of(extraction.inputs, locator));
  return column;
}

// Objects inside a record have no text: locators are keys of flat records.
void add_texts(const Value& value, PackedWriter& writer) {
  switch (value.kind()) {
    case json::Kind::kString:
    case json::Kind::kNumber:
      if (!value.text().empty()) writer.add(value.text());
      return;
    case json::Kind::kTrue: writer.add("true"); return;
    case json::Kind::kFalse: writer.add("false"); return;
    case json::Kind::kArray:
      for (const Value& item : value.items()) add_texts(item, writer);
      return;
    case json::Kind::kNull:
    case json::Kind::kObject: return;
  }
}

void join_texts(const Value& record, const Column& column, PackedWriter& writer) {
  std::string joined;
  bool present = false;
  for (const std::string& locator : column.locators) {
    const Value* value = record.find(locator);
    if (value == nullptr) continue;
    present = true;
    std::string packed;
    PackedWriter part(packed);
    part.begin(0);
    add_texts(*value, part);
    part.end();
    const std::string text = join_values(values_at(packed, 0));
    if (!joined.empty() && !text.empty()) joined += kConcatenator;
    joined += text;
  }
  if (!present) return;
  writer.begin(column.slot);
  if (!joined.empty()) writer.add(joined);
  writer.end();
}

// Copies records; remembers where each key stood in the record before.
class RecordReader {
 public:
  explicit RecordReader(const Extraction& extraction)
      : extraction_(extraction), hints_(extraction.columns.size() + extraction.inputs.size(), 0) {}

  StagedRecord read(const Value& record) {
    values_.clear();
    inputs_.clear();
    PackedWriter values(values_);
    std::size_t hint = 0;
    for (const Column& column : extraction_.columns) {
      if (column.locators.size() > 1) {
        join_texts(record, column, values);
        ++hint;
      } else {
        copy(record, column.locators[0], hints_[hint++], column.slot, values);
      }
    }
    PackedWriter inputs(inputs_);
    for (std::size_t i = 0; i < extraction_.inputs.size(); ++i)
      copy(record, extraction_.inputs[i], hints_[hint++], static_cast<std::uint16_t>(i), inputs);
    return {.values = values_, .inputs = inputs_};  // copies have no spare room
  }

 private:
  static void copy(const Value& record, const std::string& locator, std::uint32_t& hint,
                   std::uint16_t slot, PackedWriter& writer) {
    const Value* value = record.find(locator, hint);
    if (value == nullptr) return;
    writer.begin(slot);
    add_texts(*value, writer);
    writer.end();
  }

  const Extraction& extraction_;
  std::vector<std::uint32_t> hints_;
  std::string values_;
  std::string inputs_;
};

void walk(const Value& at, std::span<const std::string> selector, RecordReader& reader,
          std::vector<StagedRecord>& records) {
  const Value* list = at.find(selector.front());
  if (list == nullptr || !list->is_array()) return;
  for (const Value& item : list->items()) {
    if (selector.size() > 1) {
      walk(item, selector.subspan(1), reader, records);
    } else {
      records.push_back(reader.read(item));
    }
  }
}

}  // namespace

Extraction make_extraction(const Workspace& workspace, TypeIndex type,
                           const TypeMappingSpec& mapping) {
  Extraction extraction{.type = type};
  for (std::string_view segment : base::split(mapping.selector, '.'))
    extraction.selector.emplace_back(segment);
  const ObjectType& target = workspace.types[type];
  for (const AttributeMappingSpec& attribute : mapping.attributes) {
    const std::uint16_t slot = target.slot_of(attribute.attribute_name).value();
    if (target.attributes[slot].is_reference()) {
      extraction.references.push_back(
          make_reference(target.attributes[slot], slot, attribute, extraction));
    } else {
      extraction.columns.push_back({.slot = slot, .locators = attribute.locators});
    }
    if (attribute.is_key) extraction.key_slots.push_back(slot);
  }
  std::ranges::sort(extraction.columns, {}, &Column::slot);
  return extraction;
}

std::size_t extract(const Extraction& extraction, const Value& data,
                    std::vector<StagedRecord>& records) {
  const std::size_t before = records.size();
  RecordReader reader(extraction);
  walk(data, extraction.selector, reader, records);
  return records.size() - before;
}

}  // namespace muster::sandbox::assets
