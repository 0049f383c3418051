// Signed-in access to one source: where it is, how it is paced, what its refusals mean.
//
// One Session per run and connection; any thread. It knows no vendor: everything comes from the
// catalogue and the importer's connection values.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "base/scheduler.h"
#include "base/secret.h"
#include "catalogue/model.h"
#include "net/http.h"
#include "net/lane.h"
#include "net/token.h"

namespace muster::source {

// An importer's connection, resolved: secrets and files are already read.
struct ConnectionValues {
  std::map<std::string, std::string> values;    // kText, kUrl, kChoice
  std::map<std::string, base::Secret> secrets;  // kSecret and the contents of kFile
  std::shared_ptr<const net::Trust> trust;
};

struct RetrySettings {
  std::uint32_t attempts = 10;
  base::Duration max_wait = std::chrono::minutes(15);
};

inline constexpr std::size_t kMaxDownload = std::size_t{1} << 30;

// How one page is asked for.
struct PageOptions {
  bool in_chain = false;  // see net::Lane
  net::OnBeginning on_beginning{};
  bool may_be_unknown = false;      // of a path: 404 and 405 are kMissing `unknown_path`
  bool is_first = false;            // nothing can have expired: rules that say `restart` do not fit
  std::uint32_t most_failures = 0;  // see net::SendOptions
};

// The sum over all lanes, for the report.
struct Traffic {
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;
  std::uint64_t throttled = 0;
  double waited_seconds = 0;
  std::uint64_t resource_units = 0;
};

class Session {
 public:
  struct Tools {
    base::Scheduler& scheduler;
    net::HttpClient& client;
    base::Random& random;
    base::Logger& logger;
    net::Pause* pause = nullptr;          // see net::LaneTools
    net::Throttles* throttles = nullptr;  // shared with other sessions of this process
  };

  // kSettings when an address cannot be made from the values. Sends nothing. `permissions`: what
  // the selected data sets need, for services that want it named when signing in.
  static base::Result<std::unique_ptr<Session>> open(
      std::shared_ptr<const catalogue::Source> source, ConnectionValues values, RetrySettings retry,
      Tools tools, const std::vector<std::string>& permissions = {});
  ~Session();

  // Signs in now, so that wrong credentials are told before anything else happens.
  // kDenied `source_sign_in` with the catalogue's advice and the peer's code and trace ids.
  base::Status sign_in(const base::Stop& stop);

  // Gives the token back where the source has a way to; that it failed is only logged, because
  // what was read is read. For the end of a run: requests afterwards sign in again.
  void sign_out(const base::Stop& stop);

  // Permissions the access token lists; nullopt when it is opaque or lists none.
  std::optional<std::vector<std::string>> granted(const base::Stop& stop);

  // Absolute URL of a path of this source; parameters are encoded, path placeholders
  // {field} and {key} are percent-encoded.
  base::Result<std::string> url(const catalogue::Request& request,
                                const std::vector<std::pair<std::string, std::string>>& parameters,
                                std::string_view parent_key = {}) const;
  // A text with connection fields in place of {field}, and for {ago:field} the Unix seconds of so
  // long before this session began, so that every page of a list is asked for the same.
  base::Result<std::string> filled(std::string_view text) const;

  // The paths to try, the newest first; one alone once it is known which the source has.
  std::vector<std::string> paths_of(const catalogue::Request& request) const;
  void remember_path(const catalogue::Request& request, const std::string& path);

  // The address (with its base path) a link must stay within to get our credentials.
  const std::string& origin(std::string_view address) const;
  // What a URL of this address says beyond origin() ("/groups/1/members?a=b"): batches want it so.
  // kDenied `foreign_link` when the URL leads elsewhere.
  base::Result<std::string> relative(std::string_view address, std::string_view url) const;

  // One GET or POST on the request's lane; a POST reads too, so that a lost answer is asked for
  // again. `url` comes from url() or passed check_same_origin against origin(). 2xx with JSON: the
  // answer; 424 too for a POST, because a batch may say so when one of its items failed. Anything
  // else: an Error by the catalogue's rules:
  //   kDenied `source_permission` (names what to grant) / `source_sign_in`, kMissing `gone`
  //   (deleted meanwhile), kConflict `restart_listing` (page token expired), kMissing
  //   `end_of_list`, kMissing `not_available` (licence or service missing), kThrottled,
  //   kUnavailable, kCancelled, kMalformed `source_protocol` (redirects, unexpected statuses, not
  //   JSON).
  // `not_available` was seen by mistake, and is believed only when it comes three times
  // (https://github.com/microsoftgraph/microsoft-graph-docs/issues/14120).
  base::Result<net::Response> get(const catalogue::Request& request, const std::string& url,
                                  const base::Stop& stop, PageOptions options = {});
  base::Result<net::Response> post(const catalogue::Request& request, const std::string& url,
                                   std::string body, double units, const base::Stop& stop);

  // A file whose URL is its own credential: it gets none of ours and no header of the source. On
  // the request's lane; at most kMaxDownload bytes. Errors as get(), with the host in the message.
  base::Result<std::string> download(const catalogue::Request& request, const std::string& url,
                                     const base::Stop& stop);

  // What an error answer (also one inside a batch) means. Statuses that a lane would repeat are
  // kThrottled or kUnavailable here, with the wait that the answer asks for.
  base::Error explain(const catalogue::Request& request, int status, std::string_view body,
                      const std::vector<net::Header>& headers, std::string_view where,
                      bool is_first = false) const;

  net::Lane& lane(std::string_view name);
  Traffic traffic() const;
  const catalogue::Source& source() const;
  const ConnectionValues& values() const;
  base::Scheduler& scheduler();
  base::Logger& logger();

 private:
  struct State;
  explicit Session(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace muster::source
