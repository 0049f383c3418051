// The control calls under /_sandbox: what happened, what is true, what shall go wrong.
//
// GET journal?after=&limit=   GET truth   GET truth/DATA_SET?offset=&limit= (SOURCE for its
// summary, SOURCE.DATA_SET for its rows, when it is another source than Entra ID)   GET
// objects?type=&start=&limit= GET faults   POST faults (adds rules)   DELETE faults   POST edits
// DELETE edits POST reset   GET connection Below assets/: what an admin does in Assets' screens,
// see sandbox/assets/control.cc.
#pragma once

#include <functional>
#include <string>

#include "sandbox/assets/assets_service.h"
#include "sandbox/faults.h"
#include "sandbox/imitation.h"
#include "sandbox/jira/jira_service.h"
#include "sandbox/journal.h"
#include "sandbox/service.h"
#include "sandbox/world/edits.h"
#include "sandbox/world/world.h"

namespace muster::sandbox {

struct ControlTools {
  const world::World& world;
  world::EditBoard& edits;
  Journal& journal;
  Faults& faults;
  AssetsService& assets;
  const jira::JiraService& jira;
  const std::vector<std::unique_ptr<Imitation>>& imitations;
  std::function<void()> reset;
  std::function<std::string(const std::string& origin)> connection;  // as JSON
};

class Control : public Service {
 public:
  explicit Control(ControlTools tools) : tools_(std::move(tools)) {}

  net::ServerResponse handle(const Call& call) override;
  void reset() override {}

 private:
  net::ServerResponse truth(const Call& call, std::string_view data_set);
  net::ServerResponse objects(const Call& call);
  net::ServerResponse faults(const Call& call);
  net::ServerResponse edits(const Call& call);

  ControlTools tools_;
};

}  // namespace muster::sandbox
