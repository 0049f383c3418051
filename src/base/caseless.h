// When two texts are the same to somebody who reads them, or to a database that compares them
// leniently: they differ in letter case or in how accented letters are put together.
#pragma once

#include <string>
#include <string_view>

namespace muster::base {

// Texts with equal forms are canonical caseless matches of each other (the Unicode Standard, 3.13):
// "É" as one character, "É" as E with an accent behind it, and "é". Also "ß" and "ss". What is no
// UTF-8 is only folded in its ASCII letters. Full-width and other compatible forms stay different.
std::string caseless(std::string_view text);

}  // namespace muster::base
