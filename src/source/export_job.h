// A list that the source prepares as a file: a job is asked for, looked at until it is completed,
// and its file (a ZIP with one CSV inside) is fetched by the URL that the job names. That URL is
// its own credential, mostly of another host: it gets none of ours.
//
//   ExportJob job(session, request, "app_devices");
//   while (std::optional<json::Document> records = TRY(job.next(stop))) use(records->root());
//
// A job that fails or hangs is asked for again, `attempts` times in all. The records come in the
// order of the file, some thousand at a time; the packed file is kept in memory meanwhile.
// Errors: those of Session; kUnavailable `source_incomplete` when no job was completed in time;
// kMalformed `source_protocol` for a file that is damaged.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "catalogue/model.h"
#include "json/value.h"
#include "source/csv.h"
#include "source/session.h"
#include "source/zip.h"

namespace muster::source {

class ExportJob {
 public:
  ExportJob(Session& session, const catalogue::Request& request, std::string name);

  // An array of records; nullopt: that was all, proven by length and checksum of the file.
  base::Result<std::optional<json::Document>> next(const base::Stop& stop);

 private:
  base::Status fetch(const base::Stop& stop);
  base::Result<std::string> wait_for_url(const base::Stop& stop);
  base::Result<std::string> run_job(const base::Stop& stop);

  Session& session_;
  const catalogue::Request request_;  // ours, because its paths are for one thread
  const catalogue::ExportRule& rule_;
  const std::string name_;
  std::string archive_;
  std::optional<ZipFile> file_;
  CsvRecords csv_;
  bool ended_ = false;
};

}  // namespace muster::source
