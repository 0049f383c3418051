// Every route times every role times ids of another site.
#include "base/text.h"
#include "web/test_support.h"

namespace muster::web {
namespace {

using testing::HasSubstr;
using testing::Not;

// What a caller may expect, said once more in other words than the API says it.
struct Person {
  std::string role;  // as ApiTest::as() names it
  bool is_operator = false;
  bool may_write = true;
  std::map<std::string, std::string> roles;
};

const std::vector<Person> kPeople = {
    {.role = ""},
    {.role = "operator", .is_operator = true},
    {.role = "admin", .roles = {{"acme", "admin"}}},
    {.role = "auditor", .roles = {{"acme", "auditor"}}},
    {.role = "reader", .may_write = false, .roles = {{"acme", "admin"}}},
    {.role = "stranger", .roles = {{"globex", "admin"}}},
    {.role = "nobody in particular"},
};

// 0: he gets through to the route.
int refusal_of(const Route& route, const Person& person, const std::string& site) {
  const Needs needs = route.needs;
  if (needs == Needs::kNothing) return 0;
  if (person.role.empty()) return 401;
  if (needs == Needs::kAuditor || needs == Needs::kAdmin) {
    const auto role = person.roles.find(site);
    const bool is_there = site == "acme" || site == "globex" || site == "default";
    if (!is_there || (!person.is_operator && role == person.roles.end())) return 404;
    if (needs == Needs::kAdmin && !person.is_operator && role->second != "admin") return 403;
  }
  if (needs == Needs::kOperator && !person.is_operator) return 403;
  const bool changes = route.method != "GET" && !route.only_looks;
  return changes && !person.may_write ? 403 : 0;
}

class ApiAccessTest : public ApiTest {
 protected:
  ApiAccessTest() {
    EXPECT_EQ(put_importer("globex", "theirs").status, 200);
    add_run("globex", "run-of-globex", run::State::kHeld, "theirs");
    EXPECT_EQ(
        as("operator", "PUT", "/api/v1/sites/globex/secrets/theirs", R"({"value":"x"})").status,
        200);
    const auto asked = as("operator", "POST", "/api/v1/sites/globex/importers/theirs/runs", "{}");
    job_ = member(asked, "job_id");
    EXPECT_NE(job_, "");
  }

  // With the ids of what is at globex.
  std::string target(const Route& route, const std::string& site) const {
    const std::map<std::string, std::string, std::less<>> ids = {
        {"site", site},           {"importer", "theirs"}, {"version", "1"},
        {"run", "run-of-globex"}, {"job", job_},          {"secret", "theirs"},
        {"session", "x"},         {"token", "x"},         {"admin", "no-such"},
        {"source", "entra"},      {"moved_site", site},   {"backup", "no-such"}};
    std::string text;
    for (const std::string_view part : base::split(route.path, '/')) {
      if (part.empty()) continue;
      text += '/';
      text += part.starts_with('{') ? ids.find(part.substr(1, part.size() - 2))->second
                                    : std::string(part);
    }
    return text;
  }
  static std::string body_for(const Route& route) {
    if (route.body.empty()) return "";
    if (route.path.ends_with("/approve") || route.path.ends_with("/reject")) {
      return R"({"why":"I say so"})";
    }
    return "{}";
  }
  // Everything but what notes the attempts themselves.
  std::string everything() {
    const auto db = store::open_db(url_).value();
    std::string text;
    for (const std::string columns :
         {"site || name FROM sites", "admin || is_operator || is_disabled FROM admins",
          "admin || site || role FROM admin_roles", "admin || session FROM sessions",
          "admin || token FROM api_tokens", "site || importer || version || paused FROM importers",
          "site || importer || version FROM importer_versions",
          "site || job_id || state || cancel_asked FROM jobs", "site || run_id || state FROM runs",
          "moved_site || to_region || cancel_asked FROM site_moves",
          "site || name || changed FROM secrets", "run_id || approved_by FROM approvals"}) {
      auto rows = db->query("SELECT " + columns + " ORDER BY 1").value();
      while (rows.step().value()) text += rows.text(0) + "\n";
    }
    return text;
  }

  std::string job_;
};

TEST_F(ApiAccessTest, RefusesWhoeverMayNotAndNotesIt) {
  const std::string before = everything();
  std::size_t noted = 0;
  for (const Route& route : every_route()) {
    for (const std::string site : {"acme", "globex", "nowhere"}) {
      for (const Person& person : kPeople) {
        const int expected = refusal_of(route, person, site);
        if (expected == 0) continue;
        const auto answer =
            as(person.role, std::string(route.method), target(route, site), body_for(route));
        const std::string what = fmt::format("{} {} as {}", route.method, target(route, site),
                                             person.role.empty() ? "nobody" : person.role);
        EXPECT_EQ(answer.status, expected) << what << ": " << answer.body;
        EXPECT_EQ(code_of(answer), expected == 401   ? "not_signed_in"
                                   : expected == 403 ? "forbidden"
                                                     : "not_found")
            << what;
        if (expected != 401) ++noted;
      }
    }
  }
  EXPECT_EQ(everything(), before) << "nothing was done";
  const auto told = acts("");
  EXPECT_EQ(std::ranges::count(told, "access.refused"), static_cast<std::ptrdiff_t>(noted));
  EXPECT_GT(noted, 100U);
}

TEST_F(ApiAccessTest, LetsThroughWhoeverMay) {
  for (const Route& route : every_route()) {
    // Those end what the test itself needs.
    if (route.path == "/api/v1/sign-out" || route.needs == Needs::kNothing) continue;
    if (route.path == "/api/v1/sites/{site}" && route.method == "DELETE") continue;
    for (const Person& person : kPeople) {
      if (refusal_of(route, person, "acme") != 0) continue;
      const auto answer =
          as(person.role, std::string(route.method), target(route, "acme"), body_for(route));
      EXPECT_NE(answer.status, 401) << route.path << " as " << person.role;
      EXPECT_NE(answer.status, 403) << route.path << " as " << person.role;
      EXPECT_LT(answer.status, 500) << route.path << " as " << person.role << answer.body;
    }
  }
}

TEST_F(ApiAccessTest, FindsNothingOfAnotherSiteUnderOnesOwn) {
  const std::string before = everything();
  for (const Route& route : every_route()) {
    const bool names_more =
        route.path.find("{site}/") != std::string_view::npos &&
        route.path.find('{', route.path.find("{site}") + 1) != std::string_view::npos;
    if (!names_more || route.method == "PUT") continue;
    for (const std::string role : {"operator", "admin"}) {
      const auto answer =
          as(role, std::string(route.method), target(route, "acme"), body_for(route));
      EXPECT_EQ(answer.status, 404) << route.method << " " << route.path << answer.body;
    }
  }
  EXPECT_EQ(everything(), before);
  for (const std::string list : {"importers", "runs", "jobs", "secrets", "audit", "statistics"}) {
    const auto answer = as("admin", "GET", "/api/v1/sites/acme/" + list);
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, Not(HasSubstr("globex"))) << list;
    EXPECT_THAT(answer.body, Not(HasSubstr("theirs"))) << list;
  }
}

TEST_F(ApiAccessTest, ShowsOnlyOnesOwnSites) {
  EXPECT_THAT(as("admin", "GET", "/api/v1/sites").body, HasSubstr("acme"));
  EXPECT_THAT(as("admin", "GET", "/api/v1/sites").body, Not(HasSubstr("globex")));
  EXPECT_EQ(as("nobody in particular", "GET", "/api/v1/sites").body, R"({"sites":[]})");
  EXPECT_THAT(as("operator", "GET", "/api/v1/sites").body, HasSubstr("globex"));
}

TEST_F(ApiAccessTest, TellsNobodyWhichAddressesThereAre) {
  EXPECT_EQ(ask("GET", "/api/v1/nothing").status, 401);
  EXPECT_EQ(ask("GET", "/api/openapi.json").status, 401);
  EXPECT_EQ(ask("PATCH", "/api/v1/sites").status, 401);
  EXPECT_EQ(as("operator", "GET", "/api/v1/nothing").status, 404);
  const auto refused = as("operator", "PATCH", "/api/v1/sites");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(header(refused, "Allow"), "GET, POST");
}

TEST_F(ApiAccessTest, LetsOnlyOperatorsReachIntoTheMachine) {
  const auto put = [&](const std::string& role, const std::string& from, const std::string& to) {
    std::string body = importer_body("mine");
    body.replace(body.find(from), from.size(), to);
    return as(role, "PUT", "/api/v1/sites/acme/importers/mine", body, {{"If-Match", "*"}});
  };
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"{ secret: entra }", "{ env: HOME }"},
      {"{ secret: jsm }", "{ file: /etc/hostname }"},
      {"client_id:", "allow_private_address: true, client_id:"},
      {"client_id:", "ca_file: /etc/hostname, client_id:"},
      {"schema: { name: IT }",
       "schema: { name: IT }, people: { data_set: users, email: mail, site_url: "
       "https://acme.atlassian.net, bearer_token: { env: HOME } }"},
      {"schema: { name: IT }",
       "schema: { name: IT }, people: { data_set: users, email: mail, site_url: "
       "https://10.0.0.1, bearer_token: { secret: jira }, allow_private_address: true }"},
      {"{ type: jsm_assets, token: { secret: jsm }, schema: { name: IT } }",
       "{ type: files, dir: /tmp/x }"}};
  for (const auto& [from, to] : changes) {
    const auto refused = put("admin", from, to);
    EXPECT_EQ(refused.status, 422) << to;
    EXPECT_EQ(code_of(refused), "operator_only") << to << refused.body;
    EXPECT_EQ(put("operator", from, to).status, 200) << to;
  }
}

}  // namespace
}  // namespace muster::web
