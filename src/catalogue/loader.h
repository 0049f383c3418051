// From catalogue files to the model. All findings at once, each with line and column.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/model.h"
#include "catalogue/yaml.h"

namespace muster::catalogue {

struct Loaded {
  std::shared_ptr<Source> source;  // null when there are errors
  Findings findings;
};

// `read_table` gives the text of a lookup table named in the file ("entra-sku-names.tsv").
using ReadTable = std::function<std::optional<std::string>(std::string_view name)>;
Loaded load_source(std::string_view yaml, std::string file_name, const ReadTable& read_table);
// A file on disk; what it names is looked for beside it, then among the bundled files.
Loaded load_source_file(const std::string& path);

// What one catalogue says of others: that the data sets are there which its references lead to.
// `root` is its file, for the places.
class Library;
Findings check_foreign_targets(const YamlNode& root, const std::string& file,
                               const Library& library);

// The catalogues inside the program, plus those of a directory (which win over bundled ones of the
// same name).
class Library {
 public:
  static Library bundled();
  // An error when the directory cannot be read. Files that cannot be used hurt only their own
  // sources, also where a bundled one has the name: they are left out, and why are warnings.
  Findings add_directory(const std::string& directory);

  std::shared_ptr<const Source> find(std::string_view name) const;
  // The file of a source that is left out; empty: none.
  std::string unusable_file(std::string_view name) const;
  // Whether somebody's own file took the place of a bundled one.
  bool replaces_bundled(std::string_view name) const;
  std::vector<std::shared_ptr<const Source>> all() const;  // by name
  std::vector<std::string> names() const;

 private:
  void leave_out(const std::string& name, const std::string& file);

  std::vector<std::shared_ptr<const Source>> sources_;
  std::map<std::string, std::string, std::less<>> unusable_;  // name -> file
  std::set<std::string, std::less<>> replaced_;
};

}  // namespace muster::catalogue
