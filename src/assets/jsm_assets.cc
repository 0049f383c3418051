#include "assets/jsm_assets.h"

#include "assets/assets_api.h"
#include "assets/execution.h"
#include "assets/import_source.h"
#include "base/check.h"
#include "base/failpoint.h"

namespace muster::assets {
namespace {

class JsmDestination final : public Destination {
 public:
  JsmDestination(JsmSettings settings, JsmTools tools)
      : api_(std::move(settings), tools), source_(api_) {}

  base::Result<Readiness> check(const base::Stop& stop) override {
    api_.watch(stop);
    TRY(source_.load(stop));
    Readiness readiness;
    readiness.target = source_.target();
    readiness.status = status_ = TRY(source_.status(stop));
    readiness.advice = advice_for(readiness.status);
    readiness.ready = readiness.advice.empty();
    return readiness;
  }

  // Without a mapping nothing was ever imported. A mapping may have been sent alone, and then no
  // execution ever ran, which was seen to be a 404 but is not documented.
  Past past(const base::Stop& stop) override {
    if (status_ == "MISSING_MAPPING") return {};
    const LatestExecution latest = source_.latest_execution(stop);
    if (!latest.answered) return {.kind = Past::Kind::kUnknown};
    if (latest.known && latest.id.empty()) return {};
    return {.kind = Past::Kind::kImports,
            .latest = latest.id,
            .latest_is_cancelled = latest.status == "CANCELLED"};
  }

  base::Result<std::vector<std::string>> refusals(const catalogue::ObjectSchema& schema,
                                                  const base::Stop& stop) override {
    if (status_ == "MISSING_MAPPING") return std::vector<std::string>();
    return source_.frozen(schema, stop);
  }

  base::Status prepare(const catalogue::ObjectSchema& schema, const Leftover& leftover,
                       const DeliveryNotes& notes, const base::Stop& stop) override {
    api_.watch(stop);
    // check() may have asked already: the links are good for one run, which this object is made
    // for.
    if (!source_.loaded()) TRY(source_.load(stop));
    const std::string status = TRY(source_.free_from(leftover, stop));
    if (status == "DISABLED") return disabled();
    TRY(notes.mapping());  // the leftover may have been waited for
    TRY(source_.send_mapping(schema, status == "MISSING_MAPPING", stop));
    return MUSTER_FAILPOINT("assets.mapped");
  }

  base::Status release(const Leftover& leftover, const base::Stop& stop) override {
    if (!leftover.exists()) return {};
    api_.watch(stop);
    if (!source_.loaded()) TRY(source_.load(stop));
    TRY(source_.free_from(leftover, stop));
    return {};
  }

  base::Result<std::unique_ptr<Delivery>> start(Pass, std::string_view run_id,
                                                const DeliveryNotes& notes,
                                                const base::Stop& stop) override {
    MUSTER_CHECK(source_.loaded(), "start() comes after prepare()");
    api_.watch(stop);
    return start_execution(api_, source_, run_id, notes, stop);
  }

 private:
  AssetsApi api_;
  ImportSource source_;
  std::string status_;  // as check() saw it
};

}  // namespace

std::unique_ptr<Destination> make_jsm_destination(JsmSettings settings, JsmTools tools) {
  return std::make_unique<JsmDestination>(std::move(settings), tools);
}

}  // namespace muster::assets
