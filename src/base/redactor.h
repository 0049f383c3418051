// Takes the credentials in use out of texts that came over the wire, before they become part of an
// error: a proxy or a service may repeat what it was sent.
//
//   Redactor redactor;
//   redactor.add(settings.token);
//   return refused(redactor.cleaned(answer_text));
#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace muster::base {

// Any thread.
class Redactor {
 public:
  // For as long as the Redactor lives. Empty and very short values (under kShortestSecret bytes)
  // are no secrets: taking them out would only tell them.
  void add(const Secret& secret);
  // What is replaced again and again, such as access tokens: the newest few are remembered.
  void add_passing(const Secret& secret);

  // `text` with "[secret]" in place of every secret: as it is, percent-encoded (%XX or a form's),
  // in base64 of either alphabet, or with JSON's escapes. Of long secrets each piece of
  // kTellingPiece bytes counts, so that a repetition that was cut shows nothing of use.
  std::string cleaned(std::string_view text) const;

  static constexpr std::size_t kShortestSecret = 4;
  static constexpr std::size_t kTellingPiece = 12;

 private:
  using Forms = std::vector<Secret>;  // of one secret
  std::vector<bool> telling(std::string_view text) const;

  mutable std::mutex mutex_;  // guards what follows; nobody waits while holding it
  std::vector<Forms> lasting_;
  std::deque<Forms> passing_;
};

}  // namespace muster::base
