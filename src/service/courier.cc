// Delivers what service/notices.h tells.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "crypto/hmac.h"
#include "crypto/keyed_hash.h"
#include "json/writer.h"
#include "service/notices.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

// Then whoever delivers has something else to do as well.
constexpr int kMostAtOnce = 20;
constexpr std::chrono::minutes kLease{5};
constexpr std::chrono::minutes kPauses[] = {std::chrono::minutes(1),   std::chrono::minutes(5),
                                            std::chrono::minutes(30),  std::chrono::minutes(120),
                                            std::chrono::minutes(360), std::chrono::minutes(720)};

std::string id_of(const store::Notice& notice) {
  return crypto::to_hex(crypto::public_hash(fmt::format("{}\n{}", notice.site, notice.notice)));
}

Error unfit(std::string message) { return {ErrorKind::kSettings, "contact", std::move(message)}; }

// For good: only a person can change it.
bool is_final(const Error& error) {
  return error.kind == ErrorKind::kDenied && error.reason == "mail_refused";
}

std::string body_of(const store::Notice& notice) {
  std::string body;
  json::Writer out(body);
  out.begin_object().key("type").string(notice.kind);
  out.key("timestamp").string(base::format_utc(notice.at));
  out.key("data").begin_object().key("site").string(notice.site);
  out.key("importer").string(notice.importer).key("run_id").string(notice.run_id);
  out.key("subject").string(notice.subject).key("text").string(notice.body);
  out.end_object().end_object();
  return body;
}

}  // namespace

Status Courier::deliver(const base::Stop& stop) {
  for (int sent = 0; sent < kMostAtOnce && !stop.stop_requested(); ++sent) {
    const base::WallTime now = tools_.scheduler.wall_now();
    const std::optional<store::Delivery> delivery = TRY(tools_.notices.take(now, kLease));
    if (!delivery) return {};
    const Status told = send(*delivery, stop);
    if (told.ok()) {
      TRY(tools_.notices.delivered(*delivery));
      continue;
    }
    if (stop.stop_requested()) return {};  // its lease ends by itself
    const auto pause = static_cast<std::size_t>(delivery->tries - 1);
    const bool is_over = is_final(told.error()) || pause >= std::size(kPauses);
    const auto again = is_over ? std::nullopt : std::optional(now + kPauses[pause]);
    tools_.logger.warn("{}: a notice could not be delivered by {}{}: {}", delivery->notice.site,
                       delivery->channel, is_over ? " and is given up" : "", told.error().text());
    TRY(tools_.notices.failed(*delivery, again, base::printable(told.error().text(), 500)));
  }
  return {};
}

Status Courier::send(const store::Delivery& delivery, const base::Stop& stop) {
  const std::optional<store::Site> site = TRY(tools_.sites.find(delivery.notice.site));
  if (!site) return {};
  if (delivery.channel == "email") return mail(delivery, site->contact.email, stop);
  return post(delivery, site->contact, stop);
}

Status Courier::mail(const store::Delivery& delivery, const std::string& to,
                     const base::Stop& stop) {
  if (to.empty()) return {};  // nobody is to be told any more
  if (tools_.mailer == nullptr) {
    return unfit("No mail server is set: start the service with --mail-server.");
  }
  const store::Notice& notice = delivery.notice;
  return tools_.mailer->send({.id = id_of(notice),
                              .at = notice.at,
                              .to = to,
                              .subject = "[muster] " + notice.subject,
                              .text = notice.body},
                             stop);
}

// Signed as
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md says,
// so that whoever gets it finds a library that checks it.
Status Courier::post(const store::Delivery& delivery, const store::Contact& contact,
                     const base::Stop& stop) {
  if (contact.webhook.empty()) return {};
  if (tools_.vault == nullptr) {
    return unfit("The service has no key, so that the secret that signs cannot be read.");
  }
  const base::Secret secret = TRY(tools_.vault->get(delivery.notice.site, contact.webhook_secret));
  const std::string id = id_of(delivery.notice);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
      tools_.scheduler.wall_now().time_since_epoch());
  net::Request request;
  request.method = "POST";
  request.url = contact.webhook;
  request.body = body_of(delivery.notice);
  const std::string mac =
      crypto::hmac_sha256(secret, fmt::format("{}.{}.{}", id, seconds.count(), request.body));
  request.headers = {{"Content-Type", "application/json"},
                     {"webhook-id", id},
                     {"webhook-timestamp", fmt::to_string(seconds.count())},
                     {"webhook-signature", "v1," + base::base64_encode(mac)}};
  request.trust = std::make_shared<net::Trust>(
      net::Trust{.allow_private_address = tools_.to_private_address, .ca_file = {}});
  request.timeout = std::chrono::seconds(10);
  request.max_body = std::size_t{64} << 10;
  const net::Response response = TRY(tools_.client.send(request, stop));
  if (response.status >= 200 && response.status < 300) return {};
  return Error{ErrorKind::kUnavailable, "webhook",
               fmt::format("The webhook answered with {}.", response.status)};
}

}  // namespace muster::service
