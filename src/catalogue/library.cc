#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/check.h"
#include "catalogue/embedded.h"
#include "catalogue/loader.h"

namespace muster::catalogue {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> embedded_file(std::string_view name) {
  for (const base::EmbeddedFile& file : embedded_files()) {
    if (file.name == name) return std::string(file.text);
  }
  return std::nullopt;
}

std::optional<std::string> read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return std::nullopt;
  std::ostringstream text;
  text << stream.rdbuf();
  if (stream.bad()) return std::nullopt;
  return std::move(text).str();
}

void put(std::vector<std::shared_ptr<const Source>>& sources,
         std::shared_ptr<const Source> source) {
  const auto place = std::ranges::lower_bound(sources, source->name, {},
                                              [](const auto& each) { return each->name; });
  if (place != sources.end() && (*place)->name == source->name) {
    *place = std::move(source);
  } else {
    sources.insert(place, std::move(source));
  }
}

Findings list_catalogues(const std::string& directory, std::vector<fs::path>& files) {
  std::error_code failure;
  for (fs::directory_iterator at(directory, failure), end; !failure && at != end;
       at.increment(failure)) {
    if (at->path().extension() == ".yaml" || at->path().extension() == ".yml") {
      files.push_back(at->path());
    }
  }
  std::ranges::sort(files);
  if (!failure) return {};
  return {{directory, {}, "the directory cannot be read: " + failure.message()}};
}

Mark mark_of_name(const std::string& path) {
  const YamlFile file = read_yaml_file(path);
  const YamlNode* name = file.root.find("name");
  return name == nullptr ? Mark{1, 1} : name->mark;
}

}  // namespace

Loaded load_source_file(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return {nullptr, {{path, {1, 1}, "cannot be read"}}};
  return load_source(*text, path, [&](std::string_view name) {
    auto beside = read_file(fs::path(path).parent_path() / name);
    return beside ? beside : embedded_file(name);
  });
}

Library Library::bundled() {
  Library library;
  for (const base::EmbeddedFile& file : embedded_files()) {
    if (!file.name.ends_with(".yaml")) continue;
    Loaded loaded = load_source(file.text, std::string(file.name), embedded_file);
    MUSTER_CHECK(loaded.source != nullptr, loaded.findings.front().text().c_str());
    put(library.sources_, std::move(loaded.source));
  }
  return library;
}

Findings Library::add_directory(const std::string& directory) {
  std::vector<fs::path> files;
  Findings findings = list_catalogues(directory, files);
  std::map<std::string, std::string> places;  // of a name: the file that it is in
  for (const fs::path& path : files) {
    Loaded loaded = load_source_file(path.string());
    findings.insert(findings.end(), loaded.findings.begin(), loaded.findings.end());
    if (!loaded.source) continue;
    const auto [place, is_new] = places.emplace(loaded.source->name, path.string());
    if (is_new) {
      put(sources_, std::move(loaded.source));
    } else {
      findings.push_back({path.string(), mark_of_name(path.string()),
                          fmt::format("\"{}\" is the name of {} already; give one of them another",
                                      loaded.source->name, place->second)});
    }
  }
  return findings;
}

std::shared_ptr<const Source> Library::find(std::string_view name) const {
  for (const auto& source : sources_) {
    if (source->name == name) return source;
  }
  return nullptr;
}

std::vector<std::shared_ptr<const Source>> Library::all() const { return sources_; }

std::vector<std::string> Library::names() const {
  std::vector<std::string> names;
  for (const auto& source : sources_) names.push_back(source->name);
  return names;
}

}  // namespace muster::catalogue
