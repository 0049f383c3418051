#include "base/caseless.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

#include "base/text.h"
#include "base/utf8.h"

namespace muster::base {

std::string caseless(std::string_view text) {
  // Nearly all keys; the tables of Unicode need not be looked at.
  if (ascii_prefix(text) == text.size()) return to_lower_ascii(text);
  std::string form(text);
  // Folding can take a text out of its normal form and the other way round, so it is done twice:
  // https://www.unicode.org/versions/Unicode15.0.0/ch03.pdf (D145).
  for (int round = 0; round < 2; ++round) {
    utf8proc_uint8_t* mapped = nullptr;
    const utf8proc_ssize_t length = utf8proc_map(
        reinterpret_cast<const utf8proc_uint8_t*>(form.data()),
        static_cast<utf8proc_ssize_t>(form.size()), &mapped,
        static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
    if (length < 0) return to_lower_ascii(text);
    form.assign(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(length));
  }
  return form;
}

}  // namespace muster::base
