// What muster wrote itself and reads again: baselines and reports from the store, which may be
// damaged or of another version, and objects out of a spool.
#include <vector>

#include "run/baseline.h"
#include "run/report.h"
#include "run/spool.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace muster;
using fuzz::Input;
using fuzz::require;

void check_sums(const run::Comparison& result, std::uint64_t before, std::uint64_t now) {
  require(result.before == before && result.now == now);
  require(result.missing + result.parked + result.changed + result.unchanged == before);
  require(result.added + result.changed + result.unchanged == now);
  require(result.missing_sample.size() <= run::Comparison::kMaxSample);
  for (const auto& blanked : result.blanked) {
    require(blanked.lost > 0 && blanked.lost <= blanked.had && !blanked.sample.empty());
  }
}

// With a right seal, or no input would get beyond it.
std::string sealed(const std::string& body) {
  return "muster-baseline 4\n" + crypto::to_hex(crypto::keyed_hash({}, body)) + "\n" + body;
}

// Damage is found or harmless: every object counts exactly once.
void try_baselines(Input& input) {
  const std::string first = sealed(input.part());
  const std::string second = sealed(input.rest());
  const auto before = run::BaselineView::open(first);
  const auto now = run::BaselineView::open(second);
  if (!now.ok()) return;
  check_sums(run::compare(*now, *now, {}), now->size(), now->size());
  if (!before.ok()) return;
  check_sums(run::compare(*before, *now, {}), before->size(), now->size());
  const std::string kept = run::with_deselected(*before, *now);
  if (!kept.empty()) require(run::BaselineView::open(kept)->size() == now->size());
}

// What was packed opens as it was, sorted, and does not differ from itself.
void try_packing(Input& input) {
  run::BaselineHeader header{.fingerprint = "f", .nameless = {}};
  for (std::size_t i = input.byte() % 4; i > 0; --i) header.nameless.push_back({0, 9 - i});
  const std::size_t attributes = input.byte();
  for (std::size_t i = 0; i < attributes; ++i) header.attributes.push_back(std::to_string(i));
  run::BaselineBuilder builder(header, 0);
  std::size_t count = 0;
  const std::vector<std::uint64_t> present((attributes + 63) / 64, input.byte());
  std::vector<bool> seen(256 * 256);
  while (!input.empty()) {
    const std::uint64_t high = input.byte(), low = input.byte();
    if (seen[high * 256 + low]) continue;  // keys are unique: the formatter sees to that
    seen[high * 256 + low] = true;
    builder.add({high, low}, {low, high}, present);
    ++count;
  }
  const std::string block = builder.pack();
  const auto view = run::BaselineView::open(block);
  require(view.ok() && view->size() == count && view->header().nameless == header.nameless);
  require(view->header().attributes == header.attributes);
  for (std::size_t i = 1; i < count; ++i) require(view->key(i - 1) < view->key(i));
  const auto same = run::compare(*view, *view, {});
  require(same.unchanged == count && same.missing == 0 && same.blanked.empty());
}

// A stored report that can be read is written as it was read.
void try_report(Input& input) {
  const auto report = run::read_report(input.rest());
  if (!report.ok()) return require(!report.error().message.empty());
  const std::string text = run::to_json(*report);
  const auto again = run::read_report(text);
  require(again.ok() && run::to_json(*again) == text);
  (void)run::exit_code(*report);
}

// Objects come back in their order, byte for byte, whatever names are taken out of them.
void try_spool(Input& input) {
  std::vector<std::string> names;
  const std::size_t name_count = std::size_t{input.byte()} * 2;
  for (std::size_t i = 0; i < name_count; ++i) {
    names.push_back(",\"" + std::string(i % 5, 'n') + std::to_string(i) + "\":");
  }
  const std::size_t repeated = 1 + input.byte() % 64;
  run::Spool spool(names);
  std::vector<std::string> expected;
  while (!input.empty()) {
    std::string object;
    std::vector<run::NamePlace> places;
    for (const char each : input.part()) {
      const auto byte = static_cast<std::uint8_t>(each);
      if ((byte < 0x20 || byte >= 0xF8) && names.empty()) continue;
      if (byte >= 0x20 && byte < 0xF8) {
        object += each;
        continue;
      }
      const std::size_t name = (places.size() * 37 + byte) % names.size();
      places.push_back(
          {static_cast<std::uint32_t>(object.size()), static_cast<std::uint32_t>(name)});
      object += names[name];
    }
    for (std::size_t i = 0; i < repeated; ++i) {
      spool.add(object, places);
      expected.push_back(object);
    }
  }
  require(spool.size() == expected.size());
  for (int reading = 0; reading < 2; ++reading) {
    run::Spool::Reader reader(spool);
    std::string_view object;
    for (const std::string& one : expected) require(reader.next(object) && object == one);
    require(!reader.next(object));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  switch (input.choice(4)) {
    case 0: try_baselines(input); break;
    case 1: try_packing(input); break;
    case 2: try_report(input); break;
    default: try_spool(input);
  }
  return 0;
}
