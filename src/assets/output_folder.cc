#include "assets/output_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "base/text.h"

namespace muster::assets {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

Error unusable(const std::string& path, const std::string& why) {
  return {ErrorKind::kSettings, "destination_unavailable",
          fmt::format("The output folder {} cannot be used: {}.", base::printable(path, 500), why)};
}

Error failed(const std::string& path, int code) {
  return {ErrorKind::kUnavailable, "destination_unavailable",
          fmt::format("Writing {} failed: {}.", base::printable(path, 500),
                      std::generic_category().message(code))};
}

std::string message_of(int code) { return std::generic_category().message(code); }

}  // namespace

std::string folder_target(const std::string& path) {
  std::error_code unknown;  // then as it was given
  std::filesystem::path whole = std::filesystem::absolute(path, unknown);
  // What does not exist yet has no links to resolve.
  if (!unknown) whole = std::filesystem::weakly_canonical(whole, unknown);
  std::string text = (unknown ? std::filesystem::path(path) : whole).lexically_normal().string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return "folder" + text;
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      temporary_(std::exchange(other.temporary_, {})),
      final_(std::move(other.final_)) {}

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(temporary_, other.temporary_);
  std::swap(final_, other.final_);
  return *this;
}

OutputFile::~OutputFile() {
  if (file_ >= 0) ::close(file_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Status OutputFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed(final_, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Status OutputFile::flush() {
  if (::fsync(file_) != 0) return failed(final_, errno);
  if (::close(std::exchange(file_, -1)) != 0) return failed(final_, errno);
  return {};
}

Status OutputFile::keep() {
  if (::rename(temporary_.c_str(), final_.c_str()) != 0) return failed(final_, errno);
  temporary_.clear();
  return {};
}

OutputFolder::OutputFolder(OutputFolder&& other) noexcept
    : folder_(std::exchange(other.folder_, -1)), path_(std::move(other.path_)) {}

OutputFolder::~OutputFolder() {
  if (folder_ >= 0) ::close(folder_);
}

Result<OutputFolder> OutputFolder::open(const std::string& path) {
  std::error_code problem;
  std::filesystem::create_directories(path, problem);
  if (problem) return unusable(path, problem.message());
  OutputFolder folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), path);
  if (folder.folder_ < 0) return unusable(path, message_of(errno));
  if (::access(path.c_str(), W_OK | X_OK) != 0) return unusable(path, message_of(errno));
  if (::flock(folder.folder_, LOCK_EX | LOCK_NB) == 0) return folder;
  if (errno != EWOULDBLOCK) return unusable(path, message_of(errno));
  return Error{
      ErrorKind::kConflict, "destination_busy",
      fmt::format("Another run of muster is writing into {}.", base::printable(path, 500))};
}

Status OutputFolder::look(const std::string& path) {
  std::error_code problem;
  std::filesystem::path nearest = std::filesystem::absolute(path, problem);
  while (!problem && !std::filesystem::exists(nearest, problem) && nearest.has_relative_path()) {
    problem.clear();
    nearest = nearest.parent_path();
  }
  if (problem) return unusable(path, problem.message());
  if (!std::filesystem::is_directory(nearest)) {
    return unusable(path, fmt::format("{} is not a folder", nearest.string()));
  }
  if (::access(nearest.c_str(), W_OK | X_OK) != 0) return unusable(path, message_of(errno));
  return {};
}

Result<OutputFile> OutputFolder::create(const std::string& name) {
  if (name.empty() || name.starts_with('.') || name.find('/') != std::string::npos) {
    return unusable(path_, fmt::format("'{}' is no name for a file", base::printable(name)));
  }
  // The same temporary name each time, so that a killed run's rest is overwritten by the next.
  const std::string temporary = path_ + "/." + name + ".partial";
  const int file =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return failed(temporary, errno);
  return OutputFile(file, temporary, path_ + "/" + name);
}

Status OutputFolder::remove(const std::string& name) {
  const std::string path = path_ + "/" + name;
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failed(path, errno);
  return flush();
}

Status OutputFolder::flush() {
  return ::fsync(folder_) == 0 ? Status() : Status(failed(path_, errno));
}

}  // namespace muster::assets
