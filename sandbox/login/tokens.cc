#include "sandbox/login/tokens.h"

#include <algorithm>

#include "base/text.h"
#include "json/writer.h"
#include "sandbox/world/guid.h"

namespace muster::sandbox::login {

bool Grant::allows(std::string_view role) const {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

Tokens::Tokens(base::Scheduler& scheduler, std::uint64_t seed)
    : scheduler_(scheduler), seed_(seed), monitor_(scheduler) {}

std::string Tokens::issue(const std::string& client_id, std::string_view tenant_id,
                          const std::vector<std::string>& roles, std::string_view audience,
                          base::Duration lifetime) {
  using std::chrono::duration_cast;
  using std::chrono::seconds;
  const std::int64_t now = duration_cast<seconds>(scheduler_.wall_now().time_since_epoch()).count();
  std::string payload;
  json::Writer writer(payload);
  writer.begin_object().key("aud").string(audience).key("appid").string(client_id);
  writer.key("tid").string(tenant_id).key("idtyp").string("app").key("roles").begin_array();
  for (const std::string& role : roles) writer.string(role);
  writer.end_array().key("iat").number(now).key("nbf").number(now).key("exp");
  writer.number(now + duration_cast<seconds>(lifetime).count()).end_object();

  auto grant = std::make_shared<Grant>();
  grant->client_id = client_id;
  grant->roles = roles;
  grant->expires = scheduler_.now() + lifetime;

  base::Monitor::Lock lock(monitor_);
  std::erase_if(grants_, [&](const auto& entry) {
    // Expired ones are remembered for a while, so that they are told apart from made-up ones.
    return entry.second->expires + std::chrono::hours(24) < scheduler_.now();
  });
  const std::uint64_t number = ++issued_;
  std::string signature;
  for (std::uint64_t word = 0; word < 4; ++word) {
    const std::uint64_t bits = world::mix(seed_ ^ number << 8 ^ word);
    signature.append(reinterpret_cast<const char*>(&bits), sizeof bits);
  }
  std::string token = base::base64url_encode(R"({"typ":"JWT","alg":"RS256","kid":"sandbox"})") +
                      '.' + base::base64url_encode(payload) + '.' +
                      base::base64url_encode(signature);
  grants_[token] = std::move(grant);
  return token;
}

Tokens::Answer Tokens::look_up(std::string_view token) const {
  base::Monitor::Lock lock(monitor_);
  const auto found = grants_.find(token);
  if (found == grants_.end()) return {};
  if (found->second->expires <= scheduler_.now()) return {Verdict::kExpired, nullptr};
  return {Verdict::kValid, found->second};
}

void Tokens::revoke(std::string_view token) {
  base::Monitor::Lock lock(monitor_);
  const auto found = grants_.find(token);
  if (found != grants_.end()) grants_.erase(found);
}

void Tokens::revoke_all() {
  base::Monitor::Lock lock(monitor_);
  grants_.clear();
}

}  // namespace muster::sandbox::login
