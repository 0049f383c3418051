// A parsed JSON value as a view, and the document that owns it.
//
// Lifetime: a Value points into its Document (the body's bytes and an arena) and is valid as long
// as the Document lives, also after the Document was moved. Copying a Value is free.
//
// Numbers keep the text they were written in: 2^53+1, 1e400 and 0.1 arrive as they left.
// Duplicate keys in one object: the last one wins (RFC 8259 leaves it open).
//
//   Document page = TRY(Document::parse(std::move(body)));
//   for (Value user : page.root().find("value")->items()) use(user.find("id")->text());
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace muster::json {

// 32 bits wide to leave no padding in Value: copying 13 of its 16 bytes costs a fifth of a parse.
enum class Kind : std::uint32_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

struct Member;

class Value {
 public:
  constexpr Value() = default;
  // An object whose members, each key once, the caller keeps.
  static Value object(std::span<const Member> members);

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool is_bool() const { return kind_ == Kind::kTrue || kind_ == Kind::kFalse; }
  bool is_number() const { return kind_ == Kind::kNumber; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_array() const { return kind_ == Kind::kArray; }
  bool is_object() const { return kind_ == Kind::kObject; }

  bool boolean() const { return kind_ == Kind::kTrue; }
  // A string's content (unescaped UTF-8) or a number's text; empty for every other kind.
  std::string_view text() const;
  std::optional<std::int64_t> integer() const;  // a number written without . or e that fits
  std::optional<double> real() const;           // a number, correctly rounded; empty for 1e400

  std::span<const Value> items() const;     // empty unless an array
  std::span<const Member> members() const;  // empty unless an object
  // The member's value, or nullptr when this is no object or has no such key. `hint` remembers
  // where the key stood last time: records of one page have their keys in the same order.
  const Value* find(std::string_view key) const;
  const Value* find(std::string_view key, std::uint32_t& hint) const;

 private:
  friend class TreeBuilder;
  const Value* search(std::string_view key, std::uint32_t& hint) const;

  const void* data_ = nullptr;
  std::uint32_t size_ = 0;
  Kind kind_ = Kind::kNull;
};

struct Member {
  std::string_view key;
  Value value;
};

inline Value Value::object(std::span<const Member> members) {
  Value made;
  made.data_ = members.data();
  made.size_ = static_cast<std::uint32_t>(members.size());
  made.kind_ = Kind::kObject;
  return made;
}

inline std::string_view Value::text() const {
  if (kind_ != Kind::kString && kind_ != Kind::kNumber) return {};
  return {static_cast<const char*>(data_), size_};
}

inline std::span<const Value> Value::items() const {
  if (kind_ != Kind::kArray) return {};
  return {static_cast<const Value*>(data_), size_};
}

inline std::span<const Member> Value::members() const {
  if (kind_ != Kind::kObject) return {};
  return {static_cast<const Member*>(data_), size_};
}

inline const Value* Value::find(std::string_view key, std::uint32_t& hint) const {
  const std::span<const Member> all = members();
  if (hint < all.size() && all[hint].key == key) [[likely]]
    return &all[hint].value;
  return search(key, hint);
}

// A scalar as plain text; empty for null, objects and arrays.
inline std::string_view scalar_text(const Value& value) {
  if (value.is_bool()) return value.boolean() ? "true" : "false";
  return value.text();
}

// What is accepted. Exceeding a limit is an error (kLimit), never a cut.
struct Limits {
  std::size_t max_bytes = std::size_t{64} << 20;  // one page; quality.md section 3
  std::size_t max_depth = 64;                     // Graph needs 6, Jamf 8
};

class Document {
 public:
  // Exactly one JSON text; a BOM before and white space around are accepted. Bytes that are not
  // UTF-8 and lone surrogates are replaced by U+FFFD and counted, because one broken display name
  // must not hide a whole page. Everything else that is not RFC 8259 is kMalformed
  // (`source_protocol`), with the byte offset.
  static base::Result<Document> parse(std::string text, const Limits& limits = {});

  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  const Value& root() const;
  // Whether a key stood more than once in this object of the document, of which the last counts:
  // then it cannot be trusted to hold everything that was sent.
  bool repeats_a_key(const Value& object) const;
  std::uint32_t repaired() const;  // how many characters were replaced
  std::size_t bytes() const;       // of the text

 private:
  struct State;
  explicit Document(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace muster::json
