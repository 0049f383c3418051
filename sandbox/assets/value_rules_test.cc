#include "sandbox/assets/value_rules.h"

#include <gtest/gtest.h>

namespace muster::sandbox::assets {
namespace {

bool takes(std::string_view type, std::string_view text) {
  return !check_value(Attribute{.name = "A", .type = std::string(type)}, text);
}

TEST(AssetsValueRules, TakeWhatATypeMeans) {
  for (const auto& [type, text] : std::initializer_list<std::pair<const char*, const char*>>{
           {"text", "anything"},
           {"textarea", "any\nthing"},
           {"integer", "-5"},
           {"double", "1e3"},
           {"boolean", "false"},
           {"date", "2024-02-29"},
           {"date_time", "2026-03-01T02:00:03.952Z"},
           {"date_time", "2026-03-01T02:00:03+01:00"},
           {"time", "23:59"},
           {"time", "00:00:59"},
           {"url", "https://x"},
           {"email", "a@b"},
           {"ipaddress", "10.0.0.1"},
           {"ipaddress", "2001:db8::1"}})
    EXPECT_TRUE(takes(type, text)) << type << " " << text;
}

TEST(AssetsValueRules, RefuseWhatItDoesNot) {
  for (const auto& [type, text] :
       std::initializer_list<std::pair<const char*, const char*>>{{"integer", "1.5"},
                                                                  {"integer", "many"},
                                                                  {"double", "1,5"},
                                                                  {"boolean", "yes"},
                                                                  {"boolean", "True"},
                                                                  {"date", "2026-02-29"},
                                                                  {"date", "01.03.2026"},
                                                                  {"date", "2026-03-01T02:00:03Z"},
                                                                  {"date_time", "2026-03-01"},
                                                                  {"date_time", "yesterday"},
                                                                  {"time", "24:00"},
                                                                  {"time", "1:5"},
                                                                  {"url", "example.com"},
                                                                  {"url", "https://a b"},
                                                                  {"email", "nobody"},
                                                                  {"email", "a@b@c"},
                                                                  {"ipaddress", "10.0.0.256"}})
    EXPECT_FALSE(takes(type, text)) << type << " " << text;
}

}  // namespace
}  // namespace muster::sandbox::assets
