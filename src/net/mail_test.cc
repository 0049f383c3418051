#include "net/mail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace muster::net {
namespace {

using testing::HasSubstr;
using testing::Not;

Mail mail_of(const std::string& subject, const std::string& text = "Hello\n") {
  return {.id = "abc",
          .at = base::parse_utc("2026-01-05T03:04:05Z").value(),
          .to = "it@acme.example",
          .subject = subject,
          .text = text};
}

TEST(MailMessage, HasTheHeadersOfTheStandard) {
  const std::string message = message_of(mail_of("acme: held"), "muster@example.com");
  EXPECT_THAT(message, HasSubstr("Date: Mon, 5 Jan 2026 03:04:05 +0000\r\n"));
  EXPECT_THAT(message, HasSubstr("From: muster <muster@example.com>\r\n"));
  EXPECT_THAT(message, HasSubstr("To: <it@acme.example>\r\n"));
  EXPECT_THAT(message, HasSubstr("Message-ID: <abc@example.com>\r\n"));
  EXPECT_THAT(message, HasSubstr("Subject: acme: held\r\n"));
  EXPECT_THAT(message, HasSubstr("\r\n\r\nSGVsbG8K\r\n"));
}

TEST(MailMessage, LetsNoSubjectBecomeAHeader) {
  const std::string message =
      message_of(mail_of("held\r\nBcc: eve@example.com"), "muster@example.com");
  EXPECT_THAT(message, Not(HasSubstr("\nBcc:")));
}

TEST(MailMessage, EncodesWhatIsNotAsciiWithinTheLimitsOfALine) {
  std::string subject;
  for (int i = 0; i < 40; ++i) subject += "\xc3\xa4";
  const std::string message =
      message_of(mail_of(subject, std::string(1'000, 'x')), "muster@example.com");
  for (const std::string_view line : base::split(message, '\n')) EXPECT_LE(line.size(), 79U);
  EXPECT_THAT(message, HasSubstr("Subject: =?utf-8?B?w6TD"));
  EXPECT_THAT(message, Not(HasSubstr("\xc3")));
}

TEST(Mailer, RefusesSettingsThatCannotWork) {
  for (const std::string url : {"", "https://mail", "smtp://", "smtp://user@mail", "mail:25"}) {
    const auto mailer = make_mailer({.url = url, .from = "a@example.com"});
    ASSERT_FALSE(mailer.ok()) << url;
    EXPECT_EQ(mailer.error().reason, "mail_server");
  }
  EXPECT_FALSE(make_mailer({.url = "smtps://mail", .from = "nobody"}).ok());
}

TEST(Mailer, SaysThatNobodyAnswers) {
  const auto mailer = make_mailer({.url = "smtp://127.0.0.1:1", .from = "a@example.com"}).value();
  const base::Status sent = mailer->send(mail_of("x"), {});
  ASSERT_FALSE(sent.ok());
  EXPECT_EQ(sent.error().kind, base::ErrorKind::kUnavailable);
  EXPECT_THAT(sent.error().message, HasSubstr("127.0.0.1:1"));
}

}  // namespace
}  // namespace muster::net
