// Sending e-mail through one server (SMTP with TLS).
//
//   const auto mailer = TRY(make_mailer({.url = "smtps://mail.example.com", .from =
//   "muster@..."})); TRY(mailer->send({.to = "it@example.com", .subject = "...", .text = "..."},
//   stop));
//
// Any thread; blocks. Errors: kSettings `mail_server` (its settings cannot be used); kDenied
// `mail_refused` (sign-in, or for good: trying again does not help); kUnavailable `mail_server`.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "base/scheduler.h"
#include "base/secret.h"

namespace muster::net {

struct MailServer {
  // smtps://HOST[:465], or smtp://HOST[:587], which has to offer STARTTLS unless it is on loopback.
  std::string url;
  std::string from;
  std::string user;  // empty: no sign-in
  base::Secret password;
  std::string ca_file;  // extra PEM bundle beside the system's; empty: none
};

struct Mail {
  std::string id;  // the same when it is sent again: unique in the world, before its @
  base::WallTime at{};
  std::string to;
  std::string subject;
  std::string text;  // UTF-8, lines end with \n
};

class Mailer {
 public:
  virtual ~Mailer() = default;
  virtual base::Status send(const Mail& mail, const base::Stop& stop) = 0;
};

base::Result<std::unique_ptr<Mailer>> make_mailer(MailServer server);

// As it goes over the wire (RFC 5322).
std::string message_of(const Mail& mail, const std::string& from);

}  // namespace muster::net
