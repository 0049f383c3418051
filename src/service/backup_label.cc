#include "service/backup_label.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "json/value.h"
#include "json/writer.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

constexpr std::int64_t kFormat = 1;
constexpr std::array<std::pair<BackupKind, std::string_view>, 4> kKinds = {{
    {BackupKind::kManual, "manual"},
    {BackupKind::kDaily, "daily"},
    {BackupKind::kWeekly, "weekly"},
    {BackupKind::kMonthly, "monthly"},
}};

Error unreadable() {
  return {ErrorKind::kMalformed, "backup",
          "What the backup says of itself (backup.json) cannot be read."};
}

std::string text_of(const json::Value& root, std::string_view key) {
  const json::Value* const found = root.find(key);
  return found == nullptr ? std::string() : std::string(found->text());
}

}  // namespace

std::string_view to_string(BackupKind kind) {
  return std::ranges::find(kKinds, kind, &decltype(kKinds)::value_type::first)->second;
}

std::optional<BackupKind> backup_kind(std::string_view text) {
  const auto found = std::ranges::find(kKinds, text, &decltype(kKinds)::value_type::second);
  return found == kKinds.end() ? std::nullopt : std::optional(found->first);
}

BackupLabel without(BackupLabel label, std::string_view file) {
  std::erase_if(label.files, [&](const LabelledFile& one) { return one.file == file; });
  return label;
}

std::string to_json(const BackupLabel& label) {
  std::string text;
  json::Writer out(text);
  const auto time = [&](std::string_view key, const std::optional<base::WallTime>& at) {
    if (at) out.key(key).string(base::format_utc(*at));
  };
  out.begin_object().key("backup").number(kFormat).key("kind").string(to_string(label.kind));
  time("made", label.made);
  time("tick", label.tick);
  time("expires", label.expires);
  out.key("installation").string(label.installation).key("region").string(label.region);
  out.key("muster").string(label.muster).key("key").string(label.key);
  out.key("files").begin_array();
  for (const LabelledFile& file : label.files) {
    out.begin_object().key("file").string(file.file).key("bytes").number(file.bytes).end_object();
  }
  out.end_array().end_object();
  return text + "\n";
}

Result<BackupLabel> parse_label(std::string text) {
  const Result<json::Document> document = json::Document::parse(std::move(text), {kMostLabel, 8});
  if (!document.ok()) return unreadable();
  const json::Value& root = document->root();
  const json::Value* const format = root.find("backup");
  const auto kind = backup_kind(text_of(root, "kind"));
  const auto made = base::parse_utc(text_of(root, "made"));
  const json::Value* const files = root.find("files");
  if (format == nullptr || format->integer() != kFormat || !kind || !made || files == nullptr ||
      !files->is_array()) {
    return unreadable();
  }
  BackupLabel label{.kind = *kind,
                    .made = *made,
                    .tick = base::parse_utc(text_of(root, "tick")),
                    .expires = base::parse_utc(text_of(root, "expires")),
                    .installation = text_of(root, "installation"),
                    .region = text_of(root, "region"),
                    .muster = text_of(root, "muster"),
                    .key = text_of(root, "key"),
                    .files = {}};
  for (const json::Value& file : files->items()) {
    const json::Value* const bytes = file.find("bytes");
    const auto size = bytes == nullptr ? std::nullopt : bytes->integer();
    std::string name = text_of(file, "file");
    if (name.empty() || !size || *size < 0) return unreadable();
    label.files.push_back({std::move(name), static_cast<std::uint64_t>(*size)});
  }
  return label;
}

}  // namespace muster::service
