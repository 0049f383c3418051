#include "net/address_policy.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

namespace muster::net {
namespace {

using enum AddressClass;

struct AddressCase {
  std::string_view address;
  AddressClass address_class;
};

const AddressCase kCases[] = {
    {"93.184.216.34", kPublic},
    {"9.255.255.255", kPublic},
    {"11.0.0.0", kPublic},
    {"172.15.255.255", kPublic},
    {"172.32.0.0", kPublic},
    {"192.167.255.255", kPublic},
    {"100.63.255.255", kPublic},
    {"100.128.0.0", kPublic},
    {"198.17.255.255", kPublic},
    {"223.255.255.255", kPublic},
    {"10.0.0.0", kPrivate},
    {"10.255.255.255", kPrivate},
    {"172.16.0.1", kPrivate},
    {"172.31.255.255", kPrivate},
    {"192.168.1.1", kPrivate},
    {"127.0.0.1", kLoopback},
    {"127.255.255.254", kLoopback},
    {"0.0.0.0", kForbidden},
    {"0.1.2.3", kForbidden},
    {"169.254.169.254", kForbidden},
    {"168.63.129.16", kForbidden},
    {"168.63.129.17", kPublic},
    {"100.64.0.1", kForbidden},
    {"100.100.100.200", kForbidden},
    {"192.0.0.192", kForbidden},
    {"192.0.2.1", kForbidden},
    {"198.18.0.1", kForbidden},
    {"198.19.255.255", kForbidden},
    {"198.51.100.1", kForbidden},
    {"203.0.113.9", kForbidden},
    {"224.0.0.1", kForbidden},
    {"240.0.0.1", kForbidden},
    {"255.255.255.255", kForbidden},

    {"2606:2800:220:1::1", kPublic},
    {"2a00::1", kPublic},
    {"::1", kLoopback},
    {"fc00::1", kPrivate},
    {"fd12:3456::1", kPrivate},
    {"fd00:ec2::254", kForbidden},
    {"fd20:ce::254", kForbidden},
    {"::", kForbidden},
    {"fe80::1", kForbidden},
    {"febf::1", kForbidden},
    {"fec0::1", kForbidden},
    {"ff02::1", kForbidden},
    {"100::1", kForbidden},
    {"2001:db8::1", kForbidden},
    {"2001:2::1", kForbidden},
    {"2001:20::1", kForbidden},
    {"3fff::1", kForbidden},
    {"4000::1", kForbidden},

    {"::ffff:93.184.216.34", kPublic},
    {"::ffff:127.0.0.1", kLoopback},
    {"::ffff:10.0.0.1", kPrivate},
    {"::ffff:169.254.169.254", kForbidden},
    {"64:ff9b::a00:1", kPrivate},
    {"64:ff9b::a9fe:a9fe", kForbidden},
    {"64:ff9b:1::1", kForbidden},
    {"2002:5db8:d822::1", kPublic},
    {"2002:7f00:1::1", kLoopback},
    {"2002:a9fe:a9fe::1", kForbidden},
    {"2001:0:5db8:d822:0:0:a247:27dd", kPublic},     // 93.184.216.34 inverted
    {"2001:0:5db8:d822:0:0:5601:5601", kForbidden},  // 169.254.169.254 inverted
    {"::7f00:1", kForbidden},                        // the old "compatible" form

    {"localhost", kForbidden},
    {"", kForbidden},
    {"127.1", kForbidden},
    {"0x7f.0.0.1", kForbidden},
    {"2130706433", kForbidden},
    {"10.0.0.1 ", kForbidden},
    {"010.0.0.1", kForbidden},
    {"fe80::1%eth0", kForbidden},
    {"[::1]", kForbidden},
};

TEST(AddressPolicy, KnowsEverySpecialRange) {
  for (const AddressCase& one : kCases) {
    EXPECT_EQ(classify(one.address), one.address_class) << one.address;
  }
  EXPECT_EQ(classify(std::string_view("93.184.216.34\0x", 15)), kForbidden);
}

TEST(AddressPolicy, JudgesASocketAddressLikeItsText) {
  for (const AddressCase& one : kCases) {
    sockaddr_in four{.sin_family = AF_INET};
    sockaddr_in6 six{.sin6_family = AF_INET6};
    const std::string text(one.address);
    if (inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1) {
      EXPECT_EQ(classify(reinterpret_cast<const sockaddr&>(four)), one.address_class) << text;
    } else if (inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1) {
      EXPECT_EQ(classify(reinterpret_cast<const sockaddr&>(six)), one.address_class) << text;
    }
  }
  const sockaddr_un local{.sun_family = AF_UNIX};
  EXPECT_EQ(classify(reinterpret_cast<const sockaddr&>(local)), kForbidden);
}

TEST(AddressPolicy, OpensPrivateNetworksOnlyWhenAskedAndForbiddenOnesNever) {
  EXPECT_TRUE(is_allowed(kPublic, false));
  EXPECT_FALSE(is_allowed(kPrivate, false));
  EXPECT_FALSE(is_allowed(kLoopback, false));
  EXPECT_TRUE(is_allowed(kPrivate, true));
  EXPECT_TRUE(is_allowed(kLoopback, true));
  EXPECT_FALSE(is_allowed(kForbidden, true));
}

}  // namespace
}  // namespace muster::net
