#include "service/s3_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/failpoint.h"
#include "base/text.h"
#include "service/backup_files.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr std::string_view kScheme = "s3://";

struct Spot {
  std::string bucket;
  std::string prefix;  // "": the whole bucket; else it ends with a slash
};

// Only what has to be encoded nowhere.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '/';
  });
}

Result<Spot> spot_of(std::string_view place) {
  const Error wrong{ErrorKind::kSettings, "backup",
                    fmt::format("{}: write s3://BUCKET or s3://BUCKET/PREFIX, with letters, digits "
                                "and . _ - in it.",
                                base::printable(place, 500))};
  if (!is_bucket(place)) return wrong;
  place.remove_prefix(kScheme.size());
  const std::string_view bucket = place.substr(0, place.find('/'));
  std::string_view prefix = place.substr(bucket.size());
  while (prefix.starts_with('/')) prefix.remove_prefix(1);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (bucket.size() < 3 || bucket.size() > 63 || !is_plain(bucket) || !is_plain(prefix)) {
    return wrong;
  }
  for (const std::string_view part : base::split(prefix, '/')) {
    if (part == "." || part == ".." || (part.empty() && !prefix.empty())) return wrong;
  }
  return Spot{std::string(bucket), prefix.empty() ? "" : std::string(prefix) + "/"};
}

Result<std::unique_ptr<S3Bucket>> open_bucket(const S3Access* s3, const std::string& bucket) {
  if (s3 == nullptr) {
    return Error{ErrorKind::kSettings, "backup", "A folder is needed here, not a bucket."};
  }
  return S3Bucket::open(*s3, bucket);
}

class FreshInBucket final : public FreshBackup {
 public:
  FreshInBucket(S3Bucket& bucket, std::string prefix)
      : bucket_(bucket), prefix_(std::move(prefix)) {}
  ~FreshInBucket() override {
    upload_.reset();
    if (has_finished_) return;
    for (const std::string& key : ended_) (void)bucket_.remove(key);
  }

  Status begin_file(const std::string& file) override {
    key_ = prefix_ + file;
    upload_ = TRY(bucket_.upload(key_));
    return {};
  }
  Status write(std::string_view bytes) override { return upload_->write(bytes); }
  Result<std::uint64_t> end_file() override {
    ended_.push_back(key_);  // it may be there even when the answer is lost
    const std::uint64_t size = TRY(upload_->end());
    upload_.reset();
    return size;
  }
  Status finish(const BackupLabel& label) override {
    TRY(bucket_.put(prefix_ + std::string(kLabelFile), to_json(label)));
    has_finished_ = true;
    return {};
  }

 private:
  S3Bucket& bucket_;
  const std::string prefix_;
  std::string key_;
  std::unique_ptr<S3Upload> upload_;
  std::vector<std::string> ended_;
  bool has_finished_ = false;
};

class BucketPlace final : public BackupPlace {
 public:
  BucketPlace(Spot spot, std::unique_ptr<S3Bucket> bucket)
      : spot_(std::move(spot)), bucket_(std::move(bucket)) {}

  std::string text() const override {
    std::string text = fmt::format("{}{}/{}", kScheme, spot_.bucket, spot_.prefix);
    text.pop_back();
    return text;
  }
  Result<std::vector<Backup>> list() override;
  Result<std::unique_ptr<FreshBackup>> begin(const std::string& name) override {
    return std::unique_ptr<FreshBackup>(
        std::make_unique<FreshInBucket>(*bucket_, spot_.prefix + name + "/"));
  }
  Status remove(const Backup& backup) override;
  Status take_out(const Backup& backup, const BackupFile& file) override;
  Result<std::uint64_t> sweep(base::WallTime before) override;

 private:
  struct Found {
    bool has_label = false;
    std::vector<BackupFile> files;
  };
  std::string key_of(const std::string& path) const {
    return path.substr(kScheme.size() + spot_.bucket.size() + 1);
  }
  // By name; also what has no label.
  Result<std::map<std::string, Found>> look();

  const Spot spot_;
  const std::unique_ptr<S3Bucket> bucket_;
};

Result<std::map<std::string, BucketPlace::Found>> BucketPlace::look() {
  std::map<std::string, Found> all;
  for (const S3Object& object : TRY(bucket_->list(spot_.prefix))) {
    if (!object.key.starts_with(spot_.prefix)) continue;
    const std::string_view below = std::string_view(object.key).substr(spot_.prefix.size());
    const std::size_t slash = below.find('/');
    if (slash == std::string_view::npos || !is_backup_name(below.substr(0, slash))) continue;
    Found& found = all[std::string(below.substr(0, slash))];
    const std::string_view file = below.substr(slash + 1);
    if (file == kLabelFile) found.has_label = true;
    const auto site = site_of_file(file);
    if (!site) continue;
    found.files.push_back(
        {fmt::format("{}{}/{}", kScheme, spot_.bucket, object.key), *site, object.bytes});
  }
  return all;
}

Result<std::vector<Backup>> BucketPlace::list() {
  std::vector<Backup> backups;
  for (auto& [name, found] : TRY(look())) {
    if (!found.has_label || found.files.empty()) continue;
    const std::string key = spot_.prefix + name + "/" + std::string(kLabelFile);
    Result<std::string> text = bucket_->get(key, kMostLabel);
    if (!text.ok() && text.error().kind == ErrorKind::kMissing) continue;  // removed meanwhile
    Result<BackupLabel> label = parse_label(TRY(std::move(text)));
    std::ranges::sort(found.files, {}, &BackupFile::site);
    backups.push_back({.name = name,
                       .path = fmt::format("{}{}/{}{}", kScheme, spot_.bucket, spot_.prefix, name),
                       .files = std::move(found.files),
                       .label = label.ok() ? std::optional(*std::move(label)) : std::nullopt});
  }
  return backups;
}

Status BucketPlace::remove(const Backup& backup) {
  TRY(bucket_->remove(spot_.prefix + backup.name + "/" + std::string(kLabelFile)));
  TRY(MUSTER_FAILPOINT("backup.removing"));
  for (const BackupFile& file : backup.files) TRY(bucket_->remove(key_of(file.path)));
  return {};
}

Status BucketPlace::take_out(const Backup& backup, const BackupFile& file) {
  const BackupLabel label = without(backup.label.value(), file_of(file.site));
  TRY(bucket_->put(spot_.prefix + backup.name + "/" + std::string(kLabelFile), to_json(label)));
  return bucket_->remove(key_of(file.path));
}

Result<std::uint64_t> BucketPlace::sweep(base::WallTime before) {
  const std::string latest = backup_name(before, BackupKind::kManual);
  const auto is_left = [&](std::string_view name) {
    return kind_in_name(name) != BackupKind::kManual && name < latest;
  };
  std::uint64_t swept = 0;
  for (const S3Bucket::Begun& begun : TRY(bucket_->begun(spot_.prefix))) {
    if (!begun.key.starts_with(spot_.prefix)) continue;
    const std::string_view below = std::string_view(begun.key).substr(spot_.prefix.size());
    if (!is_left(below.substr(0, below.find('/')))) continue;
    TRY(bucket_->abort(begun));
    ++swept;
  }
  for (const auto& [name, found] : TRY(look())) {
    if (found.has_label || !is_left(name)) continue;
    for (const BackupFile& file : found.files) TRY(bucket_->remove(key_of(file.path)));
    ++swept;
  }
  return swept;
}

// "s3://bucket/a/b" as the bucket and "a/b".
Result<std::pair<std::string, std::string>> object_of(const std::string& path) {
  const Spot spot = TRY(spot_of(path));
  if (!spot.prefix.empty()) {
    return std::pair(spot.bucket, spot.prefix.substr(0, spot.prefix.size() - 1));
  }
  return Error{ErrorKind::kSettings, "backup",
               fmt::format("{} is a bucket, and no backup in it.", base::printable(path, 500))};
}

// A source that keeps its bucket.
struct Kept {
  std::unique_ptr<S3Bucket> bucket;
  ByteSource source;
};

}  // namespace

Status check_bucket_place(std::string_view place) {
  TRY(spot_of(place));
  return {};
}

std::string parent_in_bucket(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash < kScheme.size() ? path : path.substr(0, slash);
}

Result<std::unique_ptr<BackupPlace>> open_bucket_place(const std::string& place,
                                                       const S3Access* s3) {
  Spot spot = TRY(spot_of(place));
  auto bucket = TRY(open_bucket(s3, spot.bucket));
  return std::unique_ptr<BackupPlace>(
      std::make_unique<BucketPlace>(std::move(spot), std::move(bucket)));
}

Result<std::vector<BackupFile>> files_in_bucket(const std::string& path, const S3Access* s3) {
  const auto [bucket_name, key] = TRY(object_of(path));
  const auto bucket = TRY(open_bucket(s3, bucket_name));
  const std::string_view name = std::string_view(key).substr(key.rfind('/') + 1);
  if (const auto site = site_of_file(name)) {
    const std::uint64_t bytes = TRY(bucket->size_of(key));
    return std::vector<BackupFile>{{path, *site, bytes}};
  }
  const auto place = TRY(
      open_bucket_place(parent_in_bucket(fmt::format("{}{}/{}", kScheme, bucket_name, key)), s3));
  for (Backup& backup : TRY(place->list())) {
    if (backup.name == name) return std::move(backup.files);
  }
  return Error{
      ErrorKind::kSettings, "backup",
      fmt::format("{} is neither a backup nor a file of one. `muster backup list {}` shows "
                  "those that are there.",
                  base::printable(path, 500), base::printable(parent_in_bucket(path), 500))};
}

Result<ByteSource> open_in_bucket(const std::string& path, const S3Access* s3) {
  const auto [bucket, key] = TRY(object_of(path));
  const auto kept = std::make_shared<Kept>();  // a function has to be copyable
  kept->bucket = TRY(open_bucket(s3, bucket));
  kept->source = TRY(kept->bucket->read(key));
  return ByteSource([kept](std::size_t most) { return kept->source(most); });
}

}  // namespace muster::service
