// What comes back from an OpenID provider and through browsers: ID tokens, key sets, paths to go on
// to.
#include "crypto/test_signing_pair.h"
#include "json/value.h"
#include "net/url.h"
#include "service/openid.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace muster;
using fuzz::Input;
using fuzz::require;

constexpr std::string_view kNonce = "n";
const base::WallTime kNow{std::chrono::seconds(1'790'000'000)};

const crypto::test::SigningPair& pair() { return crypto::test::SigningPair::elliptic(); }

const service::IdTokenRules& rules() {
  static const service::IdTokenRules rules{.issuer = "https://i.example",
                                           .client_id = "c",
                                           .algorithms = {crypto::Algorithm::kEs256},
                                           .groups_claim = "groups"};
  return rules;
}

base::Result<service::Identity> check(std::string_view token) {
  static const service::KeySet keys = {
      {.id = "k", .is_elliptic = true, .algorithm = "", .pem = pair().public_pem()}};
  auto identity = service::check_id_token(token, keys, rules(), kNonce, kNow);
  if (!identity.ok()) fuzz::require_printable(identity.error().text());
  return identity;
}

// Nobody else's signature fits.
void try_forging(Input& input) { require(!check(input.rest()).ok()); }

// Whatever the provider itself signs has to keep every rule, read once more in another way.
void try_signed(Input& input) {
  const std::string header = input.part();
  const std::string claims = input.rest();
  const auto identity = check(pair().sign(crypto::Algorithm::kEs256, header, claims));
  if (!identity.ok()) return;
  require(header.find("ES256") != std::string::npos || header.find('\\') != std::string::npos);
  const auto document = json::Document::parse(claims);
  require(document.ok() && !document->repeats_a_key(document->root()));
  const auto text = [&](std::string_view name) {
    const json::Value* value = document->root().find(name);
    return value == nullptr ? std::string_view() : value->text();
  };
  require(text("iss") == rules().issuer && text("nonce") == kNonce);
  require(text("sub") == identity->subject && !identity->subject.empty());
  require(!text("exp").empty() && claims.find("\"c\"") != std::string::npos);
}

void try_key_set(Input& input) {
  const auto set = service::read_key_set(input.rest());
  if (!set.ok()) return;
  require(!set->empty() && set->size() <= service::kMostKeys);
  for (const service::SigningKey& key : *set) {
    require(key.pem.starts_with("-----BEGIN PUBLIC KEY-----"));
  }
}

// On top of any address of ours it stays there.
void try_path(Input& input) {
  const std::string path = input.rest();
  if (!service::is_own_path(path)) return;
  require(path.front() == '/' && !path.starts_with("//"));
  require(path.find_first_of("\\\"'<> \t\r\n#") == std::string::npos);
  const auto url = net::parse_url("https://muster.example" + path);
  require(url.ok() && url->host == "muster.example" && url->user_info.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  switch (input.choice(4)) {
    case 0: try_forging(input); break;
    case 1: try_signed(input); break;
    case 2: try_key_set(input); break;
    default: try_path(input);
  }
  return 0;
}
