// What people were told of a site.
#include "base/text.h"
#include "json/writer.h"
#include "web/route.h"

namespace muster::web {
namespace {

using base::Result;

Result<Answer> list_notices(Request& request) {
  const std::size_t limit = TRY(limit_of(request));
  const auto views = TRY(request.tools.notices.list(request.at("site"), limit));
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("notices").begin_array();
  for (const store::NoticeView& view : views) {
    const store::Notice& notice = view.notice;
    out.begin_object().key("at").string(base::format_utc(notice.at));
    out.key("kind").string(notice.kind).key("importer").string(notice.importer);
    out.key("run_id").string(notice.run_id).key("subject").string(notice.subject);
    out.key("text").string(notice.body).key("deliveries").begin_array();
    for (const store::DeliveryState& delivery : view.deliveries) {
      out.begin_object().key("channel").string(delivery.channel);
      out.key("state").string(delivery.state).key("tries").number(delivery.tries);
      out.key("problem").string(delivery.problem).end_object();
    }
    out.end_array().end_object();
  }
  out.end_array().end_object();
  return answer;
}

Result<Answer> test_notice(Request& request) {
  const std::string& site = request.at("site");
  TRY(request.tools.notifier.test(site, request.caller.admin, request.now()));
  TRY(request.tools.audit.append(request.entry(site, "notice.tested", site)));
  return Answer{.body = "{}"};
}

constexpr Field kPage[] = {{"limit", "integer", false}};
constexpr Field kNotices[] = {{"notices", "array"}};

constexpr Route kRoutes[] = {
    {.method = "GET",
     .path = "/api/v1/sites/{site}/notices",
     .needs = Needs::kAuditor,
     .summary = "what people were told of the site, newest first, and whether it arrived",
     .handler = list_notices,
     .query = kPage,
     .answers = kNotices},
    {.method = "POST",
     .path = "/api/v1/sites/{site}/notices/test",
     .needs = Needs::kAdmin,
     .summary = "tells the site's contact and webhook that this is a test",
     .handler = test_notice,
     .status = 202},
};

}  // namespace

std::span<const Route> notice_routes() { return kRoutes; }

}  // namespace muster::web
