// How to sign in, and what refusals mean.
#include <array>

#include "base/text.h"
#include "catalogue/loading.h"

namespace muster::catalogue {
namespace {

using Strategy = SignIn::Strategy;
using Meaning = ErrorRule::Meaning;

constexpr std::array kStrategies = {
    std::pair{std::string_view("oauth2_client_credentials"), Strategy::kOauth2ClientCredentials},
    std::pair{std::string_view("oauth2_jwt_bearer"), Strategy::kOauth2JwtBearer},
    std::pair{std::string_view("bearer"), Strategy::kBearer},
    std::pair{std::string_view("headers"), Strategy::kHeaders},
    std::pair{std::string_view("basic"), Strategy::kBasic},
    std::pair{std::string_view("basic_for_token"), Strategy::kBasicForToken},
};

constexpr std::array kMeanings = {
    std::pair{std::string_view("permission"), Meaning::kPermission},
    std::pair{std::string_view("sign_in"), Meaning::kSignIn},
    std::pair{std::string_view("not_available"), Meaning::kNotAvailable},
    std::pair{std::string_view("restart"), Meaning::kRestart},
    std::pair{std::string_view("gone"), Meaning::kGone},
    std::pair{std::string_view("end_of_list"), Meaning::kEndOfList},
    std::pair{std::string_view("retry"), Meaning::kRetry},
    std::pair{std::string_view("mistake"), Meaning::kMistake},
};

template <typename Table>
auto chosen(MappingReader& map, std::string_view key, const Table& table) {
  std::vector<std::string> names;
  for (const auto& [name, value] : table) names.emplace_back(name);
  const std::string text = map.choice(key, names, names.front(), Need::kRequired);
  for (const auto& [name, value] : table) {
    if (name == text) return value;
  }
  return table.front().second;
}

enum class Permissions { kNotHere, kMayStand };
enum class Secrets { kNotHere, kMayStand };

// {field}, {address:NAME} and, where a scope stands, {permissions}. Only headers hold secrets.
void check_template(Loading& loading, std::string_view text, Mark mark,
                    Permissions permissions = Permissions::kNotHere,
                    Secrets secrets = Secrets::kNotHere) {
  constexpr std::string_view kAddress = "address:";
  for (std::size_t open = text.find('{'); open != std::string_view::npos;
       open = text.find('{', open + 1)) {
    const std::size_t close = text.find('}', open);
    if (close == std::string_view::npos) return loading.check.error(mark, "'{' without '}'");
    const std::string_view name = text.substr(open + 1, close - open - 1);
    if (name == "permissions" && permissions == Permissions::kMayStand) continue;
    if (name.starts_with(kAddress)) {
      loading.refer("address", std::string(name.substr(kAddress.size())), mark, &Source::addresses);
    } else if (secrets == Secrets::kMayStand) {
      loading.refer("connection field", std::string(name), mark, &Source::connection);
    } else {
      refer_to_plain_field(loading, std::string(name), mark);
    }
  }
}

std::string field_name(Loading& loading, MappingReader& map, std::string_view key,
                       Need need = Need::kOptional) {
  std::string name = map.text(key, need);
  loading.refer("connection field", name, map.mark_of(key), &Source::connection);
  return name;
}

// A connection field, or a member of the JSON text that one holds: "key_file#client_email".
std::string member_name(Loading& loading, MappingReader& map, std::string_view key,
                        Need need = Need::kOptional) {
  std::string name = map.text(key, need);
  const std::size_t hash = name.find('#');
  loading.refer("connection field", name.substr(0, hash), map.mark_of(key), &Source::connection);
  if (hash != std::string::npos) {
    loading.parsed_path(std::string_view(name).substr(hash + 1), map.mark_of(key));
  }
  return name;
}

std::vector<std::string> texts_or_one(Loading& loading, MappingReader& map, std::string_view key) {
  map.node(key, Need::kRequired);
  std::vector<std::string> all = map.texts(key);
  if (map.has(key) && all.empty()) {
    loading.check.error(map.mark_of(key), fmt::format("\"{}\" must not be empty", key));
  }
  for (const std::string& text : all) {
    if (text.starts_with('/')) continue;
    loading.check.error(map.mark_of(key), fmt::format("\"{}\" begins with a slash", key));
  }
  return all;
}

void load_sign_out(Loading& loading, MappingReader& map, SignIn& sign_in) {
  const YamlNode* node = map.node("sign_out");
  if (node == nullptr) return;
  MappingReader inner(loading.check, *node, "\"sign_out\"");
  sign_in.sign_out_path = inner.text("path", Need::kRequired);
  check_template(loading, sign_in.sign_out_path, inner.mark_of("path"));
  sign_in.sign_out_method = inner.choice("method", {"POST", "DELETE", "GET"}, "POST");
  inner.done();
}

void load_token_request(Loading& loading, MappingReader& map, SignIn& sign_in) {
  sign_in.address = map.text("address", Need::kRequired);
  loading.refer("address", sign_in.address, map.mark_of("address"), &Source::addresses);
  sign_in.paths = texts_or_one(loading, map, "path");
  for (const std::string& path : sign_in.paths) check_template(loading, path, map.mark_of("path"));
  sign_in.scope = map.text("scope");
  check_template(loading, sign_in.scope, map.mark_of("scope"), Permissions::kMayStand);
  for (const auto& [key, path] :
       {std::pair{"code_path", &sign_in.code_path}, std::pair{"token_path", &sign_in.token_path},
        std::pair{"expires_path", &sign_in.expires_path}}) {
    *path = map.text(key);
    if (!path->empty()) loading.parsed_path(*path, map.mark_of(key));
  }
  sign_in.roles_claim = map.text("roles_claim");
  load_sign_out(loading, map, sign_in);
}

// How an assertion is made and signed.
void load_assertion(Loading& loading, MappingReader& map, SignIn& sign_in,
                    std::string_view algorithm) {
  sign_in.audience = map.text("audience");
  check_template(loading, sign_in.audience, map.mark_of("audience"));
  sign_in.algorithm = map.choice("algorithm", {"PS256", "RS256"}, algorithm) == "RS256"
                          ? SignIn::Algorithm::kRs256
                          : SignIn::Algorithm::kPs256;
  sign_in.lifetime = map.duration("lifetime", sign_in.lifetime);
  if (sign_in.lifetime < std::chrono::seconds(10) || sign_in.lifetime > std::chrono::hours(1)) {
    loading.check.error(map.mark_of("lifetime"), "\"lifetime\" must be between 10s and 1h");
  }
}

void load_jwt_bearer(Loading& loading, MappingReader& map, SignIn& sign_in) {
  load_token_request(loading, map, sign_in);
  load_assertion(loading, map, sign_in, "RS256");
  sign_in.issuer = member_name(loading, map, "issuer", Need::kRequired);
  sign_in.subject = member_name(loading, map, "subject");
  sign_in.private_key = member_name(loading, map, "private_key", Need::kRequired);
  sign_in.key_id = member_name(loading, map, "key_id");
}

void load_client(Loading& loading, MappingReader& map, SignIn& sign_in) {
  load_token_request(loading, map, sign_in);
  sign_in.client_id = field_name(loading, map, "client_id", Need::kRequired);
  sign_in.client_secret = field_name(loading, map, "client_secret");
  if (sign_in.strategy == Strategy::kOauth2ClientCredentials) {
    sign_in.certificate = field_name(loading, map, "certificate");
    sign_in.private_key = field_name(loading, map, "private_key");
    sign_in.key_id = field_name(loading, map, "key_id");
    sign_in.client_in_basic = map.choice("client_in", {"body", "basic"}, "body") == "basic";
    load_assertion(loading, map, sign_in, "PS256");
  }
  const bool needs_secret = sign_in.strategy == Strategy::kBasicForToken;
  if (sign_in.client_secret.empty() && (needs_secret || sign_in.private_key.empty()) &&
      map.usable()) {
    loading.check.error(map.mark(), needs_secret
                                        ? "sign_in needs \"client_secret\""
                                        : "sign_in needs \"client_secret\" or \"private_key\"");
  }
  if (!sign_in.certificate.empty() && sign_in.private_key.empty()) {
    loading.check.error(map.mark_of("certificate"), "\"certificate\" needs \"private_key\"");
  }
}

}  // namespace

std::vector<ErrorRule> load_error_rules(Loading& loading, const YamlNode& node) {
  std::vector<ErrorRule> rules;
  if (!node.is_sequence()) {
    loading.check.error(node.mark, "error rules must be a list");
    return rules;
  }
  for (const YamlNode& item : node.items) {
    MappingReader map(loading.check, item, "an error rule");
    ErrorRule rule;
    rule.status = static_cast<int>(map.whole_number("status", 0, 100, 599));
    rule.meaning = chosen(map, "meaning", kMeanings);
    rule.advice = map.text("advice");
    rule.message_contains = map.text("message_contains");
    const std::vector<std::string> codes = map.texts("code");
    map.done();
    if (map.usable() && !map.has("status") && !map.has("code")) {
      loading.check.error(map.mark(), "an error rule needs \"status\" or \"code\"");
    }
    if (codes.empty()) rules.push_back(rule);
    for (const std::string& code : codes) {
      rule.code = code;
      rules.push_back(rule);
    }
  }
  return rules;
}

namespace {

SignIn load_one_sign_in(Loading& loading, const YamlNode& node) {
  MappingReader map(loading.check, node, "\"sign_in\"");
  SignIn sign_in;
  sign_in.strategy = chosen(map, "strategy", kStrategies);
  sign_in.needs = map.texts("needs");
  for (const std::string& field : sign_in.needs) {
    loading.refer("connection field", field, map.mark_of("needs"), &Source::connection);
  }
  switch (sign_in.strategy) {
    case Strategy::kOauth2ClientCredentials:
    case Strategy::kBasicForToken: load_client(loading, map, sign_in); break;
    case Strategy::kOauth2JwtBearer: load_jwt_bearer(loading, map, sign_in); break;
    case Strategy::kBearer:
      sign_in.token = field_name(loading, map, "token", Need::kRequired);
      break;
    case Strategy::kBasic:
      sign_in.client_id = field_name(loading, map, "user", Need::kRequired);
      sign_in.client_secret = field_name(loading, map, "password");
      break;
    case Strategy::kHeaders:
      map.node("headers", Need::kRequired);
      sign_in.headers = loading.text_map(map, "headers");
      if (map.has("headers") && sign_in.headers.empty()) {
        loading.check.error(map.mark_of("headers"),
                            "\"headers\" must not be empty: { X-Api-Key: FIELD }");
      }
      for (const auto& [header, field] : sign_in.headers) {
        if (field.find('{') != std::string::npos) {
          check_template(loading, field, map.mark_of("headers"), Permissions::kNotHere,
                         Secrets::kMayStand);
          continue;
        }
        loading.refer("connection field", field, map.mark_of("headers"), &Source::connection);
      }
      break;
  }
  if (const YamlNode* errors = map.node("errors")) {
    sign_in.errors = load_error_rules(loading, *errors);
  }
  map.done();
  return sign_in;
}

}  // namespace

void load_sign_in(Loading& loading, const YamlNode& node) {
  if (!node.is_sequence()) {
    loading.source.sign_in = load_one_sign_in(loading, node);
    return;
  }
  if (node.items.empty()) loading.check.error(node.mark, "\"sign_in\" must not be empty");
  for (const YamlNode& item : node.items) {
    SignIn sign_in = load_one_sign_in(loading, item);
    if (&item == &node.items.front()) {
      loading.source.sign_in = std::move(sign_in);
    } else {
      loading.source.other_sign_ins.push_back(std::move(sign_in));
    }
  }
}

}  // namespace muster::catalogue
