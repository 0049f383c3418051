#include "service/regions.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "service/site_names.h"
#include "store/store.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr std::string_view kEnvironment = "env:";
constexpr std::string_view kFile = "file:";
constexpr std::size_t kLongestUrl = 8'192;

Error wrong(std::string message) { return {ErrorKind::kSettings, "region", std::move(message)}; }

Error missing(std::string_view region) {
  return {ErrorKind::kMissing, "no_such_region",
          fmt::format("There is no region {}. Add it with `muster region add`.",
                      base::printable(region))};
}

Result<std::string> from_environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value != nullptr && *value != '\0') return std::string(value);
  return wrong(fmt::format("The environment variable {} is not set.", base::printable(name)));
}

Result<std::string> from_file(const std::string& path) {
  std::ifstream in(path);
  std::string text(kLongestUrl + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  const std::string_view url = base::trim(text);
  if (!url.empty() && text.size() <= kLongestUrl) return std::string(url);
  return wrong(fmt::format("The file {} cannot be read, or holds no URL.", base::printable(path)));
}

Status ready(const std::string& url, std::string_view region) {
  TRY(store::open_store(url));  // brings it up to date
  return store::require_region(url, region);
}

}  // namespace

Status check_region_name(std::string_view region) {
  if (check_site_name(region).ok()) return {};
  return wrong("A region is called with a-z, 0-9 and -, such as eu or us-east-1.");
}

Status check_region_place(const std::string& place) {
  for (const std::string_view kind : {kEnvironment, kFile}) {
    if (place.starts_with(kind) && place.size() > kind.size()) return {};
  }
  const bool is_server = place.starts_with("postgresql://") || place.starts_with("postgres://");
  if (!is_server && !place.starts_with("sqlite:/")) {
    return wrong("Write sqlite:/PATH or postgresql://USER@HOST/DATABASE.");
  }
  if (!store::holds_password(place)) return {};
  return wrong(
      "This URL holds a password, which would lie in the directory. Name a variable or a file "
      "that holds the URL (--url-env, --url-file).");
}

Result<std::string> url_at(const std::string& place) {
  if (place.starts_with(kEnvironment)) return from_environment(place.substr(kEnvironment.size()));
  if (place.starts_with(kFile)) return from_file(place.substr(kFile.size()));
  return place;
}

Status add_region(const std::string& directory, const store::Region& region,
                  const store::AuditEntry& entry) {
  TRY(check_region_name(region.region));
  TRY(check_region_place(region.place));
  const auto regions = TRY(store::open_regions(directory));
  const std::string url = TRY(url_at(region.place));
  TRY(store::open_store(url));
  const std::string installation = TRY(regions->installation());
  TRY(store::label_database(url, region.region, installation));
  return regions->put(region, entry);
}

Result<std::string> database_of(const store::Region& region) {
  const auto opened = [&]() -> Result<std::string> {
    std::string url = TRY(url_at(region.place));
    TRY(ready(url, region.region));
    return url;
  };
  Result<std::string> url = opened();
  if (url.ok() || url.error().reason == "wrong_region") return url;
  return Error{ErrorKind::kUnavailable, "region_unavailable",
               fmt::format("The region {} cannot be used: {}", base::printable(region.region),
                           url.error().message)};
}

Result<std::string> database_of_region(const std::string& directory, std::string_view region) {
  const auto regions = TRY(store::open_regions(directory));
  const std::optional<store::Region> found = TRY(regions->find(region));
  return found ? database_of(*found) : Result<std::string>(missing(region));
}

Result<std::string> database_of_site(const std::string& directory, std::string_view site) {
  const auto regions = TRY(store::open_regions(directory));
  const std::string region = TRY(regions->region_of(site));
  return region.empty() ? Result<std::string>(directory) : database_of_region(directory, region);
}

Result<std::string> pin_site(store::Regions& directory, const store::Site& site,
                             store::AuditEntry entry) {
  std::string region = site.region;
  if (!site.production.empty()) {
    const std::string of_production = TRY(directory.region_of(site.production));
    if (region.empty()) region = of_production;
    if (region != of_production) {
      return wrong("A sandbox is in the region of its production site.");
    }
  }
  const std::string before = TRY(directory.region_of(site.site));
  if (region.empty()) region = before;  // one that was removed comes back there
  if (region.empty()) return region;
  if (!TRY(directory.find(region))) {
    Error unknown = missing(region);
    unknown.kind = ErrorKind::kSettings;  // the site is none that is missing
    return unknown;
  }
  entry.site = "";
  entry.act = "site.pinned";
  entry.after = region;
  TRY(directory.pin({site.site, site.name, region}, entry));
  return region;
}

}  // namespace muster::service
