#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "crypto/hmac.h"
#include "service/site_keeper.h"
#include "store/secrets.h"
#include "store/test_support.h"

namespace muster::service {
namespace {

using namespace std::chrono_literals;
using base::WallTime;
using run::State;
using std::chrono::days;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FakeMailer : public net::Mailer {
 public:
  base::Status send(const net::Mail& mail, const base::Stop&) override {
    if (failure) return *failure;
    sent.push_back(mail);
    return {};
  }
  std::optional<base::Error> failure;
  std::vector<net::Mail> sent;
};

class FakeClient : public net::HttpClient {
 public:
  base::Result<net::Response> send(const net::Request& request, const base::Stop&) override {
    requests.push_back(request);
    net::Response response;
    response.status = status;
    return response;
  }
  int status = 204;
  std::vector<net::Request> requests;
};

class NoticesTest : public testing::Test {
 protected:
  NoticesTest() {
    vault_ = Vault::open(store::open_secrets(url_).value(),
                         crypto::KeyEncryptionKey(base::Secret(std::string(32, 'k'))), *scheduler_)
                 .value();
    const store::AuditEntry entry{.site = "acme", .who = "test", .act = "test"};
    EXPECT_TRUE(sites_->add({.site = "acme", .name = "Acme", .trial_from = start_}, entry).ok());
    EXPECT_TRUE(vault_->put("acme", "hook", base::Secret("signs"), entry).ok());
    contact({"it@acme.example", "", ""});
  }

  static std::string made(const std::string& url) {
    EXPECT_TRUE(store::open_store(url).ok());  // brings the database up to date
    return url;
  }
  void contact(const store::Contact& contact) {
    ASSERT_TRUE(sites_->set_contact("acme", contact, {.site = "acme"}).ok());
  }
  void wait(base::Duration time) { ASSERT_TRUE(base::sleep_for(*scheduler_, time, {})); }

  void run_ends(const std::string& id, State state, const std::string& reason = "ok") {
    run::Report report;
    report.run_id = id;
    report.importer = "entra";
    report.state = state;
    report.reason = reason;
    report.message = "As it is.";
    store::RunRow row{
        .run_id = id, .importer = "entra", .state = "running", .started = scheduler_->wall_now()};
    ASSERT_TRUE(store_->run_started(row).ok());
    row.state = run::to_string(state);
    row.ended = row.started;
    ASSERT_TRUE(store_->run_ended(row, nullptr).ok());
    ASSERT_TRUE(notifier_.run_ended("acme", *store_, report, scheduler_->wall_now()).ok());
  }
  void deliver() { ASSERT_TRUE(courier_.deliver({}).ok()); }
  std::vector<std::string> subjects() {
    std::vector<std::string> subjects;
    for (const net::Mail& mail : mailer_.sent) subjects.push_back(mail.subject);
    return subjects;
  }
  void keep() { ASSERT_TRUE(keeper_.keep().ok()); }

  const std::unique_ptr<base::Scheduler> scheduler_ = base::make_simulated_scheduler(1);
  const WallTime start_ = scheduler_->wall_now();
  const store::test::TemporaryFolder folder_;
  const std::string url_ = made("sqlite:" + folder_.file("muster.db"));
  const std::unique_ptr<store::Queue> queue_ = store::open_queue(url_, *scheduler_).value();
  const std::unique_ptr<store::Sites> sites_ = store::open_sites(url_).value();
  const std::unique_ptr<store::Notices> notices_ = store::open_notices(url_).value();
  const std::unique_ptr<store::Store> store_ = store::open_store(url_, "acme").value();
  std::unique_ptr<Vault> vault_;
  Entitlements entitlements_{*sites_, *queue_};
  Notifier notifier_{*sites_, *notices_};
  FakeMailer mailer_;
  FakeClient client_;
  std::string log_;
  const std::unique_ptr<base::Logger> logger_ =
      base::make_sink_logger(base::LogLevel::kInfo, base::LogFormat::kText,
                             [this](std::string_view line) { log_.append(line) += '\n'; });
  SiteKeeper keeper_{{*scheduler_, *logger_, *sites_, entitlements_, notifier_}};
  Courier courier_ = make_courier(&mailer_);

  Courier make_courier(net::Mailer* mailer, Vault* vault = nullptr) {
    return Courier({.scheduler = *scheduler_,
                    .client = client_,
                    .logger = *logger_,
                    .notices = *notices_,
                    .sites = *sites_,
                    .vault = vault,
                    .mailer = mailer});
  }
};

TEST_F(NoticesTest, TellsOfRunsThatWentWrongAndWhenAllIsWellAgain) {
  run_ends("r-1", State::kCompleted);
  run_ends("r-2", State::kFailed, "source_sign_in");
  run_ends("r-3", State::kHeld, "gate_missing");
  run_ends("r-4", State::kCancelled, "cancelled");
  run_ends("r-5", State::kCompletedWithRejects, "rejects");
  run_ends("r-6", State::kCompleted);
  deliver();
  EXPECT_THAT(subjects(), testing::UnorderedElementsAre(
                              "[muster] acme: entra failed", "[muster] acme: entra held",
                              "[muster] acme: entra completed again",
                              "[muster] acme: entra completed_with_rejects"));
  EXPECT_EQ(mailer_.sent[0].to, "it@acme.example");
  EXPECT_THAT(mailer_.sent[0].text, HasSubstr("As it is."));
  EXPECT_THAT(mailer_.sent[0].text, HasSubstr("Run: r-"));
}

TEST_F(NoticesTest, TellsTheSameTroubleOnceADay) {
  for (int i = 0; i < 10; ++i) run_ends("r-" + std::to_string(i), State::kFailed, "source_sign_in");
  run_ends("r-x", State::kFailed, "destination_token");
  deliver();
  EXPECT_THAT(mailer_.sent, testing::SizeIs(2));
  wait(24h);
  run_ends("s-1", State::kFailed, "source_sign_in");
  deliver();
  EXPECT_THAT(mailer_.sent, testing::SizeIs(3));
  run_ends("s-2", State::kCompleted);
  run_ends("s-3", State::kFailed, "source_sign_in");
  deliver();
  EXPECT_THAT(mailer_.sent, testing::SizeIs(5)) << "it is trouble of another day";
}

TEST_F(NoticesTest, TriesAgainEverMoreRarelyAndGivesUpAfterAboutADay) {
  mailer_.failure = base::Error{base::ErrorKind::kUnavailable, "mail_server", "No answer."};
  run_ends("r-1", State::kFailed);
  deliver();
  wait(30s);
  deliver();
  EXPECT_EQ(notices_->list("acme", 1)->at(0).deliveries.at(0).tries, 1);
  for (int hour = 0; hour < 48; ++hour) {
    wait(1h);
    deliver();
  }
  const auto delivery = notices_->list("acme", 1)->at(0).deliveries.at(0);
  EXPECT_EQ(delivery.state, "given_up");
  EXPECT_EQ(delivery.tries, 7);
  EXPECT_THAT(delivery.problem, HasSubstr("No answer."));
  EXPECT_THAT(log_, HasSubstr("given up"));
}

TEST_F(NoticesTest, DeliversWhatCouldNotBeDeliveredBefore) {
  mailer_.failure = base::Error{base::ErrorKind::kUnavailable, "mail_server", "No answer."};
  run_ends("r-1", State::kFailed);
  deliver();
  mailer_.failure.reset();
  wait(1min);
  deliver();
  wait(24h);
  deliver();
  EXPECT_THAT(mailer_.sent, testing::SizeIs(1));
}

TEST_F(NoticesTest, GivesUpWhatTheMailServerRefusesForGood) {
  mailer_.failure = base::Error{base::ErrorKind::kDenied, "mail_refused", "No such mailbox."};
  run_ends("r-1", State::kFailed);
  deliver();
  EXPECT_EQ(notices_->list("acme", 1)->at(0).deliveries.at(0).state, "given_up");
}

TEST_F(NoticesTest, SignsWhatGoesToAWebhook) {
  contact({"", "https://hooks.example/muster", "hook"});
  Courier courier = make_courier(nullptr, vault_.get());
  run_ends("r-1", State::kHeld, "gate_missing");
  client_.status = 500;
  ASSERT_TRUE(courier.deliver({}).ok());
  client_.status = 200;
  wait(1min);
  ASSERT_TRUE(courier.deliver({}).ok());
  ASSERT_THAT(client_.requests, testing::SizeIs(2));
  const net::Request& request = client_.requests[1];
  EXPECT_EQ(request.url, "https://hooks.example/muster");
  EXPECT_EQ(request.method, "POST");
  EXPECT_FALSE(request.trust->allow_private_address);
  const auto header = [&](const char* name) { return *net::find_header(request.headers, name); };
  EXPECT_EQ(header("webhook-id"), *net::find_header(client_.requests[0].headers, "webhook-id"));
  const std::string text =
      header("webhook-id") + "." + header("webhook-timestamp") + "." + request.body;
  EXPECT_EQ(header("webhook-signature"),
            "v1," + base::base64_encode(crypto::hmac_sha256(base::Secret("signs"), text)));
  EXPECT_THAT(request.body, HasSubstr(R"("type":"run.held")"));
  EXPECT_THAT(request.body, HasSubstr(R"("run_id":"r-1")"));
  EXPECT_THAT(mailer_.sent, IsEmpty());
}

TEST_F(NoticesTest, SaysWhyNothingCanBeSent) {
  contact({"it@acme.example", "https://hooks.example/muster", "hook"});
  Courier courier = make_courier(nullptr);
  run_ends("r-1", State::kFailed);
  ASSERT_TRUE(courier.deliver({}).ok());
  const auto deliveries = notices_->list("acme", 1)->at(0).deliveries;
  EXPECT_THAT(deliveries.at(0).problem, HasSubstr("--mail-server"));
  EXPECT_THAT(deliveries.at(1).problem, HasSubstr("no key"));
}

TEST_F(NoticesTest, TellsBeforeAndAtEachChangeOfTheEntitlement) {
  keep();
  std::map<std::int64_t, std::vector<std::string>> told;
  for (int hour = 0; hour < 24 * 31; ++hour) {
    wait(1h);
    keep();
    deliver();
    for (const net::Mail& mail : mailer_.sent) told[hour / 24].push_back(mail.subject);
    mailer_.sent.clear();
  }
  std::vector<std::int64_t> when;
  for (const auto& [day, subjects] : told) when.push_back(day);
  EXPECT_THAT(when, ElementsAre(15, 22, 28, 29)) << "14, 7 and 1 days before, and when it ends";
  EXPECT_THAT(told[15], ElementsAre("[muster] acme: trial until 2026-01-31"));
  EXPECT_THAT(told[29], ElementsAre("[muster] acme: expired"));
  ASSERT_TRUE(
      sites_->entitle("acme", start_ + days(400), {.site = "acme", .act = "site.entitled"}).ok());
  keep();
  deliver();
  EXPECT_THAT(subjects(), ElementsAre("[muster] acme: active"));
  EXPECT_THAT(mailer_.sent[0].text, HasSubstr("is entitled until 2027-02-05"));
}

TEST_F(NoticesTest, TellsOfARemovalUntilItsDataIsDeletedAndDeletesIt) {
  keep();
  ASSERT_TRUE(sites_->remove("acme", start_ + days(20), {.site = "acme"}).ok());
  for (int day = 0; day < 30; ++day) {
    keep();
    deliver();
    wait(24h);
  }
  EXPECT_THAT(subjects(),
              ElementsAre("[muster] acme: removed", "[muster] acme: removed until 2026-01-21",
                          "[muster] acme: removed until 2026-01-21",
                          "[muster] acme: removed until 2026-01-21"));
  EXPECT_EQ(sites_->find("acme").value()->contact.email, "");
  EXPECT_TRUE(notices_->list("acme", 10)->empty());
  EXPECT_FALSE(vault_->get("acme", "hook").ok());
}

TEST_F(NoticesTest, ATestGoesToWhoeverWouldBeTold) {
  EXPECT_EQ(notifier_.test("default", "anna", start_).error().reason, "contact");
  ASSERT_TRUE(notifier_.test("acme", "anna", start_).ok());
  deliver();
  EXPECT_THAT(subjects(), ElementsAre("[muster] acme: test"));
}

TEST_F(NoticesTest, DeletesNothingForAClockThatIsWrongForAWhile) {
  ASSERT_TRUE(sites_->remove("acme", start_ + days(20), {.site = "acme"}).ok());
  wait(days(21));
  keep();
  wait(1h);
  keep();
  EXPECT_NE(sites_->find("acme").value()->contact.email, "") << "it was over for an hour only";
  wait(6h);
  keep();
  EXPECT_EQ(sites_->find("acme").value()->contact.email, "");
}

TEST_F(NoticesTest, ATestIsSentOnceAMinute) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(notifier_.test("acme", "anna", scheduler_->wall_now()).ok());
    wait(1s);
  }
  deliver();
  EXPECT_THAT(subjects(), ElementsAre("[muster] acme: test"));
}

}  // namespace
}  // namespace muster::service
