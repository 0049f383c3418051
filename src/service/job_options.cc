#include "service/job_options.h"

#include "json/value.h"
#include "json/writer.h"

namespace muster::service {

std::string to_json(const JobOptions& options) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  if (options.limit != 0) out.key("limit").number(options.limit);
  if (options.confirm_partial) out.key("confirm_partial").boolean(true);
  if (options.plan_only) out.key("plan").boolean(true);
  if (!options.approve.empty()) {
    out.key("approve").string(options.approve).key("approved_by").string(options.approved_by);
  }
  out.end_object();
  return text;
}

base::Result<JobOptions> read_job_options(std::string_view text) {
  JobOptions options;
  if (text.empty()) return options;
  const json::Document document = TRY(json::Document::parse(std::string(text)));
  const json::Value& root = document.root();
  if (const json::Value* limit = root.find("limit")) {
    options.limit = static_cast<std::uint64_t>(limit->integer().value_or(0));
  }
  if (const json::Value* confirmed = root.find("confirm_partial")) {
    options.confirm_partial = confirmed->boolean();
  }
  if (const json::Value* plan = root.find("plan")) options.plan_only = plan->boolean();
  if (const json::Value* approve = root.find("approve")) options.approve = approve->text();
  if (const json::Value* by = root.find("approved_by")) options.approved_by = by->text();
  return options;
}

}  // namespace muster::service
