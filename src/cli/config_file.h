// `--config FILE`: the options of `muster serve` and `muster worker` in a file. Every key is the
// long name of an option, and what stands on the command line wins. Knows CLI11.
//
//   listen: 127.0.0.1:8080
//   workers: 8
//   oidc-scope: [openid, email]
#pragma once

#include <string>
#include <vector>

#include "catalogue/yaml.h"

namespace CLI {
class App;
}  // namespace CLI

namespace muster::cli {

struct ConfiguredWords {
  std::vector<std::string> words;  // those of the command line and, behind the command, the file's
  catalogue::Findings findings;    // all that is wrong with the file
};

// `words` without the program's name. Unchanged when they name no file, or no command of `app` that
// takes one.
ConfiguredWords with_config(CLI::App& app, std::vector<std::string> words);

}  // namespace muster::cli
