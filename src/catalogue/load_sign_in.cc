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
    std::pair{std::string_view("bearer"), Strategy::kBearer},
    std::pair{std::string_view("headers"), Strategy::kHeaders},
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

// {field} and {address:NAME}.
void check_template(Loading& loading, std::string_view text, Mark mark) {
  constexpr std::string_view kAddress = "address:";
  for (std::size_t open = text.find('{'); open != std::string_view::npos;
       open = text.find('{', open + 1)) {
    const std::size_t close = text.find('}', open);
    if (close == std::string_view::npos) return loading.check.error(mark, "'{' without '}'");
    const std::string_view name = text.substr(open + 1, close - open - 1);
    if (name.starts_with(kAddress)) {
      loading.refer("address", std::string(name.substr(kAddress.size())), mark, &Source::addresses);
    } else {
      loading.refer("connection field", std::string(name), mark, &Source::connection);
    }
  }
}

std::string field_name(Loading& loading, MappingReader& map, std::string_view key,
                       Need need = Need::kOptional) {
  std::string name = map.text(key, need);
  loading.refer("connection field", name, map.mark_of(key), &Source::connection);
  return name;
}

void load_token_request(Loading& loading, MappingReader& map, SignIn& sign_in) {
  sign_in.address = map.text("address", Need::kRequired);
  loading.refer("address", sign_in.address, map.mark_of("address"), &Source::addresses);
  sign_in.path = map.text("path", Need::kRequired);
  check_template(loading, sign_in.path, map.mark_of("path"));
  sign_in.scope = map.text("scope");
  check_template(loading, sign_in.scope, map.mark_of("scope"));
  sign_in.client_id = field_name(loading, map, "client_id", Need::kRequired);
  sign_in.client_secret = field_name(loading, map, "client_secret");
  sign_in.certificate = field_name(loading, map, "certificate");
  sign_in.private_key = field_name(loading, map, "private_key");
  sign_in.code_path = map.text("code_path");
  loading.parsed_path(sign_in.code_path, map.mark_of("code_path"));
  sign_in.roles_claim = map.text("roles_claim");
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

void load_sign_in(Loading& loading, const YamlNode& node) {
  MappingReader map(loading.check, node, "\"sign_in\"");
  SignIn& sign_in = loading.source.sign_in;
  sign_in.strategy = chosen(map, "strategy", kStrategies);
  switch (sign_in.strategy) {
    case Strategy::kOauth2ClientCredentials:
    case Strategy::kBasicForToken: load_token_request(loading, map, sign_in); break;
    case Strategy::kBearer:
      sign_in.token = field_name(loading, map, "token", Need::kRequired);
      break;
    case Strategy::kHeaders:
      map.node("headers", Need::kRequired);
      sign_in.headers = loading.text_map(map, "headers");
      for (const auto& [header, field] : sign_in.headers) {
        loading.refer("connection field", field, map.mark_of("headers"), &Source::connection);
      }
      break;
  }
  if (const YamlNode* errors = map.node("errors")) {
    sign_in.errors = load_error_rules(loading, *errors);
  }
  map.done();
}

}  // namespace muster::catalogue
