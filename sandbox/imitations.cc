#include <utility>

#include "sandbox/datadog/datadog_service.h"
#include "sandbox/imitation.h"
#include "sandbox/jamf/jamf_service.h"
#include "sandbox/okta/okta_service.h"

namespace muster::sandbox {
namespace {

using Make = std::unique_ptr<Imitation> (*)(const ImitationTools& tools);

template <typename Service>
std::unique_ptr<Imitation> make(const ImitationTools& tools) {
  return std::make_unique<Service>(tools);
}

// One line for each source.
const std::vector<std::pair<std::string, Make>>& makers() {
  static const std::vector<std::pair<std::string, Make>> kMakers = {
      {"jamf", make<jamf::JamfService>},
      {"datadog", make<datadog::DatadogService>},
      {"okta", make<okta::OktaService>},
  };
  return kMakers;
}

}  // namespace

const std::vector<std::string>& imitation_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names = {"intune"};
    for (const auto& [name, make] : makers()) names.push_back(name);
    return names;
  }();
  return kNames;
}

std::unique_ptr<Imitation> make_imitation(std::string_view name, const ImitationTools& tools) {
  for (const auto& [known, make] : makers()) {
    if (known == name) return make(tools);
  }
  return nullptr;
}

}  // namespace muster::sandbox
