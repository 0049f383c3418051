#include "assets/files.h"

#include <fmt/format.h>

#include <map>
#include <optional>

#include "assets/explain.h"
#include "assets/mapping_document.h"
#include "assets/output_folder.h"
#include "base/check.h"
#include "base/failpoint.h"

namespace muster::assets {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using base::Stop;

const std::string kSchemaFile = "schema.json";

struct TypeFile {
  std::string type_name;
  OutputFile file;
  std::uint64_t objects = 0;
};

// ",\n" between the objects of a chunk becomes "\n" behind each line.
std::string as_lines(std::string_view objects) {
  std::string lines;
  lines.reserve(objects.size() + 1);
  while (!objects.empty()) {
    const std::size_t end = objects.find('\n');
    if (end == std::string_view::npos) {
      lines.append(objects) += '\n';
      break;
    }
    lines.append(objects.substr(0, end - 1)) += '\n';
    objects.remove_prefix(end + 1);
  }
  return lines;
}

// Chunks may arrive in any order and twice; they are written in the order of their sequence, once,
// so that the same objects give the same files. No more of them wait than are in flight.
class FilesDelivery final : public Delivery {
 public:
  FilesDelivery(base::Scheduler& scheduler, OutputFolder folder, OutputFile schema_file,
                std::map<std::string, TypeFile> files, std::function<Status()> completing)
      : completing_(std::move(completing)),
        monitor_(scheduler),
        folder_(std::move(folder)),
        schema_file_(std::move(schema_file)),
        files_(std::move(files)) {}

  Status submit(const Chunk& chunk, const Stop& stop) override {
    if (stop.stop_requested()) return cancelled();
    base::Monitor::Lock lock(monitor_);
    if (failure_) return *failure_;
    if (!is_open_) return Error{ErrorKind::kBug, "internal", "The delivery has ended already."};
    if (!files_.contains(chunk.selector)) {
      return Error{ErrorKind::kBug, "internal",
                   fmt::format("No object type has the selector '{}'.", chunk.selector)};
    }
    if (chunk.sequence >= next_sequence_) waiting_.emplace(chunk.sequence, chunk);
    return write_what_is_next();
  }

  void progress(std::uint64_t, std::uint64_t, const Stop&) override {}

  Result<Outcome> complete(const Stop& stop) override {
    base::Monitor::Lock lock(monitor_);
    if (stop.stop_requested()) return cancelled();
    if (failure_) return *failure_;
    MUSTER_CHECK(is_open_, "complete() is called once, and not after abort()");
    if (!waiting_.empty()) {
      return Error{ErrorKind::kBug, "internal",
                   fmt::format("Chunk {} was never submitted.", next_sequence_)};
    }
    TRY(completing_());
    TRY(schema_file_.flush());
    for (auto& [selector, type] : files_) TRY(type.file.flush());
    // Names cannot be changed all at once. Whoever reads sees by schema.json that all are.
    TRY(folder_.remove(kSchemaFile));
    for (auto& [selector, type] : files_) {
      TRY(MUSTER_FAILPOINT("files.keeping"));
      TRY(type.file.keep());
    }
    TRY(folder_.flush());
    TRY(schema_file_.keep());
    TRY(folder_.flush());
    is_open_ = false;
    outcome_.result = "OK";
    for (const auto& [selector, type] : files_) {
      outcome_.types[type.type_name].accepted = type.objects;
    }
    return outcome_;
  }

  void abort(std::string_view) override {
    base::Monitor::Lock lock(monitor_);
    is_open_ = false;
    waiting_.clear();
    files_.clear();
    schema_file_ = OutputFile();
  }

 private:
  Status write_what_is_next() {
    for (auto at = waiting_.find(next_sequence_); at != waiting_.end();
         at = waiting_.find(next_sequence_)) {
      const Chunk& chunk = at->second;
      TypeFile& type = files_.at(chunk.selector);
      const std::string lines = as_lines(chunk.objects);
      if (Status written = type.file.append(lines); !written.ok()) {
        failure_ = written.error();  // half a chunk may have been written: nothing can follow it
        return written;
      }
      type.objects += chunk.count;
      outcome_.chunks += 1;
      outcome_.bytes += lines.size();
      waiting_.erase(at);
      ++next_sequence_;
    }
    return {};
  }

  const std::function<Status()> completing_;
  base::Monitor monitor_;  // guards everything below
  bool is_open_ = true;
  OutputFolder folder_;
  OutputFile schema_file_;
  std::map<std::string, TypeFile> files_;  // by selector
  std::map<std::uint64_t, Chunk> waiting_;
  std::uint64_t next_sequence_ = 1;
  std::optional<Error> failure_;
  Outcome outcome_;
};

class FilesDestination final : public Destination {
 public:
  FilesDestination(std::string directory, base::Scheduler& scheduler)
      : directory_(std::move(directory)), scheduler_(scheduler) {}

  Result<Readiness> check(const Stop&) override {
    TRY(OutputFolder::look(directory_));
    return Readiness{.ready = true, .target = folder_target(directory_), .status = "directory"};
  }

  Status prepare(const catalogue::ObjectSchema& schema, const Leftover&, const DeliveryNotes&,
                 const Stop&) override {
    TRY(OutputFolder::look(directory_));
    schema_ = schema;
    return {};
  }

  // Temporary names that the next run takes over.
  Status release(const Leftover&, const Stop&) override { return {}; }

  Result<std::unique_ptr<Delivery>> start(Pass, std::string_view, const DeliveryNotes& notes,
                                          const Stop&) override {
    MUSTER_CHECK(schema_, "start() comes after prepare()");
    TRY(notes.starting(std::nullopt));
    OutputFolder folder = TRY(OutputFolder::open(directory_));
    OutputFile schema_file = TRY(folder.create(kSchemaFile));
    TRY(schema_file.append(mapping_document(*schema_) + "\n"));
    std::map<std::string, TypeFile> files;
    for (const catalogue::ObjectType& type : schema_->types) {
      OutputFile file = TRY(folder.create(type.selector + ".jsonl"));
      files.emplace(type.selector, TypeFile{type.name, std::move(file)});
    }
    return std::unique_ptr<Delivery>(std::make_unique<FilesDelivery>(
        scheduler_, std::move(folder), std::move(schema_file), std::move(files), notes.completing));
  }

 private:
  const std::string directory_;
  base::Scheduler& scheduler_;
  std::optional<catalogue::ObjectSchema> schema_;
};

}  // namespace

std::unique_ptr<Destination> make_files_destination(std::string directory,
                                                    base::Scheduler& scheduler) {
  return std::make_unique<FilesDestination>(std::move(directory), scheduler);
}

}  // namespace muster::assets
