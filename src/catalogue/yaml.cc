#include "catalogue/yaml.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <unordered_map>

#include "base/text.h"

namespace muster::catalogue {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{4} << 20;
constexpr std::size_t kMaxNesting = 64;

class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&event_); }

  yaml_event_t* raw() { return &event_; }
  yaml_event_type_t type() const { return event_.type; }
  const yaml_event_t& operator*() const { return event_; }
  Mark mark() const {
    return {static_cast<std::uint32_t>(event_.start_mark.line + 1),
            static_cast<std::uint32_t>(event_.start_mark.column + 1)};
  }

 private:
  yaml_event_t event_{};
};

// Thrown and caught in this file only: the tree is built by nested calls, and the first finding
// ends it.
struct Refused {
  Mark mark;
  std::string message;
};

bool is_null_text(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

Mark mark_at(std::string_view text, std::size_t offset) {
  Mark mark{1, 1};
  for (const char c : text.substr(0, offset)) {
    const bool continues_character = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    if (c == '\n') {
      mark = {mark.line + 1, 1};
    } else if (!continues_character) {
      ++mark.column;
    }
  }
  return mark;
}

class TreeReader {
 public:
  explicit TreeReader(std::string_view text) : text_(text) {
    if (yaml_parser_initialize(&parser_) == 0) throw Refused{{1, 1}, "out of memory"};
    // Set, so that a UTF-16 mark is refused as the invalid UTF-8 it is instead of being followed.
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  TreeReader(const TreeReader&) = delete;
  TreeReader& operator=(const TreeReader&) = delete;
  ~TreeReader() { yaml_parser_delete(&parser_); }

  YamlNode read() {
    YamlNode root;
    root.mark = {1, 1};
    bool seen_document = false;
    for (;;) {
      Event event;
      next(event);
      if (event.type() == YAML_STREAM_END_EVENT) return root;
      if (event.type() != YAML_DOCUMENT_START_EVENT) continue;
      if (seen_document) throw Refused{event.mark(), "a second document; put everything into one"};
      seen_document = true;
      Event content;
      next(content);
      root = node(content, 0);
    }
  }

 private:
  void next(Event& event) {
    if (yaml_parser_parse(&parser_, event.raw()) != 0) return;
    const std::string problem = parser_.problem == nullptr ? "not YAML" : parser_.problem;
    if (parser_.error == YAML_READER_ERROR) {
      throw Refused{mark_at(text_, parser_.problem_offset), "not readable text: " + problem};
    }
    const Mark mark{static_cast<std::uint32_t>(parser_.problem_mark.line + 1),
                    static_cast<std::uint32_t>(parser_.problem_mark.column + 1)};
    throw Refused{mark, "not YAML: " + problem};
  }

  YamlNode node(const Event& event, std::size_t depth) {
    if (depth > kMaxNesting) {
      throw Refused{event.mark(), fmt::format("nested deeper than {} levels", kMaxNesting)};
    }
    switch (event.type()) {
      case YAML_SCALAR_EVENT: return scalar(event);
      case YAML_SEQUENCE_START_EVENT:
        refuse_decoration(event.mark(), (*event).data.sequence_start.anchor,
                          (*event).data.sequence_start.tag);
        return sequence(event.mark(), depth);
      case YAML_MAPPING_START_EVENT:
        refuse_decoration(event.mark(), (*event).data.mapping_start.anchor,
                          (*event).data.mapping_start.tag);
        return mapping(event.mark(), depth);
      default:
        throw Refused{event.mark(), "aliases (*name) are not supported; write the value out"};
    }
  }

  void refuse_decoration(Mark mark, const yaml_char_t* anchor, const yaml_char_t* tag) {
    if (anchor != nullptr) {
      throw Refused{mark, "anchors (&name) are not supported; write the value out"};
    }
    if (tag != nullptr) throw Refused{mark, "tags (!name) are not supported; remove the tag"};
  }

  YamlNode scalar(const Event& event) {
    const auto& data = (*event).data.scalar;
    refuse_decoration(event.mark(), data.anchor, data.tag);
    YamlNode made;
    made.mark = event.mark();
    made.scalar.assign(reinterpret_cast<const char*>(data.value), data.length);
    made.quoted = data.style != YAML_PLAIN_SCALAR_STYLE;
    const bool null = !made.quoted && is_null_text(made.scalar);
    made.kind = null ? YamlNode::Kind::kNull : YamlNode::Kind::kScalar;
    return made;
  }

  YamlNode sequence(Mark mark, std::size_t depth) {
    YamlNode made;
    made.kind = YamlNode::Kind::kSequence;
    made.mark = mark;
    for (;;) {
      Event event;
      next(event);
      if (event.type() == YAML_SEQUENCE_END_EVENT) return made;
      made.items.push_back(node(event, depth + 1));
    }
  }

  YamlNode mapping(Mark mark, std::size_t depth) {
    YamlNode made;
    made.kind = YamlNode::Kind::kMapping;
    made.mark = mark;
    std::unordered_map<std::string, Mark> seen;
    for (;;) {
      Event key_event;
      next(key_event);
      if (key_event.type() == YAML_MAPPING_END_EVENT) return made;
      if (key_event.type() != YAML_SCALAR_EVENT) {
        throw Refused{key_event.mark(), "a key must be plain text"};
      }
      YamlNode key = scalar(key_event);
      const auto [before, is_new] = seen.emplace(key.scalar, key.mark);
      if (!is_new) {
        throw Refused{key.mark, fmt::format("the key \"{}\" stands here twice, first in line {}",
                                            base::printable(key.scalar, 60), before->second.line)};
      }
      Event value_event;
      next(value_event);
      made.members.push_back({std::move(key.scalar), key.mark, node(value_event, depth + 1)});
    }
  }

  std::string_view text_;
  yaml_parser_t parser_{};
};

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

YamlFile unreadable(std::string name, const std::string& why) {
  YamlFile file{std::move(name), {}, {}};
  file.findings.push_back({file.name, {1, 1}, why});  // tools read FILE:LINE:COL
  return file;
}

}  // namespace

std::string Finding::text() const {
  const std::string place =
      mark.line == 0 ? file : fmt::format("{}:{}:{}", file, mark.line, mark.column);
  return fmt::format("{}: {}{}", place, is_warning ? "warning: " : "", message);
}

bool has_errors(const Findings& findings) {
  for (const Finding& finding : findings) {
    if (!finding.is_warning) return true;
  }
  return false;
}

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const YamlMember& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

YamlFile parse_yaml(std::string_view text, std::string name) {
  if (text.size() > kMaxFileBytes) {
    return unreadable(std::move(name),
                      "the file is larger than " + base::format_bytes(kMaxFileBytes));
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  YamlFile file{std::move(name), {}, {}};
  try {
    file.root = TreeReader(text).read();
  } catch (const Refused& refused) {
    file.findings.push_back({file.name, refused.mark, refused.message});
  }
  return file;
}

YamlFile read_yaml_file(const std::string& path) {
  // Opening a pipe waits for somebody to write into it.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) {
    return unreadable(path, "cannot be opened: " + std::generic_category().message(errno));
  }
  const std::unique_ptr<std::FILE, CloseFile> file(::fdopen(descriptor, "rb"));
  struct stat about {};
  if (!file || ::fstat(descriptor, &about) != 0) {
    return unreadable(path, "cannot be read: " + std::generic_category().message(errno));
  }
  if (S_ISDIR(about.st_mode)) return unreadable(path, "is a folder; name a file in it");
  if (!S_ISREG(about.st_mode)) {
    return unreadable(path, "is not a file; write what comes out of a pipe into one first");
  }
  std::string text;
  std::size_t used = 0;
  // One byte more than allowed tells parse_yaml() that the file is too large without reading on.
  while (used <= kMaxFileBytes) {
    text.resize(std::min(used + (std::size_t{64} << 10), kMaxFileBytes + 1));
    const std::size_t got = std::fread(text.data() + used, 1, text.size() - used, file.get());
    used += got;
    if (got == 0) break;
  }
  if (std::ferror(file.get()) != 0) {
    return unreadable(path, "cannot be read: " + std::generic_category().message(errno));
  }
  text.resize(used);
  return parse_yaml(text, path);
}

}  // namespace muster::catalogue
