// Whether a text has the form that Assets wants of an attribute's type. One value that has not
// makes Assets refuse the whole object, without naming it.
#pragma once

#include <string_view>

namespace muster::mapping {

bool is_url(std::string_view text);          // scheme://host...
bool is_email(std::string_view text);        // one "@" with something on both sides, no blanks
bool is_ip_address(std::string_view text);   // version 4 or 6, without port, zone and brackets
bool is_time_of_day(std::string_view text);  // "23:59" or "23:59:59"

}  // namespace muster::mapping
