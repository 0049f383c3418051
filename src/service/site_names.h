// What a site may be called, and who may be its contact.
#pragma once

#include <algorithm>
#include <string_view>

#include "base/result.h"

namespace muster::service {

// kSettings, site_name: 1 to 40 of a-z, 0-9 and -, for addresses and files.
inline base::Status check_site_name(std::string_view site) {
  const bool fits = !site.empty() && site.size() <= 40 && site.front() != '-' &&
                    std::ranges::all_of(site, [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                    });
  if (fits) return {};
  return base::Error{base::ErrorKind::kSettings, "site_name",
                     "The name of a site has 1 to 40 of a-z, 0-9 and -; not - at first."};
}

// kSettings, contact: an e-mail address, or nothing.
inline base::Status check_contact(std::string_view contact) {
  const std::size_t at = contact.find('@');
  const bool fits =
      contact.empty() ||
      (contact.size() <= 254 && at != 0 && at != std::string_view::npos &&
       at + 1 < contact.size() && contact.find('@', at + 1) == std::string_view::npos &&
       std::ranges::all_of(contact, [](char c) {
         return c > ' ' && c < 0x7f &&
                std::string_view("<>,;:\\\"()[]").find(c) == std::string_view::npos;
       }));
  if (fits) return {};
  return base::Error{base::ErrorKind::kSettings, "contact",
                     "The contact has to be one e-mail address: name@example.com."};
}

// kSettings, contact: https (or http to loopback, which only some services reach) and a secret that
// signs, or neither.
inline base::Status check_webhook(std::string_view url, std::string_view secret) {
  const bool is_url = url.starts_with("https://") || url.starts_with("http://");
  if (url.empty() ? secret.empty() : is_url && url.size() <= 2'000 && !secret.empty()) return {};
  return base::Error{base::ErrorKind::kSettings, "contact",
                     "A webhook has to be an https:// address, together with webhook_secret, the "
                     "name of the stored secret that signs what is sent there."};
}

}  // namespace muster::service
