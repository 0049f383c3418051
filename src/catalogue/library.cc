#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/check.h"
#include "catalogue/embedded.h"
#include "catalogue/loader.h"

namespace muster::catalogue {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> embedded_file(std::string_view name) {
  for (const EmbeddedFile& file : embedded_files()) {
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

}  // namespace

Library Library::bundled() {
  Library library;
  for (const EmbeddedFile& file : embedded_files()) {
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
  const auto read_table = [&](std::string_view name) {
    auto text = read_file(fs::path(directory) / name);
    return text ? text : embedded_file(name);
  };
  for (const fs::path& path : files) {
    const auto text = read_file(path);
    if (!text) {
      findings.push_back({path.string(), {}, "cannot be read"});
      continue;
    }
    Loaded loaded = load_source(*text, path.string(), read_table);
    findings.insert(findings.end(), loaded.findings.begin(), loaded.findings.end());
    if (loaded.source) put(sources_, std::move(loaded.source));
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
