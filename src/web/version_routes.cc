// The versions of an importer: looking at them, comparing them, going back to one.
#include <fmt/format.h>

#include "base/text.h"
#include "web/importer_answer.h"
#include "web/line_diff.h"

namespace muster::web {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using store::ImporterVersion;

void write_version(json::Writer& out, const ImporterVersion& version) {
  out.key("version").number(version.version);
  out.key("changed").string(base::format_utc(version.changed));
  out.key("changed_by").string(version.changed_by);
}

Result<std::vector<ImporterVersion>> versions_of(const Request& request) {
  auto versions = TRY(request.tools.importers.versions(request.at("site"), request.at("importer")));
  if (!versions.empty()) return versions;
  TRY(found_importer(request));
  return versions;
}

Result<ImporterVersion> version_named(const Request& request, std::string_view name) {
  const std::optional<std::int64_t> wanted = base::parse_int(name);
  std::vector<ImporterVersion> versions = TRY(versions_of(request));
  for (ImporterVersion& version : versions) {
    if (wanted && version.version == *wanted) return std::move(version);
  }
  return Error{ErrorKind::kMissing, "no_such_version",
               fmt::format("The importer has no version {}.", base::printable(name, 40))};
}

Result<Answer> list_versions(Request& request) {
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("versions").begin_array();
  const auto versions = TRY(versions_of(request));
  for (const ImporterVersion& version : versions) {
    out.begin_object();
    write_version(out, version);
    out.end_object();
  }
  out.end_array().end_object();
  return answer;
}

Result<Answer> show_version(Request& request) {
  const ImporterVersion version = TRY(version_named(request, request.at("version")));
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object();
  write_version(out, version);
  out.key("definition").string(version.definition).end_object();
  return answer;
}

std::string_view name_of(DiffLine::Kind kind) {
  switch (kind) {
    case DiffLine::Kind::kSame: return "same";
    case DiffLine::Kind::kRemoved: return "removed";
    case DiffLine::Kind::kAdded: return "added";
  }
  return "";
}

// ?from=: the one before, when it is not given.
Result<Answer> diff_version(Request& request) {
  const ImporterVersion to = TRY(version_named(request, request.at("version")));
  const std::string wanted = query_of(request, "from");
  ImporterVersion from;
  if (!wanted.empty()) {
    from = TRY(version_named(request, wanted));
  } else if (to.version > 1) {
    from = TRY(version_named(request, fmt::to_string(to.version - 1)));
  }
  Answer answer;
  json::Writer out(answer.body);
  out.begin_object().key("from").number(from.version).key("to").number(to.version);
  out.key("lines").begin_array();
  for (const DiffLine& line : diff_lines(from.definition, to.definition)) {
    out.begin_object().key("change").string(name_of(line.kind)).key("text").string(line.text);
    out.end_object();
  }
  out.end_array().end_object();
  return answer;
}

// Of an importer that was removed too.
Result<Answer> restore_version(Request& request) {
  const ImporterVersion version = TRY(version_named(request, request.at("version")));
  return change_importer(request, version.definition, TRY(from_version(request, std::nullopt)),
                         "importer.restored");
}

constexpr Field kVersions[] = {{"versions", "array"}};
constexpr Field kVersion[] = {{"version", "integer"},
                              {"changed", "string"},
                              {"changed_by", "string"},
                              {"definition", "string"}};
constexpr Field kFrom[] = {{"from", "integer", false}};
constexpr Field kDiff[] = {{"from", "integer"}, {"to", "integer"}, {"lines", "array"}};

constexpr Route kRoutes[] = {
    {.method = "GET",
     .path = "/api/v1/sites/{site}/importers/{importer}/versions",
     .needs = Needs::kAuditor,
     .summary = "every version of it, newest first",
     .handler = list_versions,
     .answers = kVersions},
    {.method = "GET",
     .path = "/api/v1/sites/{site}/importers/{importer}/versions/{version}",
     .needs = Needs::kAuditor,
     .summary = "one version with its definition",
     .handler = show_version,
     .answers = kVersion},
    {.method = "GET",
     .path = "/api/v1/sites/{site}/importers/{importer}/versions/{version}/diff",
     .needs = Needs::kAuditor,
     .summary = "what changed since the version before, or since `from`",
     .handler = diff_version,
     .query = kFrom,
     .answers = kDiff},
    {.method = "POST",
     .path = "/api/v1/sites/{site}/importers/{importer}/versions/{version}/restore",
     .needs = Needs::kAdmin,
     .summary = "makes a new version that says the same",
     .handler = restore_version,
     .answers = kImporterAnswer,
     .is_versioned = true},
};

}  // namespace

std::span<const Route> version_routes() { return kRoutes; }

}  // namespace muster::web
