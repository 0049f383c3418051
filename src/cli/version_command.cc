// `muster version [--features] [--json]`.
#include "base/failpoint.h"
#include "catalogue/loader.h"
#include "cli/commands.h"
#include "cli/version_text.h"
#include "json/writer.h"

namespace muster::cli {
namespace {

const std::string kCompiler = "g++ " __VERSION__;
const std::vector<std::string> kDestinations = {"jsm_assets", "files"};
const std::vector<std::string> kDatabases = {"sqlite", "postgresql"};

void write_names(json::Writer& out, const char* key, const std::vector<std::string>& names) {
  out.key(key).begin_array();
  for (const std::string& name : names) out.string(name);
  out.end_array();
}

}  // namespace

std::string version_json() {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("version").string(MUSTER_VERSION);
  out.key("build").begin_object();
  out.key("compiler").string(kCompiler);
  out.end_object();
  out.key("features").begin_object();
  write_names(out, "sources", catalogue::Library::bundled().names());
  write_names(out, "destinations", kDestinations);
  write_names(out, "databases", kDatabases);
  out.end_object();
  out.end_object();
  return text;
}

int version_command(const VersionArguments& arguments, Console& console) {
  if (arguments.json) return console.out(version_json() + "\n"), kOk;
  console.out(fmt::format("muster {}\n", MUSTER_VERSION));
  if (!arguments.features) return kOk;
  console.out(fmt::format("compiler      {}\n", kCompiler));
  console.out(
      fmt::format("sources       {}\n", fmt::join(catalogue::Library::bundled().names(), ", ")));
  console.out(fmt::format("destinations  {}\n", fmt::join(kDestinations, ", ")));
  console.out(fmt::format("databases     {}\n", fmt::join(kDatabases, ", ")));
  if (const auto points = base::failpoints(); !points.empty()) {
    console.out(fmt::format("failpoints    {}\n", fmt::join(points, ", ")));
  }
  return kOk;
}

}  // namespace muster::cli
