#include "source/export_job.h"

#include <fmt/format.h>

#include "base/text.h"
#include "source/answers.h"

namespace muster::source {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

constexpr std::size_t kRecordsAtOnce = 2000;

Result<std::string> text_at(const json::Path& path, const json::Value& root) {
  const json::Value* value = path.first(root);
  if (value == nullptr || !(value->is_string() || value->is_number()) || value->text().empty()) {
    return Error{ErrorKind::kMalformed, "source_protocol",
                 fmt::format("The answer about a job has no \"{}\".", path.text())};
  }
  return std::string(value->text());
}

Error never_completed(std::string_view how) {
  return {ErrorKind::kUnavailable, "source_incomplete",
          fmt::format("The source did not prepare the list: its job {}. Run again later.", how)};
}

}  // namespace

ExportJob::ExportJob(Session& session, const catalogue::Request& request, std::string name)
    : session_(session),
      request_(request),
      rule_(request_.paging.export_job),
      name_(std::move(name)) {}

Result<std::optional<json::Document>> ExportJob::next(const base::Stop& stop) {
  if (!file_ && !ended_) TRY(fetch(stop));
  while (!ended_ && csv_.waiting() < kRecordsAtOnce) {
    const std::optional<std::string_view> piece = TRY(file_->next());
    if (piece) {
      TRY(csv_.write(*piece));
      continue;
    }
    TRY(csv_.finish());
    ended_ = true;
    file_.reset();
    archive_ = {};
  }
  if (csv_.waiting() == 0) return std::optional<json::Document>();
  return std::optional(TRY(json::Document::parse(csv_.take(kRecordsAtOnce))));
}

base::Status ExportJob::fetch(const base::Stop& stop) {
  const std::string url = TRY(wait_for_url(stop));
  archive_ = TRY(session_.download(request_, url, stop));
  file_.emplace(TRY(ZipFile::open(archive_)));
  return {};
}

Result<std::string> ExportJob::wait_for_url(const base::Stop& stop) {
  for (std::uint32_t attempt = 1;; ++attempt) {
    Result<std::string> url = run_job(stop);
    const bool may_pass = !url.ok() && url.error().reason == "source_incomplete";
    if (!may_pass || attempt == rule_.attempts) return url;
    session_.logger().warn("{}: {} It is asked for again.", name_, url.error().message);
  }
}

Result<std::string> ExportJob::run_job(const base::Stop& stop) {
  const std::string jobs = TRY(session_.url(request_, {}));
  net::Response made = TRY(session_.post(request_, jobs, rule_.body, request_.units, stop));
  json::Document job = TRY(read_document(std::move(made.body)));
  const std::string id = TRY(text_at(rule_.id, job.root()));
  catalogue::Request look = request_;
  look.path = rule_.look;
  const std::string place = TRY(session_.url(look, {}, id));
  const base::Instant late = session_.scheduler().now() + rule_.give_up;
  for (;;) {
    net::Response answer = TRY(session_.get(look, place, stop));
    job = TRY(read_document(std::move(answer.body)));
    const std::string status = TRY(text_at(rule_.status, job.root()));
    if (status == rule_.done) return text_at(rule_.url, job.root());
    if (status == rule_.failed) return never_completed("failed");
    if (session_.scheduler().now() >= late) {
      return never_completed("was not done after " + base::format_duration(rule_.give_up));
    }
    if (!base::sleep_for(session_.scheduler(), rule_.poll, stop)) {
      return Error{ErrorKind::kCancelled, "cancelled", "Cancelled while waiting for the source."};
    }
  }
}

}  // namespace muster::source
