#include "run/importer_file_people.h"

#include "base/text.h"
#include "catalogue/titles.h"
#include "run/importer_file_connection.h"
#include "run/importer_file_secret.h"
#include "run/people.h"

namespace muster::run {
namespace {

using catalogue::AttributeType;
using catalogue::Checker;
using catalogue::MappingReader;
using catalogue::Need;
using catalogue::YamlNode;

// What Assets takes of searches: jira.atlassian.com/browse/JSDCLOUD-11605. Nothing is documented
// for Jira itself.
constexpr std::uint64_t kMostRequests = 500;

std::string read_text(MappingReader& map, std::string_view key, catalogue::Mark& mark,
                      Need need = Need::kRequired, std::string_view fallback = {}) {
  mark = map.mark_of(key);
  return map.text(key, need, fallback);
}

// An account and its token, or a token that says by itself whose it is.
void read_sign_in(Checker& check, MappingReader& map, PeopleSettings& people) {
  const YamlNode* account = map.node("account");
  const YamlNode* api_token = map.node("api_token");
  const YamlNode* bearer_token = map.node("bearer_token");
  people.account = map.text("account");
  if (api_token != nullptr) {
    people.token = read_secret_place(check, *api_token, "api_token", "JIRA_API_TOKEN");
  }
  if (bearer_token != nullptr) {
    people.token = read_secret_place(check, *bearer_token, "bearer_token", "JIRA_BEARER_TOKEN");
  }
  const bool by_account = account != nullptr || api_token != nullptr;
  if (by_account && bearer_token != nullptr) {
    check.error(map.mark_of("bearer_token"),
                "people: either account and api_token, or bearer_token alone");
  } else if (!by_account && bearer_token == nullptr) {
    check.error(map.mark(), "people: needs account and api_token, or bearer_token");
  } else if (by_account && (people.account.empty() || api_token == nullptr)) {
    check.error(map.mark(),
                fmt::format("people: {} is missing; account (the e-mail address of the Atlassian "
                            "account) and api_token belong together",
                            api_token == nullptr ? "api_token" : "account"));
  } else if (people.account.find(':') != std::string::npos) {
    check.error(account->mark, "account: an e-mail address without a colon");
  }
}

void read_addresses(Checker& check, MappingReader& map, const Importer& importer,
                    PeopleSettings& people) {
  people.trust = read_trust(map, importer.file);
  const YamlNode* site = map.node("site_url", Need::kRequired);
  if (site != nullptr) people.site_url = map.text("site_url", Need::kRequired);
  if (site != nullptr && site->is_scalar()) {
    check_base_url(check, site->mark, "site_url", people.site_url, people.trust);
  }
  // The destination's own mistakes are told there.
  const DestinationSettings& to = importer.destination;
  if (to.trust.allow_private_address && !people.trust.allow_private_address) {
    check_base_url(check, map.mark(), "people: the destination's api_url", to.api_url,
                   people.trust);
  }
}

std::vector<std::string> names_of(const mapping::Plan& plan, std::size_t data_set) {
  std::vector<std::string> names;
  for (const auto& field : plan.data_sets[data_set].field_rules) {
    if (field.attribute != nullptr) names.push_back(field.attribute->name);
    if (!field.added.empty()) {
      names.push_back(plan.type_of(data_set).attributes[field.object_attribute].name);
    }
  }
  return names;
}

}  // namespace

void read_people(Checker& check, const YamlNode& node, Importer& importer) {
  MappingReader map(check, node, "people");
  if (!map.usable()) return;
  PeopleSettings people;
  people.data_set = read_text(map, "data_set", people.data_set_mark);
  people.email = read_text(map, "email", people.email_mark);
  people.attribute =
      read_text(map, "attribute", people.attribute_mark, Need::kOptional, "Jira account");
  if (const auto problem = catalogue::title_problem(people.attribute)) {
    check.error(people.attribute_mark, "attribute: " + *problem);
  }
  read_sign_in(check, map, people);
  read_addresses(check, map, importer, people);
  people.requests_per_minute = static_cast<std::uint32_t>(
      map.whole_number("requests_per_minute", people.requests_per_minute, 1, kMostRequests));
  people.match_hidden = map.choice("hidden_emails", {"match", "skip"}, "match") == "match";
  map.done();
  importer.destination.people = std::move(people);
}

void check_people(Checker& check, const mapping::Plan& plan, const PeopleSettings& people) {
  if (plan.source == nullptr || people.data_set.empty()) return;  // told already
  const auto data_set = people_data_set(plan, people.data_set);
  if (!data_set) {
    std::vector<std::string> names;
    for (const auto& set : plan.source->data_sets) names.push_back(set.name);
    if (plan.source->find_data_set(people.data_set) == nullptr) {
      check.unknown(people.data_set_mark, "data set", people.data_set, names);
    } else {
      check.error(people.data_set_mark,
                  fmt::format("data_set: {} is off; switch it on to fill in its Jira accounts",
                              people.data_set));
    }
    return;
  }
  const catalogue::ObjectType& type = plan.type_of(*data_set);
  const auto email = people_attribute(plan, *data_set, people.email);
  if (!email && !people.email.empty()) {
    check.unknown(people.email_mark, fmt::format("or unselected attribute of {}", people.data_set),
                  people.email, names_of(plan, *data_set));
  } else if (email && type.attributes[*email].type != AttributeType::kEmail &&
             type.attributes[*email].type != AttributeType::kText) {
    check.error(people.email_mark,
                fmt::format("email: {} is of type {}; an attribute of type email or text is needed",
                            people.email, catalogue::to_string(type.attributes[*email].type)));
  }
  for (const catalogue::ObjectAttribute& attribute : type.attributes) {
    if (!base::equals_ignoring_case(attribute.name, people.attribute)) continue;
    check.error(people.attribute_mark,
                fmt::format("attribute: \"{}\" is an imported attribute of {}, which cannot hold a "
                            "Jira account; choose another name",
                            people.attribute, type.name));
  }
}

}  // namespace muster::run
