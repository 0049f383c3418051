#include "source/doctor.h"

#include "base/text.h"
#include "source/test_support.h"

namespace muster::source::test {
namespace {

using Meaning = catalogue::ErrorRule::Meaning;
using State = DataSetCheck::State;
using Strategy = catalogue::Relation::Strategy;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Users, where "activity" needs a permission of its own, and their memberships.
struct Clinic {
  explicit Clinic(FakeClient::Handler handler) : rig(std::move(handler)) {
    catalogue::Source& source = rig.source;
    source.sign_in.roles_claim = "roles";
    source.permissions = {{.name = "Users.Read", .covered_by = {"Directory.Read"}},
                          {.name = "Activity.Read"},
                          {.name = "Members.Read"},
                          {.name = "Members.ReadHidden"}};
    source.errors = {{.status = 403, .code = "NoLicence", .meaning = Meaning::kNotAvailable}};
    users.name = "users";
    users.request = small_request();
    users.key = "id";
    users.permissions = {"Users.Read"};
    users.attributes.resize(3);
    users.attributes[0].name = "id";
    users.attributes[0].path = path("id");
    users.attributes[1].name = "mail";
    users.attributes[1].path = path("mail");
    users.attributes[2].name = "lastSeen";
    users.attributes[2].path = path("activity.lastSeen");
    users.attributes[2].permission = "Activity.Read";
    members.name = "memberships";
    members.parent = "users";
    members.request = small_request("/users/{key}/groups");
    members.strategy = Strategy::kBatch;
    members.permissions = {"Members.Read"};
    members.hidden_permission = "Members.ReadHidden";
    members.batch_path = "/$batch";
  }

  void grant(const std::string& roles) {
    rig.values.secrets["token"] = base::Secret(
        "x." + base::base64url_encode(fmt::format(R"({{"roles":[{}]}})", roles)) + ".x");
  }

  std::vector<DataSetCheck> check(bool with_members = false, bool with_rows = false) {
    CheckPlan plan{.data_set = &users};
    plan.records = {.fields = {"mail", "activity"}};
    if (with_members) plan.relations = {&members};
    if (with_rows) plan.rows = {&phones};
    const std::vector<CheckPlan> plans{plan};
    source::Session& session = rig.open();
    static_cast<void>(session.sign_in({}));
    return check_data_sets(session, plans, {});
  }

  Rig rig;
  catalogue::DataSet users;
  catalogue::DataSet phones{.name = "phones", .permissions = {"Phones.Read"}};
  catalogue::Relation members;
};

net::Response one_user(const net::Request&) {
  return answer(200,
                R"({"value":[{"id":"u1"}],"@odata.nextLink":"https://api.test/v1/users?t=2"})");
}

TEST(Doctor, ReadsASingleRecordOfWhatWorks) {
  Clinic clinic(one_user);
  clinic.grant(R"("Users.Read","Activity.Read")");
  const auto checks = clinic.check();
  ASSERT_THAT(checks, SizeIs(1));
  EXPECT_EQ(checks[0].name, "users");
  EXPECT_EQ(checks[0].state, State::kWorks);
  EXPECT_EQ(checks[0].records_seen, 1U);
  EXPECT_THAT(checks[0].grant, IsEmpty());
  EXPECT_THAT(clinic.rig.client.urls(),
              ElementsAre("https://api.test/v1/users?$top=1&$select=id,mail,activity"));
}

TEST(Doctor, TellsApartWhatIsEmpty) {
  Clinic clinic([](const net::Request&) { return answer(200, R"({"value":[]})"); });
  clinic.grant(R"("Users.Read","Activity.Read","Members.Read","Members.ReadHidden","Phones.Read")");
  const auto checks = clinic.check(true, true);
  ASSERT_THAT(checks, SizeIs(3));
  EXPECT_EQ(checks[0].state, State::kEmpty);
  EXPECT_EQ(checks[1].state, State::kEmpty) << "its records are inside those";
  EXPECT_EQ(checks[2].state, State::kUntested) << "there is no parent to ask for";
}

TEST(Doctor, TriesRecordsInsideOthersWithThose) {
  Clinic works(one_user);
  works.grant(R"("Users.Read","Activity.Read","Phones.Read")");
  const auto checks = works.check(false, true);
  ASSERT_THAT(checks, SizeIs(2));
  EXPECT_EQ(checks[1].name, "phones");
  EXPECT_EQ(checks[1].state, State::kWorks);
  EXPECT_THAT(works.rig.client.urls(), SizeIs(1)) << "they have no request of their own";

  Clinic lacking(one_user);
  lacking.grant(R"("Users.Read","Activity.Read")");
  EXPECT_EQ(lacking.check(false, true).at(1).state, State::kMissingPermission);
  EXPECT_THAT(lacking.check(false, true).at(1).grant, ElementsAre("Phones.Read"));

  Clinic refused([](const net::Request&) { return refusal(403, "NoLicence"); });
  EXPECT_EQ(refused.check(false, true).at(1).state, State::kUntested);
}

TEST(Doctor, NamesTheFieldsThatWouldStayEmptyAndTheirPermission) {
  Clinic clinic(one_user);
  clinic.grant(R"("Users.Read")");
  const auto checks = clinic.check();
  EXPECT_EQ(checks.at(0).state, State::kMissingPermission);
  ASSERT_THAT(checks[0].fields, SizeIs(1));
  EXPECT_EQ(checks[0].fields[0].attribute, "lastSeen");
  EXPECT_THAT(checks[0].grant, ElementsAre("Activity.Read"));
}

TEST(Doctor, NamesExactlyThePermissionThatTheTokenLacks) {
  Clinic clinic([](const net::Request&) { return refusal(403, "Denied"); });
  clinic.users.permissions = {"Users.Read", "Members.Read"};
  clinic.grant(R"("Directory.Read","Activity.Read")");  // covers Users.Read
  const auto checks = clinic.check();
  EXPECT_EQ(checks.at(0).state, State::kMissingPermission);
  EXPECT_THAT(checks[0].grant, ElementsAre("Members.Read"));
  EXPECT_EQ(checks[0].error.value().reason, "source_permission");
}

TEST(Doctor, NamesAllThatIsNeededWhenTheTokenDoesNotTell) {
  Clinic clinic([](const net::Request&) { return refusal(403, "Denied"); });
  const auto checks = clinic.check();
  EXPECT_EQ(checks.at(0).state, State::kMissingPermission);
  EXPECT_THAT(checks[0].grant, ElementsAre("Users.Read"));
}

TEST(Doctor, FindsOutThatAFieldIsWhatTheReadingIsRefusedFor) {
  Clinic clinic([](const net::Request& request) {
    const bool special = request.url.find("activity") != std::string::npos;
    return special ? refusal(403, "Denied") : one_user(request);
  });
  const auto checks = clinic.check();  // the token is opaque
  EXPECT_EQ(checks.at(0).state, State::kMissingPermission);
  ASSERT_THAT(checks[0].fields, SizeIs(1));
  EXPECT_EQ(checks[0].fields[0].attribute, "lastSeen");
  EXPECT_THAT(checks[0].grant, ElementsAre("Activity.Read"));
  EXPECT_EQ(checks[0].records_seen, 1U);
}

// Advising what is there already sends an admin round in circles.
TEST(Doctor, SaysThatAPermissionIsGrantedAndRefusedAllTheSame) {
  Clinic clinic([](const net::Request&) { return refusal(403, "Denied"); });
  clinic.users.permissions = {"Users.Read", "Members.Read"};
  clinic.users.request.permissions = clinic.users.permissions;
  clinic.grant(R"("Users.Read","Members.Read","Activity.Read")");
  const auto checks = clinic.check();
  EXPECT_EQ(checks.at(0).state, State::kMissingPermission);
  EXPECT_THAT(checks[0].grant, IsEmpty());
  EXPECT_THAT(checks[0].error->message, HasSubstr("lists Users.Read and Members.Read"));
}

TEST(Doctor, DoesNotAdvisePermissionsWhereALicenceIsMissing) {
  Clinic clinic([](const net::Request& request) {
    const bool special = request.url.find("activity") != std::string::npos;
    return special ? refusal(403, "NoLicence") : one_user(request);
  });
  clinic.grant(R"("Users.Read","Activity.Read")");
  const auto checks = clinic.check();
  EXPECT_EQ(checks.at(0).state, State::kNotAvailable);
  ASSERT_THAT(checks[0].fields, SizeIs(1));
  EXPECT_EQ(checks[0].fields[0].attribute, "lastSeen");
  EXPECT_THAT(checks[0].grant, IsEmpty());
}

TEST(Doctor, TriesRelationsWithTheRecordThatItSaw) {
  Clinic clinic([](const net::Request& request) {
    const bool groups = request.url.find("/users/u1/groups") != std::string::npos;
    return groups ? refusal(403, "Denied") : one_user(request);
  });
  clinic.grant(R"("Users.Read","Activity.Read")");
  const auto checks = clinic.check(true);
  ASSERT_THAT(checks, SizeIs(2));
  EXPECT_EQ(checks[0].state, State::kWorks);
  EXPECT_EQ(checks[1].name, "memberships");
  EXPECT_TRUE(checks[1].is_relation);
  EXPECT_EQ(checks[1].state, State::kMissingPermission);
  EXPECT_THAT(checks[1].grant, ElementsAre("Members.Read"));
  EXPECT_EQ(checks[1].hidden_members_need, "Members.ReadHidden");
}

TEST(Doctor, ARelationWithoutAnyParentIsUntestedNotBroken) {
  Clinic clinic([](const net::Request&) { return answer(200, R"({"value":[]})"); });
  clinic.grant(R"("Users.Read","Activity.Read","Members.ReadHidden")");
  const auto checks = clinic.check(true);
  ASSERT_THAT(checks, SizeIs(2));
  EXPECT_EQ(checks[0].state, State::kEmpty);
  EXPECT_EQ(checks[0].records_seen, 0U);
  EXPECT_EQ(checks[1].state, State::kUntested);
  EXPECT_THAT(checks[1].grant, ElementsAre("Members.Read"));
  EXPECT_EQ(checks[1].hidden_members_need, "");
}

TEST(Doctor, GoesOnAfterAFailure) {
  Clinic clinic([](const net::Request& request) {
    const bool broken = request.url.find("/users") != std::string::npos;
    return broken ? answer(200, "<html>", {{"Content-Type", "text/html"}})
                  : answer(200, R"({"value":[{"id":"d1"}]})");
  });
  catalogue::DataSet devices;
  devices.name = "devices";
  devices.request = small_request("/devices");
  CheckPlan first{.data_set = &clinic.users};
  CheckPlan second{.data_set = &devices};
  const std::vector<CheckPlan> plans{first, second};
  const auto checks = check_data_sets(clinic.rig.open(), plans, {});
  ASSERT_THAT(checks, SizeIs(2));
  EXPECT_EQ(checks[0].state, State::kFailed);
  EXPECT_EQ(checks[0].error.value().reason, "source_protocol");
  EXPECT_EQ(checks[1].state, State::kWorks);
}

}  // namespace
}  // namespace muster::source::test
