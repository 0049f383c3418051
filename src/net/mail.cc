#include "net/mail.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace muster::net {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

// RFC 5322 section 2.1.1 and RFC 2045 section 6.8.
constexpr std::size_t kBase64Line = 76;
// Of an encoded word: RFC 2047 section 2 allows 75 characters.
constexpr std::size_t kWordBytes = 42;
constexpr long kTimeoutSeconds = 60;

struct Cleanup {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

bool is_plain_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

// No line of the caller's becomes a header of its own.
std::string header_text(std::string_view text) {
  const std::string line = base::printable(text, 300);
  if (is_plain_ascii(line) && line.size() <= kBase64Line) return line;
  std::string words;
  for (std::size_t at = 0; at < line.size();) {
    std::size_t end = std::min(at + kWordBytes, line.size());
    // Not within a character: each word is decoded by itself.
    while (end < line.size() && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
    words += fmt::format("{}=?utf-8?B?{}?=", words.empty() ? "" : "\r\n ",
                         base::base64_encode(std::string_view(line).substr(at, end - at)));
    at = end;
  }
  return words;
}

// RFC 5322 section 3.3; the words are English whatever the locale is.
std::string date_text(base::WallTime at) {
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
  return fmt::format(
      "{}, {} {} {} {:02}:{:02}:{:02} +0000", kDays[std::chrono::weekday(day).c_encoding()],
      static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
      static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
      time.seconds().count());
}

struct Reading {
  std::string_view left;
};

std::size_t read_some(char* into, std::size_t size, std::size_t count, void* from) {
  auto* reading = static_cast<Reading*>(from);
  const std::size_t some = std::min(size * count, reading->left.size());
  std::memcpy(into, reading->left.data(), some);
  reading->left.remove_prefix(some);
  return some;
}

int stop_if_asked(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const base::Stop*>(stop)->stop_requested() ? 1 : 0;
}

class SmtpMailer final : public Mailer {
 public:
  SmtpMailer(MailServer server, bool is_local) : server_(std::move(server)), is_local_(is_local) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
  }
  ~SmtpMailer() override { curl_global_cleanup(); }
  Status send(const Mail& mail, const base::Stop& stop) override;

 private:
  Error failure(CURL* easy, CURLcode code) const;

  const MailServer server_;
  const bool is_local_;
};

Status SmtpMailer::send(const Mail& mail, const base::Stop& stop) {
  const std::unique_ptr<CURL, Cleanup> easy(curl_easy_init());
  if (!easy) return Error{ErrorKind::kUnavailable, "mail_server", "There is no memory."};
  const std::string message = message_of(mail, server_.from);
  Reading reading{message};
  const std::string from = "<" + server_.from + ">";
  const std::unique_ptr<curl_slist, Cleanup> to(
      curl_slist_append(nullptr, ("<" + mail.to + ">").c_str()));
  CURL* const handle = easy.get();
  curl_easy_setopt(handle, CURLOPT_URL, server_.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(handle, CURLOPT_USE_SSL, is_local_ ? CURLUSESSL_TRY : CURLUSESSL_ALL);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  if (!server_.ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, server_.ca_file.c_str());
  if (!server_.user.empty()) {
    curl_easy_setopt(handle, CURLOPT_USERNAME, server_.user.c_str());
    curl_easy_setopt(handle, CURLOPT_PASSWORD, std::string(server_.password.reveal()).c_str());
  }
  curl_easy_setopt(handle, CURLOPT_MAIL_FROM, from.c_str());
  curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, to.get());
  curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(handle, CURLOPT_READFUNCTION, read_some);
  curl_easy_setopt(handle, CURLOPT_READDATA, &reading);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT, kTimeoutSeconds);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, stop_if_asked);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &stop);
  const CURLcode code = curl_easy_perform(handle);
  return code == CURLE_OK ? Status() : Status(failure(handle, code));
}

// A server's answer of 5xx is for good, one of 4xx for now (RFC 5321 section 4.2.1).
Error SmtpMailer::failure(CURL* easy, CURLcode code) const {
  long answer = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer);
  const std::string server = base::printable(server_.url);
  if (code == CURLE_LOGIN_DENIED) {
    // Not for good: somebody may be about to give it the new password.
    return {ErrorKind::kUnavailable, "mail_server",
            fmt::format("{} does not accept the user and password.", server)};
  }
  if (answer >= 500 && answer < 600) {
    return {ErrorKind::kDenied, "mail_refused",
            fmt::format("{} refused the mail with {}.", server, answer)};
  }
  return {ErrorKind::kUnavailable, "mail_server",
          fmt::format("{} did not take the mail: {}.", server, curl_easy_strerror(code))};
}

}  // namespace

std::string message_of(const Mail& mail, const std::string& from) {
  const std::string host = from.substr(from.find('@') + 1);
  std::string message = fmt::format(
      "Date: {}\r\nFrom: muster <{}>\r\nTo: <{}>\r\nMessage-ID: <{}@{}>\r\nSubject: {}\r\n"
      "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n",
      date_text(mail.at), from, mail.to, mail.id, host, header_text(mail.subject));
  const std::string body = base::base64_encode(mail.text);
  for (std::size_t at = 0; at < body.size(); at += kBase64Line) {
    message += body.substr(at, kBase64Line) + "\r\n";
  }
  return message;
}

Result<std::unique_ptr<Mailer>> make_mailer(MailServer server) {
  const bool is_tls = server.url.starts_with("smtps://");
  const bool is_smtp = server.url.starts_with("smtp://");
  const std::string host =
      server.url.substr(std::min(server.url.size(), server.url.find("//") + 2));
  const std::string name = host.substr(0, host.rfind(':'));
  const bool is_local = name == "127.0.0.1" || name == "localhost" || name == "[::1]";
  if ((!is_tls && !is_smtp) || name.empty() || host.find_first_of("@/ ") != std::string::npos) {
    return Error{ErrorKind::kSettings, "mail_server",
                 "The mail server has to be smtps://HOST:PORT or smtp://HOST:PORT."};
  }
  if (server.from.find('@') == std::string::npos) {
    return Error{ErrorKind::kSettings, "mail_server",
                 "Mail needs an address that it comes from: name@example.com."};
  }
  return std::unique_ptr<Mailer>(std::make_unique<SmtpMailer>(std::move(server), is_local));
}

}  // namespace muster::net
