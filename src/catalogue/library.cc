#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/check.h"
#include "base/text.h"
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
    const fs::path extension = at->path().extension();
    if (extension == ".yaml" || extension == ".yml" || extension == ".json") {
      files.push_back(at->path());
    }
  }
  std::ranges::sort(files);
  if (!failure) return {};
  return {{directory, {}, "the directory cannot be read: " + failure.message()}};
}

// Whose catalogue a file is that cannot be used, and perhaps not even be read as YAML.
std::string name_in(const fs::path& path) {
  const YamlFile file = read_yaml_file(path.string());
  const YamlNode* name = file.root.find("name");
  if (name != nullptr && name->is_scalar() && !name->scalar.empty()) return name->scalar;
  constexpr std::string_view kKey = "name:";
  const std::string text = read_file(path).value_or("");
  for (const std::string_view line : base::split(text, '\n')) {
    if (!line.starts_with(kKey)) continue;
    std::string_view value = base::trim(line.substr(kKey.size()));
    value = base::trim(value.substr(0, value.find('#')));
    if (!value.empty()) return std::string(value);
  }
  return path.stem().string();
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
    loaded.source->is_bundled = true;
    put(library.sources_, std::move(loaded.source));
  }
  return library;
}

void Library::leave_out(const std::string& name, const std::string& file) {
  std::erase_if(sources_, [&](const auto& source) { return source->name == name; });
  unusable_[name] = file;
}

Findings Library::add_directory(const std::string& directory) {
  std::vector<fs::path> files;
  Findings findings = list_catalogues(directory, files);
  std::map<std::string, std::string> places;  // of a name: the file that it is in
  for (const fs::path& path : files) {
    const std::string file = path.string();
    Loaded loaded = load_source_file(file);
    if (!loaded.source) {
      for (Finding& finding : loaded.findings) {
        finding.is_warning = true;
        findings.push_back(std::move(finding));
      }
      leave_out(name_in(path), file);
      continue;
    }
    const std::string name = loaded.source->name;
    const auto [place, is_new] = places.emplace(name, file);
    if (!is_new) {
      findings.push_back({file, mark_of_name(file),
                          fmt::format("\"{}\" is the name of {} already, so that neither is used; "
                                      "give one of them another",
                                      name, place->second),
                          true});
      leave_out(name, file);
    } else if (!unusable_.contains(name)) {
      const auto before = find(name);
      if (before != nullptr && before->is_bundled) replaced_.insert(name);
      put(sources_, std::move(loaded.source));
    }
  }
  return findings;
}

std::string Library::unusable_file(std::string_view name) const {
  const auto found = unusable_.find(name);
  return found == unusable_.end() ? "" : found->second;
}

bool Library::replaces_bundled(std::string_view name) const { return replaced_.contains(name); }

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
