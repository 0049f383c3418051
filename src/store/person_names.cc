#include "store/person_names.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "json/writer.h"

namespace muster::store {
namespace {

constexpr std::array<std::string_view, 4> kNaming = {"approved_by", "changed_by", "admin", "who"};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

bool is_of_word(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') ||
         std::string_view("._@+-").find(c) != std::string_view::npos;
}

// A dot that ends a sentence is of no name.
bool ends_at(std::string_view text, std::size_t at) {
  if (at == text.size() || !is_of_word(text[at])) return true;
  return text[at] == '.' && (at + 1 == text.size() || !is_of_word(text[at + 1]));
}

bool is_meant(std::string_view before, std::string_view name) {
  if (!std::ranges::all_of(name, is_letter)) return true;
  return before.empty() || before.ends_with("by ") || before.ends_with("/admins/");
}

// Of a record that could not be used: nothing else is called so.
bool is_address(std::string_view text) { return text.find('@') != std::string_view::npos; }

// As it stands in a path, where the name of an account needs that.
std::string in_path(std::string_view name) {
  std::string text;
  for (const char c : name) {
    text += c == '@' ? "%40" : c == '+' ? "%2b" : std::string(1, c);
  }
  return text;
}

std::string in_json_string(const std::string& name) {
  std::string text;
  json::Writer(text).string(name);
  return text.substr(1, text.size() - 2);
}

// Behind the quote that begins a string: where the one is that ends it.
std::size_t end_of_string(std::string_view json, std::size_t at) {
  while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2 : 1;
  return std::min(at, json.size());
}

}  // namespace

PersonNames::PersonNames(const std::vector<std::string>& names, std::string pseudonym)
    : pseudonym_(std::move(pseudonym)) {
  for (const std::string& name : names) {
    const std::string lower = base::to_lower_ascii(name);
    for (const std::string& also : {lower, in_path(lower), in_json_string(lower)}) {
      if (std::ranges::find(names_, also) == names_.end()) names_.push_back(also);
    }
  }
  // One that has another one in it comes first.
  std::ranges::stable_sort(names_, std::ranges::greater(), &std::string::size);
}

bool PersonNames::is_one(std::string_view text) const {
  return std::ranges::find(names_, base::to_lower_ascii(text)) != names_.end();
}

std::string PersonNames::in_sentence(std::string_view text) const {
  std::string result(text);
  for (const std::string& name : names_) {
    const std::string lower = base::to_lower_ascii(result);
    std::string replaced;
    std::size_t from = 0;
    for (std::size_t at = lower.find(name); at != std::string::npos;
         at = lower.find(name, at + 1)) {
      const bool begins = at == 0 || !is_of_word(lower[at - 1]) || !is_of_word(name.front());
      if (at < from || !begins || !ends_at(lower, at + name.size()) ||
          !is_meant(std::string_view(lower).substr(0, at), name)) {
        continue;
      }
      replaced += result.substr(from, at - from) + pseudonym_;
      from = at + name.size();
    }
    result = replaced + result.substr(from);
  }
  return result;
}

std::string PersonNames::in_json(std::string_view json) const {
  std::string result;
  std::string_view key;
  for (std::size_t at = 0; at < json.size(); ++at) {
    result += json[at];
    if (json[at] != '"') continue;
    const std::size_t end = end_of_string(json, at + 1);
    const std::string_view text = json.substr(at + 1, end - at - 1);
    const bool is_key = json.substr(end).starts_with("\":");
    const bool is_name = std::ranges::find(kNaming, key) != kNaming.end() || is_address(text);
    if (!is_key && is_name && is_one(text)) {
      result += pseudonym_;
    } else if (!is_key && text.find(' ') != std::string_view::npos) {
      result += in_sentence(text);
    } else {
      result += text;
    }
    if (is_key) key = text;
    if (end < json.size()) result += '"';
    at = end;
  }
  return result;
}

}  // namespace muster::store
