// One execution of an import source: from the call that starts it to the verdict.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "assets/assets_api.h"
#include "assets/destination.h"
#include "assets/import_source.h"

namespace muster::assets {

struct ExecutionLinks {
  std::string id;
  std::string data;
  std::string progress;
  std::string status;
  std::string cancel;
};

class Execution final : public Delivery {
 public:
  Execution(AssetsApi& api, ExecutionLinks links, std::string_view run_id,
            std::function<base::Status()> completing);
  ~Execution() override;

  base::Status submit(const Chunk& chunk, const base::Stop& stop) override;
  void progress(std::uint64_t processed, std::uint64_t total, const base::Stop& stop) override;
  base::Result<Outcome> complete(const base::Stop& stop) override;
  void abort(std::string_view reason) override;

 private:
  enum class Opening { kNotAsked, kAsking, kAnswered };

  base::Status wait_until_open(const base::Stop& stop);
  base::Status ask_until_open(const base::Stop& stop);
  base::Result<std::string> ask_status(const base::Stop& stop);

  base::Status submit_part(const Chunk& part, const std::string& id, const base::Stop& stop);
  base::Status submit_halves(const Chunk& part, const std::string& id, const base::Stop& stop);
  base::Error explain_refused_part(base::Error refusal, const base::Stop& stop);

  enum class Completed { kYes, kUnknown };
  enum class Arrival { kArrived, kNotArrived, kCancelled, kUnknown };
  enum class Cancelling { kDone, kRefused, kUnreachable };

  base::Result<Completed> send_completed(const base::Stop& stop);
  base::Result<Completed> cancel_unless_completed(base::Error error);
  Arrival did_completing_arrive(const base::Stop& stop);
  base::Result<Outcome> wait_for_verdict(const base::Stop& stop);
  base::Result<json::Document> look(const base::Stop& stop);
  Outcome judge(const json::Value& answer) const;
  Outcome unconfirmed(std::string why) const;
  Cancelling cancel(std::string_view reason);

  AssetsApi& api_;
  const ExecutionLinks links_;
  const std::string run_id_;
  const std::function<base::Status()> completing_;

  base::Monitor monitor_;  // guards the next four
  Opening opening_ = Opening::kNotAsked;
  base::Status opened_;
  std::optional<base::Instant> last_progress_;
  bool is_over_ = false;  // completed or aborted: nothing is left to cancel

  std::atomic<std::uint64_t> chunks_{0};
  std::atomic<std::uint64_t> bytes_{0};
};

// kConflict `destination_busy`; kDenied `destination_rejected`. The answer to the starting call may
// get lost after Assets started: then the execution is found, cancelled and started once more.
base::Result<std::unique_ptr<Delivery>> start_execution(AssetsApi& api, ImportSource& source,
                                                        std::string_view run_id,
                                                        const DeliveryNotes& notes,
                                                        const base::Stop& stop);

}  // namespace muster::assets
