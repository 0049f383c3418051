// What of a file or of standard input is the secret that somebody put there.
#pragma once

#include <string_view>

namespace muster::base {

// Without what editors and shells add and nobody sees: a UTF-8 byte order mark at the beginning,
// blanks and line breaks at the end. A view into `text`.
std::string_view secret_text(std::string_view text);

// Written as UTF-16, as PowerShell's `>` does: its bytes are not those of the secret.
bool is_utf16(std::string_view text);

}  // namespace muster::base
