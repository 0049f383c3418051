#include "json/path.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace muster::json {

using base::Error;
using base::ErrorKind;

namespace {

Error bad_path(std::string_view text, std::size_t position, std::string_view what) {
  return Error{ErrorKind::kSettings, "invalid_path",
               fmt::format("path \"{}\": {} at position {}; write a.b, a[].b, a[0], a.*, "
                           "a[name=text] or \"key.with.dot\"",
                           base::printable(text, 80), what, position + 1)};
}

std::string_view unquoted(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

}  // namespace

std::size_t end_of_bracket(std::string_view text, std::size_t open) {
  bool quoted = false;
  for (std::size_t at = open + 1; at < text.size(); ++at) {
    if (text[at] == '"') quoted = !quoted;
    if (text[at] == ']' && !quoted) return at;
  }
  return std::string_view::npos;
}

base::Result<Path> Path::parse(std::string_view text) {
  Path path;
  path.text_ = text;
  std::size_t at = 0;
  bool expect_key = true;
  while (at < text.size()) {
    const char here = text[at];
    if (here == '[') {
      const std::size_t end = end_of_bracket(text, at);
      if (end == std::string_view::npos) return bad_path(text, at, "'[' without ']'");
      const std::string_view inside = text.substr(at + 1, end - at - 1);
      if (const std::size_t equals = inside.find('='); equals != std::string_view::npos) {
        const std::string_view key = base::trim(inside.substr(0, equals));
        if (key.empty()) return bad_path(text, at, "a name is missing before '='");
        path.steps_.push_back({Step::Kind::kMatching, 0, std::string(key),
                               std::string(unquoted(base::trim(inside.substr(equals + 1))))});
      } else if (inside.empty()) {
        path.steps_.push_back({Step::Kind::kEach});
      } else {
        const auto index = base::parse_int(inside);
        if (!index || *index < 0 || *index > 1'000'000) return bad_path(text, at, "not an index");
        path.steps_.push_back({Step::Kind::kIndex, static_cast<std::uint32_t>(*index)});
      }
      at = end + 1;
      expect_key = false;
    } else if (here == '.') {
      if (expect_key) return bad_path(text, at, "a name is missing before '.'");
      ++at;
      expect_key = true;
      if (at == text.size()) return bad_path(text, at, "a name is missing after '.'");
    } else {
      if (!expect_key) return bad_path(text, at, "'.' expected");
      std::string key;
      if (here == '"') {
        const std::size_t end = text.find('"', at + 1);
        if (end == std::string_view::npos) return bad_path(text, at, "quote without end");
        key = text.substr(at + 1, end - at - 1);
        at = end + 1;
      } else {
        const std::size_t end = std::min(text.find_first_of(".[", at), text.size());
        key = text.substr(at, end - at);
        at = end;
      }
      if (key.empty()) return bad_path(text, at, "an empty name");
      if (key == "*" && here == '*') {
        path.steps_.push_back({Step::Kind::kEveryMember});
        expect_key = false;
        continue;
      }
      path.steps_.push_back({Step::Kind::kKey, 0, std::move(key)});
      expect_key = false;
    }
  }
  return path;
}

const Value* Path::first(const Value& from) const {
  const Value* found = nullptr;
  const Value* at = &from;
  for (std::size_t step = 0; step < steps_.size(); ++step) {
    const Step& now = steps_[step];
    if (now.kind == Step::Kind::kKey) {
      at = at->find(now.key, now.hint);
      if (at == nullptr) return nullptr;
    } else if (now.kind == Step::Kind::kIndex) {
      if (now.index >= at->items().size()) return nullptr;
      at = &at->items()[now.index];
    } else if (now.kind == Step::Kind::kEach) {
      for (const Value& item : at->items()) {
        walk(item, step + 1, [&](const Value& value) { found = found ? found : &value; });
        if (found) return found;
      }
      return nullptr;
    } else {
      walk(*at, step, [&](const Value& value) { found = found ? found : &value; });
      return found;
    }
  }
  return at;
}

std::size_t Path::misfits(const Value& from, End end) const { return misfits_from(from, 0, end); }

std::size_t Path::misfits_from(const Value& at, std::size_t step, End end) const {
  if (is_nothing(at)) return 0;
  std::size_t count = 0;
  if (step == steps_.size()) {
    if (end == End::kAny) return 0;
    for (const Value& item : at.items()) count += item.is_object() || item.is_array();
    return count + at.is_object();
  }
  const Step& now = steps_[step];
  switch (now.kind) {
    case Step::Kind::kKey: {
      if (!at.is_object()) return 1;
      const Value* next = at.find(now.key, now.hint);
      return next == nullptr ? 0 : misfits_from(*next, step + 1, end);
    }
    case Step::Kind::kIndex:
      if (!at.is_array()) return 1;
      return now.index < at.items().size() ? misfits_from(at.items()[now.index], step + 1, end) : 0;
    case Step::Kind::kEach:
      if (!at.is_array()) return 1;
      for (const Value& item : at.items()) count += misfits_from(item, step + 1, end);
      return count;
    case Step::Kind::kEveryMember:
      if (!at.is_object()) return 1;
      for (const Member& member : at.members()) count += misfits_from(member.value, step + 1, end);
      return count;
    case Step::Kind::kMatching:
      if (matches(now, at)) return misfits_from(at, step + 1, end);
      if (!at.is_array()) return at.is_object() ? 0 : 1;
      for (const Value& item : at.items()) {
        if (matches(now, item)) return misfits_from(item, step + 1, end);
      }
      return 0;
  }
  return 0;
}

bool Path::is_plural() const {
  for (const Step& step : steps_) {
    if (step.kind == Step::Kind::kEach || step.kind == Step::Kind::kEveryMember) return true;
  }
  return false;
}

Path::Overlap Path::overlap(const Path& other) const {
  const auto names_of = [](const Path& path) {
    std::vector<const Step*> names;
    for (const Step& step : path.steps_) {
      if (step.kind == Step::Kind::kKey || step.kind == Step::Kind::kEveryMember) {
        names.push_back(&step);
      }
    }
    return names;
  };
  const std::vector<const Step*> mine = names_of(*this), theirs = names_of(other);
  bool surely = true;
  for (std::size_t i = 0; i < std::min(mine.size(), theirs.size()); ++i) {
    if (theirs[i]->kind == Step::Kind::kEveryMember) continue;
    if (mine[i]->kind == Step::Kind::kEveryMember) {
      surely = false;
    } else if (mine[i]->key != theirs[i]->key) {
      return Overlap::kNone;
    }
  }
  if (!surely) return Overlap::kMaybe;
  return mine.size() < theirs.size() ? Overlap::kHolds : Overlap::kWithin;
}

std::vector<std::string> Path::names() const {
  std::vector<std::string> names;
  for (const Step& step : steps_) {
    if (step.kind != Step::Kind::kKey) return {};
    names.push_back(step.key);
  }
  return names;
}

std::string_view Path::first_key() const {
  return steps_.empty() || steps_[0].kind != Step::Kind::kKey ? std::string_view() : steps_[0].key;
}

}  // namespace muster::json
