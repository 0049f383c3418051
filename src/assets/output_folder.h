// A folder of files that are each written under a temporary name, flushed, and renamed at the end.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace muster::assets {

// Readiness::target of a folder: the same however its path is written ("out/", "./out", a link to
// it).
std::string folder_target(const std::string& path);

// A file being written. Not used by two threads at once.
class OutputFile {
 public:
  OutputFile() = default;
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&& other) noexcept;
  ~OutputFile();  // removes what was not kept

  base::Status append(std::string_view bytes);
  base::Status flush();  // to the disk
  base::Status keep();   // under its final name

 private:
  friend class OutputFolder;
  OutputFile(int file, std::string temporary, std::string final_name)
      : file_(file), temporary_(std::move(temporary)), final_(std::move(final_name)) {}

  int file_ = -1;
  std::string temporary_;
  std::string final_;
};

// Errors: kSettings `destination_unavailable` when the folder cannot be used, kConflict
// `destination_busy` when another process writes into it, kUnavailable `destination_unavailable`
// for a full disk and the like; each names the path.
class OutputFolder {
 public:
  // Creates the folder when needed and holds it against other processes until destroyed.
  static base::Result<OutputFolder> open(const std::string& path);
  // Would open() work? Changes nothing.
  static base::Status look(const std::string& path);

  OutputFolder(OutputFolder&& other) noexcept;
  OutputFolder& operator=(OutputFolder&&) = delete;
  ~OutputFolder();

  base::Result<OutputFile> create(const std::string& name);
  // Durably; it need not be there.
  base::Status remove(const std::string& name);
  base::Status flush();  // the names to the disk

 private:
  OutputFolder(int folder, std::string path) : folder_(folder), path_(std::move(path)) {}

  int folder_ = -1;
  std::string path_;
};

}  // namespace muster::assets
