// A strict imitation of Microsoft Graph v1.0 for Entra ID: reading only, with application tokens.
// https://learn.microsoft.com/graph/overview
#pragma once

#include <atomic>
#include <memory>

#include "sandbox/graph/batch.h"
#include "sandbox/graph/export_jobs.h"
#include "sandbox/graph/quota.h"
#include "sandbox/graph/reader.h"
#include "sandbox/login/tokens.h"
#include "sandbox/service.h"

namespace muster::sandbox::graph {

struct GraphSettings {
  std::uint64_t seed = 1;
  bool quota = false;  // refuse what the real service would refuse; costs are reported either way
  bool gzip = false;   // compress answers for clients that accept it
  ReaderSettings reader{};
};

class GraphService : public Service {
 public:
  // All references outlive the service.
  GraphService(const world::World& world, const world::EditBoard& edits,
               const login::Tokens& tokens, base::Scheduler& scheduler,
               const GraphSettings& settings);

  net::ServerResponse handle(const Call& call) override;
  void reset() override;

 private:
  struct Ids;
  Ids make_ids(const Call& call);
  net::ServerResponse authorised(const Call& call, const Viewer& viewer, const Ids& ids);
  net::ServerResponse export_job(const Call& call, const Viewer& viewer, std::string_view path,
                                 const Ids& ids);
  net::ServerResponse batch(const Call& call, const Viewer& viewer, std::string_view version,
                            const Ids& ids);
  void append_item(std::string& out, const Call& call, const Viewer& viewer,
                   std::string_view version, const BatchRequest& request, const Ids& ids);
  net::ServerResponse refuse(const Refusal& refusal, const Ids& ids) const;
  std::string error_body(const Refusal& refusal, const Ids& ids) const;

  const world::EditBoard& edits_;
  const login::Tokens& tokens_;
  base::Scheduler& scheduler_;
  GraphSettings settings_;
  Quota quota_;
  Reader reader_;
  ExportJobs exports_;
  std::atomic<std::uint64_t> requests_{0};
};

}  // namespace muster::sandbox::graph
