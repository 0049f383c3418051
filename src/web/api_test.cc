#include "service/job_options.h"
#include "service/run_store_adapter.h"
#include "web/test_support.h"

namespace muster::web {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string kAcme = "/api/v1/sites/acme";

class ApiUseTest : public ApiTest {
 protected:
  struct Session {
    std::string cookie;
    std::string csrf;
  };
  Session sign_in() {
    const auto answer =
        ask("POST", "/api/v1/sign-in", R"({"admin":"olga","password":"correct horse"})");
    EXPECT_EQ(answer.status, 200) << answer.body;
    const std::string cookie = header(answer, "Set-Cookie");
    return {cookie.substr(0, cookie.find(';')), member(answer, "csrf_token")};
  }
  net::ServerResponse in(const Session& session, const std::string& method,
                         const std::string& target, const std::string& body = "",
                         bool with_csrf = true) {
    Headers headers = {{"Cookie", "other=1; " + session.cookie}};
    if (with_csrf) headers.push_back({"X-CSRF-Token", session.csrf});
    return ask(method, target, body, headers);
  }
  static std::vector<std::string> ids_in(const net::ServerResponse& answer, std::string_view list,
                                         std::string_view id) {
    const json::Document document = read(answer);
    std::vector<std::string> ids;
    for (const json::Value& item : document.root().find(list)->items()) {
      ids.emplace_back(json::scalar_text(*item.find(id)));
    }
    return ids;
  }
};

// ---- signing in -------------------------------------------------------------------------------

TEST_F(ApiUseTest, TheSetUpLinkWorksOnce) {
  EXPECT_EQ(code_of(ask("POST", "/api/v1/set-up",
                        R"({"token":"mstr_setup_x","admin":"eve","password":"correct horse"})")),
            "set_up");
}

TEST_F(ApiUseTest, ASessionIsACookieThatScriptsAndOtherSitesDoNotGet) {
  const auto answer =
      ask("POST", "/api/v1/sign-in", R"({"admin":"olga","password":"correct horse"})");
  const std::string cookie = header(answer, "Set-Cookie");
  EXPECT_THAT(cookie, testing::StartsWith("__Host-"));
  for (const std::string part : {"; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/"}) {
    EXPECT_THAT(cookie, HasSubstr(part));
  }
  EXPECT_THAT(answer.body, Not(HasSubstr("mstr_session_"))) << "not where scripts read";
}

TEST_F(ApiUseTest, WhatChangesSomethingNeedsTheCsrfTokenOfTheSession) {
  const Session session = sign_in();
  const Session other = sign_in();
  EXPECT_EQ(in(session, "GET", "/api/v1/me", "", false).status, 200);
  const std::string site = R"({"site":"new"})";
  EXPECT_EQ(in(session, "POST", "/api/v1/sites", site, false).status, 403);
  EXPECT_EQ(in({session.cookie, other.csrf}, "POST", "/api/v1/sites", site).status, 403);
  EXPECT_EQ(in(session, "POST", "/api/v1/sites", site).status, 201);
  EXPECT_EQ(member(in(session, "GET", "/api/v1/me"), "csrf_token"), session.csrf);
}

TEST_F(ApiUseTest, ChangesOnesOwnPassword) {
  const Session session = sign_in();
  const std::string target = "/api/v1/me/password";
  EXPECT_EQ(code_of(in(session, "POST", target,
                       R"({"password":"wrong horse","new_password":"battery staple"})")),
            "wrong_password");
  const auto changed = in(session, "POST", target,
                          R"({"password":"correct horse","new_password":"battery staple"})");
  EXPECT_THAT(header(changed, "Set-Cookie"), testing::StartsWith("__Host-"));
  EXPECT_EQ(in(session, "GET", "/api/v1/me").status, 401);
  EXPECT_EQ(
      ask("POST", "/api/v1/sign-in", R"({"admin":"olga","password":"battery staple"})").status,
      200);
}

TEST_F(ApiUseTest, ListsSessionsAndEndsThem) {
  const Session session = sign_in();
  const Session other = sign_in();
  const auto listed = in(session, "GET", "/api/v1/sessions");
  const auto ids = ids_in(listed, "sessions", "session");
  const auto mine = ids_in(listed, "sessions", "this_one");
  ASSERT_EQ(ids.size(), 3U) << "and that of the first start";
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (mine[i] == "true") continue;
    EXPECT_EQ(in(session, "DELETE", "/api/v1/sessions/" + ids[i]).status, 200);
  }
  EXPECT_EQ(in(other, "GET", "/api/v1/me").status, 401);
  const auto out = in(session, "POST", "/api/v1/sign-out");
  EXPECT_THAT(header(out, "Set-Cookie"), HasSubstr("Max-Age=0"));
  EXPECT_EQ(in(session, "GET", "/api/v1/me").status, 401);
}

TEST_F(ApiUseTest, HoldsBackTheAnswerToGuesses) {
  net::ServerResponse answer;
  for (int i = 0; i < 5; ++i) {
    answer = ask("POST", "/api/v1/sign-in", R"({"admin":"olga","password":"wrong horse"})");
    EXPECT_EQ(code_of(answer), "wrong_password");
    EXPECT_EQ(answer.delay.count() > 0, i >= 3) << i;
  }
  EXPECT_GT(answer.delay.count(), 0);
  EXPECT_EQ(ask("POST", "/api/v1/sign-in", R"({"admin":"olga","password":"correct horse"})").delay,
            std::chrono::milliseconds(0));
}

TEST_F(ApiUseTest, MakesPersonalTokensAndTakesThemBack) {
  const auto made = as("admin", "POST", "/api/v1/tokens", R"({"name":"ci","scope":"read"})");
  EXPECT_EQ(made.status, 201);
  tokens_["ci"] = member(made, "token");
  EXPECT_EQ(member(as("ci", "GET", "/api/v1/me"), "may_write"), "false");
  EXPECT_EQ(as("ci", "POST", "/api/v1/tokens", R"({"name":"more"})").status, 403);
  EXPECT_EQ(as("ci", "POST", "/api/v1/lint", R"({"definition":"version: 1"})").status, 200);
  EXPECT_THAT(as("admin", "GET", "/api/v1/tokens").body, Not(HasSubstr(tokens_["ci"])));
  const std::string id = member(made, "token_id");
  EXPECT_EQ(as("stranger", "DELETE", "/api/v1/tokens/" + id).status, 404);
  EXPECT_EQ(as("admin", "DELETE", "/api/v1/tokens/" + id).status, 200);
  EXPECT_EQ(as("ci", "GET", "/api/v1/me").status, 401);
  EXPECT_EQ(as("admin", "POST", "/api/v1/tokens", R"({"name":"ci","days":367})").status, 422);
}

TEST_F(ApiUseTest, KeepsAnOperator) {
  EXPECT_EQ(code_of(as("operator", "PUT", "/api/v1/admins/olga", R"({"disabled":true})")),
            "last_operator");
  EXPECT_EQ(code_of(as("operator", "DELETE", "/api/v1/admins/olga")), "last_operator");
  EXPECT_EQ(as("operator", "PUT", "/api/v1/admins/anna", R"({"disabled":true})").status, 200);
  EXPECT_EQ(as("admin", "GET", "/api/v1/me").status, 401);
  EXPECT_EQ(code_of(as("operator", "PUT", "/api/v1/admins/x", R"({"roles":{"nowhere":"admin"}})")),
            "no_such_site");
  const auto audit = as("operator", "GET", "/api/v1/audit?limit=1");
  EXPECT_THAT(audit.body, HasSubstr("anna"));
  EXPECT_THAT(audit.body, Not(HasSubstr("argon2")));
}

// ---- what is sent -----------------------------------------------------------------------------

TEST_F(ApiUseTest, TakesOnlyJsonObjects) {
  const std::string target = "/api/v1/lint";
  for (const std::string body : {"[]", "{", "\"x\"", "{}{}"}) {
    EXPECT_EQ(as("admin", "POST", target, body).status, 400) << body;
  }
  EXPECT_EQ(as("admin", "POST", target).status, 400) << "no body";
  EXPECT_EQ(as("admin", "POST", target, "{}").status, 422) << "nothing in it";
  EXPECT_EQ(as("admin", "POST", target, R"({"definition":1})").status, 422);
  net::ServerRequest form{
      .method = "POST",
      .target = target,
      .headers = {{"Authorization", "Bearer " + tokens_["admin"]}, {"Content-Type", "text/plain"}},
      .body = R"({"definition":""})"};
  EXPECT_EQ(host_->answer(form).status, 400) << "a form of another site could send this";
}

TEST_F(ApiUseTest, ReadsAddressesAsTheyAreMeant) {
  ASSERT_EQ(put_importer("acme", "entra").status, 200);
  EXPECT_EQ(as("admin", "GET", kAcme + "/importers/%65ntra").status, 200);
  EXPECT_EQ(as("admin", "GET", kAcme + "/importers/entra%").status, 404);
  EXPECT_EQ(as("admin", "GET", kAcme + "/importers/entra%2Fversions").status, 404);
  EXPECT_EQ(as("admin", "GET", kAcme + "/importers/").status, 404);
  EXPECT_EQ(as("admin", "GET", kAcme + "/runs?limit=%zz").status, 400);
  EXPECT_EQ(as("admin", "GET", kAcme + "/runs?limit=0").status, 422);
  EXPECT_EQ(as("admin", "GET", kAcme + "/runs?cursor=x").status, 422);
}

// ---- importers --------------------------------------------------------------------------------

TEST_F(ApiUseTest, ChangesAnImporterOnlyFromTheVersionThatWasSeen) {
  const std::string target = kAcme + "/importers/entra";
  const auto made = as("admin", "PUT", target, importer_body("entra"));
  EXPECT_EQ(made.status, 200) << made.body;
  EXPECT_EQ(header(made, "ETag"), "\"1\"");
  const std::string changed = importer_body("entra", "    record_limit: 5\\n");
  EXPECT_EQ(as("admin", "PUT", target, changed).status, 412) << "it is there already";
  EXPECT_EQ(as("admin", "PUT", target, changed, {{"If-Match", "\"1\""}}).status, 200);
  EXPECT_EQ(as("admin", "PUT", target, importer_body("entra"), {{"If-Match", "\"1\""}}).status,
            412);
  EXPECT_EQ(as("admin", "PUT", target, changed, {{"If-Match", "1"}}).status, 400);
  EXPECT_EQ(header(as("auditor", "GET", target), "ETag"), "\"2\"");
  EXPECT_THAT(acts("acme"), ElementsAre("importer.put", "importer.put", "site.added"));
}

TEST_F(ApiUseTest, SaysEverythingThatIsWrongWithAnImporter) {
  const auto refused = as("admin", "PUT", kAcme + "/importers/entra",
                          importer_body("entra", "    sourc: x\\n    record_limit: -1\\n"));
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(code_of(refused), "findings");
  EXPECT_GE(ids_in(refused, "findings", "line").size(), 2U) << refused.body;
  EXPECT_EQ(code_of(as("admin", "PUT", kAcme + "/importers/other", importer_body("entra"))),
            "body");
  EXPECT_EQ(as("admin", "GET", kAcme + "/importers").body, R"({"importers":[]})");
}

TEST_F(ApiUseTest, ShowsVersionsComparesThemAndGoesBack) {
  const std::string target = kAcme + "/importers/entra";
  ASSERT_EQ(as("admin", "PUT", target, importer_body("entra")).status, 200);
  ASSERT_EQ(as("admin", "PUT", target, importer_body("entra", "    record_limit: 5\\n"),
               {{"If-Match", "*"}})
                .status,
            200);
  EXPECT_THAT(ids_in(as("auditor", "GET", target + "/versions"), "versions", "version"),
              ElementsAre("2", "1"));
  const auto diff = as("auditor", "GET", target + "/versions/2/diff");
  EXPECT_THAT(diff.body, HasSubstr(R"({"change":"added","text":"    record_limit: 5"})"));
  EXPECT_THAT(diff.body, HasSubstr(R"({"change":"same","text":"version: 1"})"));
  EXPECT_THAT(as("auditor", "GET", target + "/versions/1/diff?from=2").body,
              HasSubstr(R"({"change":"removed","text":"    record_limit: 5"})"));
  EXPECT_EQ(as("auditor", "POST", target + "/versions/1/restore").status, 403);
  const auto restored = as("admin", "POST", target + "/versions/1/restore");
  EXPECT_EQ(member(restored, "version"), "3");
  EXPECT_EQ(member(as("admin", "GET", target + "/versions/1"), "definition"),
            member(restored, "definition"));
  EXPECT_EQ(as("admin", "GET", target + "/versions/9").status, 404);
  EXPECT_THAT(acts("acme"), Contains("importer.restored"));
}

TEST_F(ApiUseTest, BringsARemovedImporterBack) {
  const std::string target = kAcme + "/importers/entra";
  ASSERT_EQ(as("admin", "PUT", target, importer_body("entra")).status, 200);
  ASSERT_EQ(as("admin", "POST", target + "/runs", "{}").status, 202);
  EXPECT_EQ(as("admin", "DELETE", target).status, 200);
  EXPECT_EQ(as("admin", "DELETE", target).status, 404);
  EXPECT_EQ(as("admin", "GET", target).status, 404);
  EXPECT_EQ(as("admin", "GET", kAcme + "/jobs").body, R"({"jobs":[]})") << "nothing runs it";
  EXPECT_EQ(member(as("admin", "POST", target + "/versions/1/restore"), "version"), "2");
}

TEST_F(ApiUseTest, PausesAndResumes) {
  ASSERT_EQ(put_importer("acme", "entra").status, 200);
  EXPECT_EQ(member(as("admin", "POST", kAcme + "/importers/entra/pause"), "paused"), "true");
  EXPECT_EQ(member(as("admin", "POST", kAcme + "/importers/entra/resume"), "paused"), "false");
  EXPECT_EQ(as("admin", "POST", kAcme + "/importers/nothing/pause").status, 404);
}

TEST_F(ApiUseTest, ShowsWhatWouldBe) {
  const std::string target = kAcme + "/importers/entra";
  ASSERT_EQ(as("admin", "PUT", target, importer_body("entra", "    schedule: hourly\\n")).status,
            200);
  EXPECT_THAT(as("auditor", "GET", target + "/schema").body, HasSubstr("Entra User"));
  EXPECT_EQ(ids_in(as("auditor", "GET", target + "/schedule?count=3"), "ticks", "utc").size(), 3U);
  EXPECT_EQ(as("auditor", "GET", target + "/schedule?count=1000").status, 422);
  EXPECT_THAT(as("auditor", "GET", "/api/v1/sources").body, HasSubstr("\"entra\""));
  EXPECT_THAT(as("auditor", "GET", "/api/v1/sources/entra").body, HasSubstr("userPrincipalName"));
  EXPECT_EQ(as("auditor", "GET", "/api/v1/sources/none").status, 404);
  EXPECT_EQ(member(as("auditor", "POST", "/api/v1/lint", importer_body("x")), "usable"), "true");
}

// ---- runs -------------------------------------------------------------------------------------

TEST_F(ApiUseTest, StartsRunsThroughTheQueue) {
  ASSERT_EQ(put_importer("acme", "entra").status, 200);
  const std::string target = kAcme + "/importers/entra/runs";
  EXPECT_EQ(as("auditor", "POST", target, "{}").status, 403);
  EXPECT_EQ(as("admin", "POST", target, R"({"limit":-1})").status, 422);
  const auto asked = as("admin", "POST", target, R"({"test":true})");
  EXPECT_EQ(asked.status, 202);
  const auto queue = store::open_queue(url_, *scheduler_).value();
  const auto lease = queue->take({.worker = "w"}).value();
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->job.job_id, member(asked, "job_id"));
  EXPECT_EQ(lease->job.site, "acme");
  EXPECT_EQ(service::read_job_options(lease->job.options)->limit, 100U);
  EXPECT_EQ(as("admin", "POST", kAcme + "/importers/nothing/runs", "{}").status, 404);
}

TEST_F(ApiUseTest, DoesARequestWithTheSameKeyOnce) {
  ASSERT_EQ(put_importer("acme", "entra").status, 200);
  const std::string target = kAcme + "/importers/entra/runs";
  const Headers key = {{"Idempotency-Key", "k1"}};
  const auto first = as("admin", "POST", target, "{}", key);
  const auto again = as("admin", "POST", target, "{}", key);
  EXPECT_EQ(first.status, 202);
  EXPECT_EQ(again.status, 202);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(code_of(as("admin", "POST", target, R"({"test":true})", key)), "idempotency_key");
  EXPECT_NE(as("operator", "POST", target, "{}", key).body, first.body) << "somebody else's key";
  EXPECT_EQ(ids_in(as("admin", "GET", kAcme + "/jobs"), "jobs", "job_id").size(), 2U);
  const Headers bad = {{"Idempotency-Key", "k2"}};
  EXPECT_EQ(as("admin", "POST", target, R"({"limit":-1})", bad).status, 422);
  EXPECT_EQ(as("admin", "POST", target, "{}", bad).status, 202) << "nothing was done before";
}

TEST_F(ApiUseTest, CancelsWhatWaitsAndTellsWhoeverRunsIt) {
  ASSERT_EQ(put_importer("acme", "entra").status, 200);
  const std::string ask_for = kAcme + "/importers/entra/runs";
  const std::string waits = member(as("admin", "POST", ask_for, "{}"), "job_id");
  EXPECT_EQ(as("admin", "POST", kAcme + "/jobs/" + waits + "/cancel").status, 202);
  EXPECT_EQ(member(as("admin", "GET", kAcme + "/jobs/" + waits), "state"), "over");
  EXPECT_EQ(code_of(as("admin", "POST", kAcme + "/jobs/" + waits + "/cancel")), "job_over");
  const std::string runs = member(as("admin", "POST", ask_for, "{}"), "job_id");
  const auto queue = store::open_queue(url_, *scheduler_).value();
  const auto lease = queue->take({.worker = "w"}).value();
  ASSERT_TRUE(lease);
  add_run("acme", "run-1", run::State::kFailed);
  ASSERT_TRUE(queue->begun(*lease, "run-1").ok());
  const auto jobs = store::open_jobs(url_).value();
  EXPECT_FALSE(jobs->note(*lease, R"({"phase":"reading"})", "").value());
  EXPECT_THAT(as("auditor", "GET", kAcme + "/jobs/" + runs).body,
              HasSubstr(R"("progress":{"phase":"reading"})"));
  EXPECT_EQ(as("admin", "POST", kAcme + "/runs/run-1/cancel").status, 202);
  EXPECT_TRUE(jobs->note(*lease, "{}", "").value());
  EXPECT_EQ(member(as("admin", "GET", kAcme + "/jobs/" + runs), "cancelled"), "true");
}

TEST_F(ApiUseTest, TellsWhatARunLogsWhileItGoesOn) {
  ASSERT_EQ(put_importer("acme", "entra").status, 200);
  ASSERT_EQ(as("admin", "POST", kAcme + "/importers/entra/runs", "{}").status, 202);
  const auto queue = store::open_queue(url_, *scheduler_).value();
  const auto lease = queue->take({.worker = "w"}).value();
  ASSERT_TRUE(lease);
  ASSERT_TRUE(queue->begun(*lease, "run-1").ok());
  const auto store = store::open_store(url_, "acme").value();
  ASSERT_TRUE(store
                  ->run_started({.run_id = "run-1",
                                 .importer = "entra",
                                 .state = "running",
                                 .started = base::WallTime()})
                  .ok());
  const std::string target = kAcme + "/runs/run-1/log";
  EXPECT_EQ(as("auditor", "GET", target).body, R"({"over":false,"lines":[],"next":0})");
  const std::string first = R"({"at":"2026-11-23T03:00:01.000Z","level":"info","text":"reading"})";
  const std::string second = R"({"at":"2026-11-23T03:00:02.000Z","level":"warn","text":"slow"})";
  const auto jobs = store::open_jobs(url_).value();
  ASSERT_TRUE(jobs->note(*lease, "{}", first + "," + second).ok());
  EXPECT_EQ(as("auditor", "GET", target).body,
            R"({"over":false,"lines":[)" + first + "," + second + R"(],"next":2})");
  EXPECT_EQ(as("auditor", "GET", target + "?after=1").body,
            R"({"over":false,"lines":[)" + second + R"(],"next":2})");
  EXPECT_EQ(as("auditor", "GET", target + "?after=9").body,
            R"({"over":false,"lines":[],"next":9})");
  EXPECT_EQ(as("auditor", "GET", target + "?after=x").status, 422);
  EXPECT_EQ(as("stranger", "GET", target).status, 404);
  EXPECT_EQ(code_of(as("auditor", "GET", kAcme + "/runs/run-2/log")), "no_such_run");
  // Whoever takes the job of a dead worker over finds what it told.
  ASSERT_EQ(service::close_dead_runs(*store, "entra", base::WallTime(), "acme")->size(), 1U);
  EXPECT_EQ(as("auditor", "GET", target + "?after=1").body,
            R"({"over":true,"lines":[)" + first + "," + second + R"(],"next":2})");
  ASSERT_TRUE(queue->finish(*lease).ok());
  EXPECT_THAT(as("auditor", "GET", kAcme + "/runs/run-1").body, HasSubstr(R"("text":"slow")"));
}

TEST_F(ApiUseTest, TellsHowARunGoesAsEvents) {
  ASSERT_EQ(put_importer("acme", "entra").status, 200);
  const std::string job =
      member(as("admin", "POST", kAcme + "/importers/entra/runs", "{}"), "job_id");
  const std::string target = kAcme + "/jobs/" + job + "/events";
  EXPECT_THAT(as("auditor", "GET", target).body,
              testing::StartsWith("retry: 1000\nid: progress\nevent: progress\ndata: {\"job_id\""));
  ASSERT_EQ(as("admin", "POST", kAcme + "/jobs/" + job + "/cancel").status, 202);
  EXPECT_THAT(as("auditor", "GET", target).body, HasSubstr("event: over\n"));
  EXPECT_EQ(as("auditor", "GET", target, "", {{"Last-Event-ID", "over"}}).status, 204);
}

TEST_F(ApiUseTest, ListsRunsPageByPage) {
  for (const std::string run : {"r1", "r2", "r3"}) add_run("acme", run, run::State::kCompleted);
  add_run("acme", "r4", run::State::kFailed, "jamf");
  const auto first = as("auditor", "GET", kAcme + "/runs?limit=3");
  EXPECT_THAT(ids_in(first, "runs", "run_id"), ElementsAre("r4", "r3", "r2"));
  const auto rest = as("auditor", "GET", kAcme + "/runs?limit=3&cursor=" + member(first, "next"));
  EXPECT_THAT(ids_in(rest, "runs", "run_id"), ElementsAre("r1"));
  EXPECT_EQ(member(rest, "next"), "");
  EXPECT_THAT(ids_in(as("auditor", "GET", kAcme + "/runs?importer=jamf"), "runs", "run_id"),
              ElementsAre("r4"));
  EXPECT_THAT(
      ids_in(as("auditor", "GET", kAcme + "/runs?importer=entra&state=failed"), "runs", "run_id"),
      ElementsAre());
  EXPECT_EQ(member(as("auditor", "GET", kAcme + "/runs/r2"), "state"), "completed");
  EXPECT_EQ(as("auditor", "GET", kAcme + "/runs/r").status, 404) << "not by its beginning";
}

TEST_F(ApiUseTest, TellsHowTheImportersStand) {
  ASSERT_EQ(as("admin", "PUT", kAcme + "/importers/entra",
               importer_body("entra", "    schedule: hourly\\n"))
                .status,
            200);
  ASSERT_EQ(put_importer("acme", "other").status, 200);
  add_run("acme", "r1", run::State::kCompleted);
  add_run("acme", "r2", run::State::kFailed);
  const auto answer = as("auditor", "GET", kAcme + "/overview");
  const json::Document document = read(answer);
  const auto& importers = document.root().find("importers")->items();
  ASSERT_EQ(importers.size(), 2U);
  const auto text = [](const json::Value& of, std::initializer_list<std::string_view> path) {
    const json::Value* value = &of;
    for (const std::string_view name : path) value = value->find(name);
    return std::string(json::scalar_text(*value));
  };
  EXPECT_EQ(text(importers[0], {"source"}), "entra");
  EXPECT_EQ(text(importers[0], {"schedule"}), "hourly");
  EXPECT_THAT(text(importers[0], {"next"}), testing::EndsWith(":00:00.000Z"));
  EXPECT_EQ(importers[0].find("runs")->items().size(), 2U);
  EXPECT_EQ(text(importers[0].find("runs")->items()[0], {"run_id"}), "r2");
  EXPECT_EQ(text(importers[0], {"last_completed"}),
            text(importers[0].find("runs")->items()[1], {"started"}));
  EXPECT_TRUE(importers[1].find("last_completed")->is_null());
  EXPECT_TRUE(importers[1].find("next")->is_null());
  ASSERT_EQ(as("admin", "POST", kAcme + "/importers/entra/pause", "{}").status, 200);
  ASSERT_EQ(as("admin", "POST", kAcme + "/importers/entra/runs", "{}").status, 202);
  EXPECT_THAT(as("auditor", "GET", kAcme + "/overview").body,
              testing::AllOf(HasSubstr(R"("paused":true)"), HasSubstr(R"("jobs":1)"),
                             Not(HasSubstr(":00:00.000Z"))));
}

TEST_F(ApiUseTest, DrawsWhatADefinitionMakes) {
  const auto drawn = as("auditor", "POST", "/api/v1/graph", importer_body("x"));
  ASSERT_EQ(drawn.status, 200) << drawn.body;
  EXPECT_EQ(member(drawn, "schema"), "IT");
  EXPECT_THAT(drawn.body, HasSubstr(R"("name":"Entra User","data_set":"users")"));
  EXPECT_THAT(drawn.body, HasSubstr(R"("many":true,"target":"Entra Group"})"));
  const auto without = as("auditor", "POST", "/api/v1/graph",
                          importer_body("x", "    data_sets: { groups: off }\\n"));
  EXPECT_THAT(without.body, Not(HasSubstr("Entra Group")));
  EXPECT_EQ(code_of(as("auditor", "POST", "/api/v1/graph", R"({"definition":"version: 1"})")),
            "definition");
}

TEST_F(ApiUseTest, TellsWhenADefinitionWouldRun) {
  const auto told = as("auditor", "POST", "/api/v1/schedule?count=3",
                       importer_body("x", "    schedule: hourly\\n"));
  ASSERT_EQ(told.status, 200) << told.body;
  const json::Document document = read(told);
  EXPECT_EQ(document.root().find("ticks")->items().size(), 3U);
  EXPECT_EQ(as("auditor", "POST", "/api/v1/schedule?count=0", importer_body("x")).status, 422);
}

TEST_F(ApiUseTest, PlansAsAJobThatIsNoRun) {
  ASSERT_EQ(put_importer("acme", "entra").status, 200);
  const auto asked = as("admin", "POST", kAcme + "/importers/entra/runs", R"({"plan":true})");
  ASSERT_EQ(asked.status, 202) << asked.body;
  const auto job = host_->answer({.method = "GET",
                                  .target = kAcme + "/jobs/" + member(asked, "job_id"),
                                  .headers = {{"Authorization", "Bearer " + tokens_.at("auditor")}},
                                  .body = {},
                                  .peer = "10.0.0.1"});
  EXPECT_EQ(member(job, "state"), "waiting");
  const auto jobs = store::open_jobs(url_).value();
  const auto view = jobs->find("acme", member(asked, "job_id")).value();
  EXPECT_TRUE(service::read_job_options(view->job.options).value().plan_only);
}

TEST_F(ApiUseTest, TellsHowManyObjectsARunBrought) {
  add_run("acme", "r1", run::State::kCompleted);
  EXPECT_THAT(as("auditor", "GET", kAcme + "/runs").body, HasSubstr(R"("objects":5})"));
  EXPECT_EQ(as("auditor", "GET", kAcme + "/runs?limit=1000").status, 200);
  EXPECT_EQ(as("auditor", "GET", kAcme + "/runs?limit=1001").status, 422);
}

TEST_F(ApiUseTest, LooksAtADataSetOnlyWhenThereIsOne) {
  ASSERT_EQ(put_importer("acme", "entra").status, 200);
  const std::string target = kAcme + "/importers/entra/preview";
  EXPECT_EQ(code_of(as("admin", "POST", target, R"({"data_set":"nothing"})")), "no_such_data_set");
  EXPECT_EQ(code_of(as("admin", "POST", target, R"({"data_set":"users","records":1001})")), "body");
  EXPECT_EQ(code_of(as("admin", "POST", target, R"({"data_set":"users"})")), "no_such_secret");
}

TEST_F(ApiUseTest, ShowsTheInstallationToItsOperators) {
  const auto shown = as("operator", "GET", "/api/v1/installation");
  ASSERT_EQ(shown.status, 200) << shown.body;
  EXPECT_EQ(member(shown, "database"), "sqlite");
  EXPECT_THAT(shown.body, HasSubstr(R"("key":{"given":true,"id":")" + vault_->key().id()));
  EXPECT_THAT(shown.body, HasSubstr(R"("openid":{"enabled":false})"));
  EXPECT_THAT(shown.body, Not(HasSubstr(folder_.file("test.db"))));
  EXPECT_EQ(code_of(as("operator", "POST", "/api/v1/backups", "{}")), "backup") << "no folder";
}

TEST_F(ApiUseTest, MakesBackups) {
  host_with([&](HostTools& tools) {
    tools.version = "7.0";
    tools.backups = service::BackupPlan{.place = folder_.file("backups"), .schedule = {}};
  });
  EXPECT_THAT(as("operator", "GET", "/api/v1/backups").body, HasSubstr(R"("backups":[])"));
  const auto made = as("operator", "POST", "/api/v1/backups");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_THAT(made.body, HasSubstr(R"("acme")"));
  EXPECT_THAT(as("operator", "GET", "/api/v1/backups").body, HasSubstr(member(made, "name")));
  EXPECT_THAT(acts(""), testing::Contains("backup.created"));
  const auto verified = service::verify_backup(member(made, "path"), vault_->key());
  EXPECT_TRUE(verified.ok()) << verified.error().text();
}

TEST_F(ApiUseTest, GivesASupportBundleWithoutSecrets) {
  ASSERT_EQ(put_importer("acme", "entra").status, 200);
  const auto bundle = as("operator", "GET", "/api/v1/support-bundle");
  ASSERT_EQ(bundle.status, 200) << bundle.body;
  EXPECT_THAT(header(bundle, "Content-Disposition"), HasSubstr("muster-support.json"));
  EXPECT_THAT(bundle.body, Not(HasSubstr("66666666-7777-8888-9999-000000000000")));
  EXPECT_THAT(acts(""), testing::Contains("support_bundle.made"));
}

TEST_F(ApiUseTest, ExportsStatisticsThatAreNoFormulas) {
  add_run("acme", "r1", run::State::kCompleted);
  const auto csv = as("auditor", "GET", kAcme + "/statistics");
  EXPECT_THAT(csv.body, HasSubstr("\"r1\",\"entra\",\"completed\",\"ok\","));
  EXPECT_THAT(csv.body, HasSubstr("\"users\",\"'=Entra User\",0,7,"));
}

TEST_F(ApiUseTest, ApprovesAHeldRunOnce) {
  ASSERT_EQ(put_importer("acme", "entra").status, 200);
  add_run("acme", "h1", run::State::kHeld);
  add_run("acme", "c1", run::State::kCompleted);
  EXPECT_EQ(code_of(as("admin", "POST", kAcme + "/runs/c1/approve", R"({"why":"x"})")), "not_held");
  EXPECT_EQ(as("admin", "POST", kAcme + "/runs/h1/approve", "{}").status, 422) << "say why";
  const auto approved = as("admin", "POST", kAcme + "/runs/h1/approve", R"({"why":"moved"})");
  EXPECT_EQ(approved.status, 202);
  const auto jobs = store::open_jobs(url_).value();
  const auto job = jobs->find("acme", member(approved, "job_id")).value();
  const auto options = service::read_job_options(job->job.options).value();
  EXPECT_EQ(options.approve, "h1");
  EXPECT_EQ(options.approved_by, "anna");
  EXPECT_THAT(acts("acme"), Contains("run.approved"));
}

TEST_F(ApiUseTest, RejectsAHeldRun) {
  add_run("acme", "h1", run::State::kHeld);
  const auto rejected = as("admin", "POST", kAcme + "/runs/h1/reject", R"({"why":"a mistake"})");
  EXPECT_EQ(member(rejected, "state"), "cancelled");
  EXPECT_EQ(member(rejected, "reason"), "rejected");
  EXPECT_THAT(member(rejected, "message"), HasSubstr("anna"));
  EXPECT_EQ(code_of(as("admin", "POST", kAcme + "/runs/h1/approve", R"({"why":"x"})")), "not_held");
  EXPECT_EQ(member(as("admin", "GET", kAcme + "/runs/h1"), "state"), "cancelled");
  EXPECT_THAT(acts("acme"), Contains("run.rejected"));
}

// ---- secrets and audit ------------------------------------------------------------------------

TEST_F(ApiUseTest, NeverGivesASecretBack) {
  const std::string target = kAcme + "/secrets/entra";
  EXPECT_EQ(as("auditor", "PUT", target, R"({"value":"hunter2"})").status, 403);
  EXPECT_EQ(as("admin", "PUT", target, R"({"value":"hunter2"})").body, "{}");
  EXPECT_EQ(vault_->get("acme", "entra")->reveal(), "hunter2");
  EXPECT_THAT(as("admin", "GET", kAcme + "/secrets").body, HasSubstr("entra"));
  for (const std::string list : {"/secrets", "/audit"}) {
    EXPECT_THAT(as("admin", "GET", kAcme + list).body, Not(HasSubstr("hunter2")));
  }
  EXPECT_EQ(as("admin", "DELETE", target).status, 200);
  EXPECT_EQ(as("admin", "DELETE", target).status, 404);
}

TEST_F(ApiUseTest, ShowsTheAuditLogAndWhetherItIsWhole) {
  ASSERT_EQ(put_importer("acme", "entra").status, 200);
  const auto first = as("auditor", "GET", kAcme + "/audit?limit=1");
  EXPECT_THAT(ids_in(first, "entries", "act"), ElementsAre("importer.put"));
  EXPECT_THAT(ids_in(as("auditor", "GET", kAcme + "/audit?cursor=" + member(first, "next")),
                     "entries", "act"),
              ElementsAre("site.added"));
  EXPECT_EQ(member(as("auditor", "GET", kAcme + "/audit/verification"), "whole"), "true");
  ASSERT_TRUE(store::open_db(url_)
                  .value()
                  ->run_script("UPDATE audit SET who = 'eve' WHERE site = 'acme' AND number = 1")
                  .ok());
  EXPECT_EQ(member(as("auditor", "GET", kAcme + "/audit/verification"), "whole"), "false");
  EXPECT_EQ(member(as("operator", "GET", "/api/v1/audit/verification"), "whole"), "true");
}

// ---- the document -----------------------------------------------------------------------------

TEST_F(ApiUseTest, DescribesEveryRouteAndNoOther) {
  const auto answer = as("auditor", "GET", "/api/openapi.json");
  const json::Document document = read(answer);
  EXPECT_EQ(document.root().find("openapi")->text(), "3.1.0");
  const json::Value& paths = *document.root().find("paths");
  std::size_t described = 0;
  for (const json::Member& path : paths.members()) described += path.value.members().size();
  EXPECT_EQ(described, every_route().size()) << "no two routes are the same";
  for (const Route& route : every_route()) {
    const json::Value* path = paths.find(route.path);
    ASSERT_NE(path, nullptr) << route.path;
    std::string method(route.method);
    std::ranges::transform(method, method.begin(), [](char c) { return char(c | 0x20); });
    const json::Value* operation = path->find(method);
    ASSERT_NE(operation, nullptr) << route.path;
    EXPECT_EQ(operation->find("requestBody") != nullptr, !route.body.empty()) << route.path;
    EXPECT_NE(operation->find("responses")->find(std::to_string(route.status)), nullptr);
    EXPECT_EQ(operation->find("security") != nullptr, route.needs == Needs::kNothing)
        << route.path << ": open to everybody, and says so";
  }
}

TEST_F(ApiUseTest, OnlySigningInIsOpenToEverybody) {
  std::vector<std::string_view> open;
  for (const Route& route : every_route()) {
    if (route.needs == Needs::kNothing) open.push_back(route.path);
  }
  EXPECT_THAT(open, ElementsAre("/api/v1/set-up", "/api/v1/sign-in"));
}

TEST_F(ApiTest, PagesOfOtherOriginsChangeNothing) {
  const auto from = [&](const std::string& origin, const std::string& host) {
    return ask("POST", "/api/v1/sign-in", R"({"admin":"olga","password":"correct horse"})",
               {{"Origin", origin}, {"Host", host}})
        .status;
  };
  EXPECT_EQ(from("https://muster.example", "muster.example"), 200);
  EXPECT_EQ(from("http://127.0.0.1:8080", "127.0.0.1:8080"), 200);
  EXPECT_EQ(from("https://evil.example", "muster.example"), 403);
  EXPECT_EQ(from("https://muster.example:444", "muster.example"), 403);
  EXPECT_EQ(from("https://muster.example.evil.example", "muster.example"), 403);
  EXPECT_EQ(from("null", "muster.example"), 403);
  EXPECT_EQ(from("", "muster.example"), 403);
  // Behind a proxy the host is another one.
  host_with([](HostTools& tools) { tools.public_url = "https://muster.example"; });
  EXPECT_EQ(from("https://muster.example", "10.0.0.5:8080"), 200);
  EXPECT_EQ(from("https://10.0.0.5:8080", "10.0.0.5:8080"), 403);
}

}  // namespace
}  // namespace muster::web
