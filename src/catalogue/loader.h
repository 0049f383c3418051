// From catalogue files to the model. All findings at once, each with line and column.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/model.h"
#include "catalogue/yaml.h"

namespace muster::catalogue {

struct Loaded {
  std::shared_ptr<const Source> source;  // null when there are errors
  Findings findings;
};

// `read_table` gives the text of a lookup table named in the file ("entra-sku-names.tsv").
using ReadTable = std::function<std::optional<std::string>(std::string_view name)>;
Loaded load_source(std::string_view yaml, std::string file_name, const ReadTable& read_table);
// A file on disk; what it names is looked for beside it, then among the bundled files.
Loaded load_source_file(const std::string& path);

// The catalogues inside the program, plus those of a directory (which win over bundled ones of the
// same name).
class Library {
 public:
  static Library bundled();
  // Findings of files that cannot be used; they are left out.
  Findings add_directory(const std::string& directory);

  std::shared_ptr<const Source> find(std::string_view name) const;
  std::vector<std::shared_ptr<const Source>> all() const;  // by name
  std::vector<std::string> names() const;

 private:
  std::vector<std::shared_ptr<const Source>> sources_;
};

}  // namespace muster::catalogue
