#include "base/redactor.h"

#include <algorithm>
#include <unordered_set>

#include "base/text.h"

namespace muster::base {
namespace {

constexpr std::size_t kMostPassing = 8;
constexpr std::string_view kMark = "[secret]";

// Both cases are in use: https://www.rfc-editor.org/rfc/rfc3986#section-2.1
std::string with_small_digits(std::string encoded) {
  for (std::size_t at = encoded.find('%'); at != std::string::npos;
       at = encoded.find('%', at + 3)) {
    encoded.replace(at, 3, to_lower_ascii(encoded.substr(at, 3)));
  }
  return encoded;
}

// https://www.rfc-editor.org/rfc/rfc8259#section-7; a slash may be escaped and often is.
std::string json_escaped(std::string_view text, bool with_slash) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (c == '"' || c == '\\' || (with_slash && c == '/')) out += '\\';
        out += c;
    }
  }
  return out;
}

// What every base64 text of something that holds the secret contains, `before` bytes (modulo 3)
// into it: the characters at either end that depend on the neighbours are left out.
std::string base64_inside(std::string_view secret, std::size_t before) {
  std::string whole = base64_encode(std::string(before, '\0') + std::string(secret));
  while (whole.ends_with('=')) whole.pop_back();
  if ((before + secret.size()) % 3 != 0) whole.pop_back();
  return whole.substr(before == 0 ? 0 : before + 1);
}

std::vector<Secret> forms_of(std::string_view secret) {
  std::vector<std::string> texts = {
      std::string(secret), percent_encode(secret),      with_small_digits(percent_encode(secret)),
      form_encode(secret), json_escaped(secret, false), json_escaped(secret, true)};
  for (const std::size_t before : {0, 1, 2}) {
    std::string base64 = base64_inside(secret, before);
    texts.push_back(base64);
    std::ranges::replace(base64, '+', '-');
    std::ranges::replace(base64, '/', '_');
    texts.push_back(std::move(base64));
  }
  std::vector<Secret> forms;
  for (std::string& text : texts) {
    Secret form(std::move(text));
    const bool is_new = std::ranges::find(forms, form) == forms.end();
    if (is_new && form.reveal().size() >= Redactor::kShortestSecret) {
      forms.push_back(std::move(form));
    }
  }
  return forms;
}

void mark(std::vector<bool>& telling, std::size_t begin, std::size_t length) {
  std::fill_n(telling.begin() + static_cast<std::ptrdiff_t>(begin), length, true);
}

void mark_whole(std::vector<bool>& telling, std::string_view text, std::string_view form) {
  for (std::size_t at = text.find(form); at != std::string_view::npos;
       at = text.find(form, at + 1)) {
    mark(telling, at, form.size());
  }
}

}  // namespace

void Redactor::add(const Secret& secret) {
  if (secret.reveal().size() < kShortestSecret) return;
  std::vector<Secret> forms = forms_of(secret.reveal());
  const std::lock_guard lock(mutex_);
  lasting_.push_back(std::move(forms));
}

void Redactor::add_passing(const Secret& secret) {
  if (secret.reveal().size() < kShortestSecret) return;
  std::vector<Secret> forms = forms_of(secret.reveal());
  const std::lock_guard lock(mutex_);
  passing_.push_back(std::move(forms));
  if (passing_.size() > kMostPassing) passing_.pop_front();
}

// Errors are rare, so the pieces are gathered when one is to be told and not kept beside.
std::vector<bool> Redactor::telling(std::string_view text) const {
  std::vector<bool> telling(text.size(), false);
  std::unordered_set<std::string_view> pieces;
  const auto take = [&](const Forms& forms) {
    for (const Secret& secret : forms) {
      const std::string_view form = secret.reveal();
      if (form.size() <= kTellingPiece) mark_whole(telling, text, form);
      for (std::size_t at = 0; at + kTellingPiece <= form.size(); ++at) {
        pieces.insert(form.substr(at, kTellingPiece));
      }
    }
  };
  const std::lock_guard lock(mutex_);
  for (const Forms& forms : lasting_) take(forms);
  for (const Forms& forms : passing_) take(forms);
  for (std::size_t at = 0; !pieces.empty() && at + kTellingPiece <= text.size(); ++at) {
    if (pieces.contains(text.substr(at, kTellingPiece))) mark(telling, at, kTellingPiece);
  }
  return telling;
}

std::string Redactor::cleaned(std::string_view text) const {
  const std::vector<bool> hidden = telling(text);
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!hidden[at]) {
      out += text[at];
    } else if (at == 0 || !hidden[at - 1]) {
      out += kMark;
    }
  }
  return out;
}

}  // namespace muster::base
