// Finds the names of a person in texts, and puts his pseudonym there. Pure; case does not count.
// Internal to the room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace muster::store {

class PersonNames {
 public:
  PersonNames(const std::vector<std::string>& names, std::string pseudonym);

  // To ask a database with: lower case, none twice.
  const std::vector<std::string>& names() const { return names_; }
  const std::string& pseudonym() const { return pseudonym_; }

  bool is_one(std::string_view text) const;
  // Whole words only. A name of nothing but letters may be a word of the language: it counts at the
  // beginning of a text, and behind "by" and "/admins/".
  bool stands_in(std::string_view text) const { return in_sentence(text) != text; }
  std::string in_sentence(std::string_view text) const;
  // The values of members that name somebody, addresses, and what is a sentence.
  std::string in_json(std::string_view json) const;

 private:
  std::vector<std::string> names_;
  std::string pseudonym_;
};

}  // namespace muster::store
