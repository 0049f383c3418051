// When a secret or a certificate ends.
#include "source/expiry.h"

#include "source/grants.h"
#include "source/test_support.h"

namespace muster::source::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const base::Stop kNoStop;

catalogue::ExpiryRule secret_rule() {
  catalogue::ExpiryRule rule;
  rule.field = "client_secret";
  rule.request = small_request("/apps");
  rule.request.fields_parameter.clear();
  rule.credentials = path("value[].secrets[]");
  rule.end = path("ends");
  rule.hint = path("hint");
  return rule;
}

// Asks a source that answers with `secrets`; the connection's secret is "abc-secret".
std::vector<Expiry> ask(Result<net::Response> said) {
  Rig rig([&](const net::Request&) { return said; });
  rig.source.expiries = {secret_rule()};
  rig.values.secrets["client_secret"] = base::Secret("abc-secret");
  return find_expiries(rig.open(), kNoStop);
}

std::string secrets(std::string_view list) {
  return fmt::format(R"({{"value":[{{"secrets":[{}]}}]}})", list);
}

TEST(Expiry, IsThatOfTheSecretThatBeginsAsOursDoes) {
  const auto found =
      ask(answer(200, secrets(R"({"hint":"xyz","ends":"2100-01-01T00:00:00Z"},)"
                              R"({"hint":"abc","ends":"2101-02-03T04:05:06.1234567Z"})")));
  ASSERT_THAT(found, SizeIs(1));
  ASSERT_TRUE(found[0].end);
  EXPECT_THAT(*found[0].end, HasSubstr("2101-02-03T04:05:06"));
  EXPECT_GT(found[0].days_left, 20'000);
}

TEST(Expiry, IsTheFirstThatHasNotPassedWhenNobodyKnowsWhichIsOurs) {
  const auto found = ask(answer(200, secrets(R"({"ends":"2101-01-01T00:00:00Z"},)"
                                             R"({"ends":"2001-01-01T00:00:00Z"},)"
                                             R"({"ends":"2100-01-01T00:00:00Z"},{"ends":null})")));
  ASSERT_THAT(found, SizeIs(1));
  ASSERT_TRUE(found[0].end);
  EXPECT_THAT(*found[0].end, HasSubstr("2100-01-01"));
}

TEST(Expiry, ThatIsNotToldIsNoFailureAndHoldsNoSecret) {
  const auto found = ask(answer(200, secrets("")));
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_FALSE(found[0].end);
  EXPECT_THAT(found[0].problem, HasSubstr("no credential of this kind"));
  const auto refused = ask(refusal(403, "Denied"));
  ASSERT_THAT(refused, SizeIs(1));
  EXPECT_FALSE(refused[0].end);
  EXPECT_EQ(refused[0].problem.find("abc-secret"), std::string::npos);
  EXPECT_FALSE(refused[0].problem.empty());
}

TEST(Expiry, IsNotAskedForWithoutASecret) {
  std::size_t asked = 0;
  Rig rig([&](const net::Request&) {
    ++asked;
    return answer(200, "{}");
  });
  rig.source.expiries = {secret_rule()};
  rig.source.expiries[0].field = "another";
  EXPECT_THAT(find_expiries(rig.open(), kNoStop), IsEmpty());
  EXPECT_EQ(asked, 0u);
}

TEST(Grants, TellWhatNothingNeeds) {
  catalogue::Source source;
  source.permissions = {{.name = "User.Read", .covered_by = {"Directory.Read"}},
                        {.name = "Group.Read", .covered_by = {"Directory.Read"}}};
  const auto unused = [&](std::vector<std::string> granted) {
    return Grants(source, std::move(granted)).superfluous({"User.Read", "Group.Read"});
  };
  EXPECT_THAT(unused({"User.Read", "Group.Read"}), IsEmpty());
  EXPECT_THAT(unused({"User.Read", "Directory.Read"}), IsEmpty()) << "for the groups";
  EXPECT_THAT(unused({"User.Read", "Group.Read", "Directory.Read", "Mail.Send"}),
              ElementsAre("Directory.Read", "Mail.Send"));
  EXPECT_THAT(Grants(source, std::nullopt).superfluous({"User.Read"}), IsEmpty());
}

}  // namespace
}  // namespace muster::source::test
