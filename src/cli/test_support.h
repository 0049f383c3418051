// The program's own front door, for the tests of this room.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "cli/command_line.h"
#include "cli/console.h"

namespace muster::cli::test {

struct Answer {
  int code = 0;
  std::string out;
  std::string err;
};

inline Answer muster(std::vector<std::string> words) {
  words.insert(words.begin(), "muster");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Console console({});
  Answer answer;
  answer.code = run_command_line(static_cast<int>(words.size()), argv.data(), console);
  console.flush();
  answer.out = testing::internal::GetCapturedStdout();
  answer.err = testing::internal::GetCapturedStderr();
  return answer;
}

class InFolder : public testing::Test {
 protected:
  InFolder() { std::filesystem::create_directories(folder_); }
  ~InFolder() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    const std::string path = (folder_ / name).string();
    std::ofstream(path) << text;
    return path;
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("muster_command_line_" + std::to_string(getpid()));
};

}  // namespace muster::cli::test
