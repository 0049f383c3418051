#include "mapping/identifier_value.h"

#include <gtest/gtest.h>

namespace muster::mapping {
namespace {

using catalogue::IdentifierKind;

bool identifies(IdentifierKind kind, std::string_view value,
                const std::set<std::string, std::less<>>& more = {}) {
  return !is_placeholder(kind, normalised(value), more);
}

TEST(IdentifierValue, IsComparedWithoutBlanksAndCase) {
  EXPECT_EQ(normalised("  C02XL0GTJGH5\t"), "c02xl0gtjgh5");
  EXPECT_EQ(normalised("Anna@Example.COM"), "anna@example.com");
}

TEST(IdentifierValue, OfManufacturersWhoWroteNoneIdentifiesNothing) {
  for (const char* value : {"System Serial Number",
                            "To Be Filled By O.E.M.",
                            "to be filled by o.e.m.",
                            "0",
                            "None",
                            "Default string",
                            "Default_string",
                            " DEFAULT STRING ",
                            "Not Specified",
                            "N/A",
                            "INVALID",
                            "Chassis Serial Number",
                            "Base Board Serial Number",
                            "unknown",
                            "OEM",
                            "00000000",
                            "xxxxxxxxxx",
                            "........",
                            "-",
                            "123456789",
                            "0123456789",
                            "1234567890",
                            "ABC"}) {
    EXPECT_FALSE(identifies(IdentifierKind::kSerialNumber, value)) << value;
  }
}

TEST(IdentifierValue, ThatLooksAlmostLikeAPlaceholderIdentifies) {
  for (const char* value : {"PF3QJ7K1", "C02XL0GTJGH5", "VMware-56 4d 1c", "1000", "123456780",
                            "5CG0123456", "None-42", "0000000A"}) {
    EXPECT_TRUE(identifies(IdentifierKind::kSerialNumber, value)) << value;
  }
}

TEST(IdentifierValue, IsNoDeviceIdWhenBoardsAreDeliveredWithIt) {
  for (const char* value :
       {"00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
        "03000200-0400-0500-0006-000700080009"}) {
    EXPECT_FALSE(identifies(IdentifierKind::kDeviceId, value)) << value;
  }
  EXPECT_TRUE(identifies(IdentifierKind::kDeviceId, "6c1d5b1e-0d6f-4f6c-9d0c-0a1b2c3d4e5f"));
}

TEST(IdentifierValue, MustBeAnAddressToBeOne) {
  EXPECT_TRUE(identifies(IdentifierKind::kEmail, "a@b"));
  for (const char* value : {"anna", "@example.com", "anna@", "a@b@c", "a b@c"}) {
    EXPECT_FALSE(identifies(IdentifierKind::kEmail, value)) << value;
  }
}

TEST(IdentifierValue, CanBeCalledAPlaceholderByTheImporterFile) {
  EXPECT_TRUE(identifies(IdentifierKind::kSerialNumber, "BOX-0001"));
  EXPECT_FALSE(identifies(IdentifierKind::kSerialNumber, "BOX-0001", {"box-0001"}));
  EXPECT_FALSE(identifies(IdentifierKind::kEmail, "info@example.com", {"info@example.com"}));
}

}  // namespace
}  // namespace muster::mapping
