// A further source that the sandbox imitates, beside Entra ID: a strict service, how an importer
// reaches it, and what is true of it.
//
// All show the same world, so that a person or a laptop is the same in each of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/scheduler.h"
#include "sandbox/service.h"
#include "sandbox/world/edits.h"
#include "sandbox/world/world.h"

namespace muster::sandbox {

// One line of an importer's connection.
struct ConnectionValue {
  std::string field;
  std::string value;
  bool secret = false;
  bool alternative = false;  // another way to sign in: written down as a comment
};

class Imitation : public Service {
 public:
  // Of catalogue, importer, mount ("/jamf") and fault rules ("service": "jamf"); also the first
  // part of its data sets' names in control calls ("truth/jamf.computers").
  virtual std::string_view name() const = 0;
  // `base`: origin with the mount, "http://127.0.0.1:9090/jamf".
  virtual std::vector<ConnectionValue> connection(std::string_view base) const = 0;
  // {"computers": 1200, ...}
  virtual std::string truth_summary() const = 0;
  // {"data_set": "computers", "count": 1200, "value": [...], "next": 1000}; as graph/truth.h.
  virtual std::optional<std::string> truth_page(std::string_view data_set, std::uint64_t offset,
                                                std::uint64_t limit) const = 0;
};

// What all imitations are made from. The references outlive the imitation.
struct ImitationTools {
  const world::World& world;
  const world::EditBoard& edits;
  base::Scheduler& scheduler;
  std::uint64_t seed = 1;
  bool quota = false;                // refuse what the real service would refuse
  base::Duration token_lifetime{0};  // 0: as the real service
};

// Names of all there are, in the order of importer files; Entra ID is always there and not listed.
// "intune" is among them: a part of Graph, which make_imitation() does not make.
const std::vector<std::string>& imitation_names();
// The name must be one of imitation_names().
std::unique_ptr<Imitation> make_imitation(std::string_view name, const ImitationTools& tools);

}  // namespace muster::sandbox
