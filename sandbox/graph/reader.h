// Answers GET requests of Graph: finds what the path stands for, checks who asks and what for,
// writes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sandbox/graph/list.h"
#include "sandbox/graph/page_token.h"
#include "sandbox/graph/quota.h"
#include "sandbox/graph/rows.h"
#include "sandbox/login/tokens.h"
#include "sandbox/service.h"

namespace muster::sandbox::graph {

struct ReaderSettings {
  base::Duration page_token_lifetime{0};  // 0: they do not end
  bool premium = true;                    // false: a tenant without P1, so no sign-in activity
  bool intune = true;                     // false: a tenant without an Intune licence
  std::uint32_t max_page = 0;             // rows of a page at most; 0: what Graph's limits say
};

// One request, alone or inside a batch.
struct ReadRequest {
  const Call& call;
  const Viewer& viewer;
  std::string_view version;   // "/v1.0"
  std::string_view path;      // decoded, after the version: "/users"
  std::string_view raw_path;  // as received, after the version
};

struct ReadAnswer {
  int status = 200;
  std::vector<net::Header> headers{};
  std::string body{};
  std::optional<Refusal> refusal{};  // the body is still to be written
  std::uint32_t units = 0;           // resource units; 0: not metered in units
  bool plain_text = false;
  std::optional<base::Duration> retry_after{};  // how long, if it is said
};

class Reader {
 public:
  Reader(const world::World& world, Quota& quota, base::Scheduler& scheduler,
         ReaderSettings settings, std::uint64_t seed);

  // Any thread.
  ReadAnswer get(const ReadRequest& request);

 private:
  struct Resolved;
  std::optional<Refusal> resolve(const ReadRequest& request, Resolved& found) const;
  std::optional<Refusal> resolve_below(const ReadRequest& request, std::string_view rest,
                                       Resolved& found) const;
  std::optional<Refusal> check_access(const ReadRequest& request, const Resolved& found,
                                      const Query& query) const;
  bool charge(const ReadRequest& request, const Resolved& found, const Query& query,
              ReadAnswer& answer);
  std::optional<Refusal> write(const ReadRequest& request, const Resolved& found,
                               const Query& query, ReadAnswer& answer);
  std::optional<Refusal> write_single(const ReadRequest& request, const Resolved& found,
                                      const Query& query, ReadAnswer& answer);
  std::optional<Refusal> write_list(const ReadRequest& request, const Resolved& found,
                                    const Query& query, ReadAnswer& answer);
  std::optional<Refusal> expand(const ReadRequest& request, const Resolved& found,
                                const Query& query, Expansion& expansion) const;
  Rows rows_of(const ReadRequest& request, const Resolved& found) const;

  const world::World& world_;
  Quota& quota_;
  base::Scheduler& scheduler_;
  ReaderSettings settings_;
  PageTokens tokens_;
};

}  // namespace muster::sandbox::graph
