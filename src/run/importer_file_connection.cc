#include "run/importer_file_connection.h"

#include "base/text.h"
#include "net/address_policy.h"
#include "net/url.h"
#include "run/importer_file_secret.h"

namespace muster::run {
namespace {

using catalogue::Address;
using catalogue::Checker;
using catalogue::ConnectionField;
using catalogue::MappingReader;
using catalogue::Mark;
using catalogue::YamlNode;

bool is_given(const Importer& importer, const std::string& field) {
  return importer.secrets.contains(field) || importer.values.contains(field);
}

// "between 3h and 168h"
std::string allowed(const ConnectionField& field) {
  const auto hours = [](base::Duration span) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(span).count();
    if (seconds % 3600 == 0) return fmt::format("{}h", seconds / 3600);
    return seconds % 60 == 0 ? fmt::format("{}m", seconds / 60) : fmt::format("{}s", seconds);
  };
  if (!field.most) return fmt::format("{} or more", hours(*field.least));
  if (!field.least) return fmt::format("{} or less", hours(*field.most));
  return fmt::format("between {} and {}", hours(*field.least), hours(*field.most));
}

void read_field(Checker& check, MappingReader& map, const ConnectionField& field,
                Importer& importer) {
  const YamlNode* node = map.node(field.name);
  if (node == nullptr || node->is_null()) {
    if (field.required && field.fallback.empty()) {
      check.error(map.mark(), fmt::format("connection: \"{}\" is missing ({})", field.name,
                                          field.help.empty() ? "required" : field.help));
    }
    if (!field.fallback.empty()) importer.values[field.name] = field.fallback;
    return;
  }
  switch (field.type) {
    case ConnectionField::Type::kSecret:
    case ConnectionField::Type::kFile:
      importer.secrets[field.name] =
          read_secret_place(check, *node, field.name, example_variable(importer.name, field.name));
      return;
    case ConnectionField::Type::kChoice:
      importer.values[field.name] = map.choice(field.name, field.choices, field.fallback);
      return;
    case ConnectionField::Type::kDuration: {
      const std::string value = map.text(field.name);
      const auto span = base::parse_duration(value);
      if (node->is_scalar() && (!span || *span <= base::Duration::zero())) {
        check.error(node->mark,
                    fmt::format("{}: must be a duration such as 90s, 15m, 6h or 7d", field.name));
      }
      if (span && *span > base::Duration::zero() && !field.allows(*span)) {
        check.error(node->mark, fmt::format("{}: must be {}", field.name, allowed(field)));
      }
      importer.values[field.name] = value;
      return;
    }
    case ConnectionField::Type::kText:
    case ConnectionField::Type::kUrl: {
      const std::string value = map.text(field.name);
      if (node->is_scalar() && value.empty()) {
        check.error(node->mark, fmt::format("{}: must not be empty", field.name));
      } else if (node->is_scalar() && !field.accepts(value)) {
        check.error(node->mark, fmt::format("{}: must be {}", field.name, field.form));
      }
      importer.values[field.name] = value;
      return;
    }
  }
}

// "certificate+private_key" -> both names.
std::vector<std::string> names_of(const std::string& group) {
  std::vector<std::string> names;
  for (std::string_view name : base::split(group, '+')) names.emplace_back(name);
  return names;
}

// One of several ways to sign in must be given completely, and none by half.
void check_groups(Checker& check, Mark mark, const std::vector<std::string>& groups,
                  const Importer& importer) {
  std::vector<std::string> satisfied;
  bool half = false;
  std::string ways;
  for (const std::string& group : groups) {
    const std::vector<std::string> names = names_of(group);
    ways += fmt::format("{}{}", ways.empty() ? "" : ", or ", fmt::join(names, " and "));
    std::vector<std::string> missing;
    for (const std::string& name : names) {
      if (!is_given(importer, name)) missing.push_back(name);
    }
    if (missing.empty()) {
      satisfied.push_back(fmt::format("{}", fmt::join(names, " and ")));
    } else if (missing.size() < names.size()) {
      half = true;
      check.error(mark, fmt::format("connection: {} is missing; {} belong together",
                                    fmt::join(missing, " and "), fmt::join(names, " and ")));
    }
  }
  if (satisfied.empty() && !half) check.error(mark, fmt::format("connection: needs {}", ways));
  if (satisfied.size() > 1) {
    check.error(mark, fmt::format("connection: {} are two ways to sign in; keep one of them",
                                  fmt::join(satisfied, " beside ")));
  }
}

// A choice without an address of its own (cloud: custom) needs the address spelled out.
void check_address(Checker& check, const YamlNode& node, const Address& address,
                   const Importer& importer) {
  if (address.choose_by.empty() || (!address.field.empty() && is_given(importer, address.field))) {
    return;
  }
  const auto chosen = importer.values.find(address.choose_by);
  if (chosen == importer.values.end() || address.urls.contains(chosen->second)) return;
  const YamlNode* choice = node.find(address.choose_by);
  check.error(
      choice == nullptr ? node.mark : choice->mark,
      fmt::format("{}: {} needs \"{}\" as well", address.choose_by, chosen->second, address.field));
}

bool ends_like_a_secret(std::string_view key) {
  for (const char* end : {"secret", "token", "password", "api_key", "private_key"}) {
    if (key.ends_with(end)) return true;
  }
  return false;
}

}  // namespace

TrustSettings read_trust(MappingReader& map, const std::string& importer_file) {
  TrustSettings trust;
  trust.ca_file = beside_file(importer_file, map.text("ca_file"));
  if (const YamlNode* node = map.node("ca_file")) trust.ca_file_mark = node->mark;
  trust.allow_private_address = map.boolean("allow_private_address", false);
  return trust;
}

void check_base_url(Checker& check, Mark mark, std::string_view what, std::string_view url,
                    const TrustSettings& trust) {
  const base::Result<net::Url> parsed = net::parse_url(url);
  if (!parsed.ok()) {
    check.error(mark, fmt::format("{}: {}; write it like https://host.example.com", what,
                                  parsed.error().message));
    return;
  }
  if (!parsed->user_info.empty() || url.find_first_of("?#") != std::string_view::npos) {
    check.error(mark, fmt::format("{}: an address has no user name, query or fragment", what));
    return;
  }
  if (parsed->scheme == "https") return;
  const bool loopback =
      parsed->host == "localhost" ||
      net::classify(std::string_view(parsed->host)) == net::AddressClass::kLoopback;
  if (!loopback) {
    check.error(mark, fmt::format("{}: must start with https://", what));
  } else if (!trust.allow_private_address) {
    check.error(mark, fmt::format("{}: http to this machine needs allow_private_address: true "
                                  "beside it",
                                  what));
  }
}

void read_unknown_connection(Checker& check, const YamlNode& node,
                             const catalogue::Library& library, const Importer& importer) {
  MappingReader map(check, node, "connection");
  if (!map.usable()) return;
  read_trust(map, importer.file);
  for (const catalogue::YamlMember& member : node.members) {
    bool is_secret = ends_like_a_secret(member.key);
    for (const auto& source : library.all()) {
      const ConnectionField* field = source->find_field(member.key);
      is_secret = is_secret || (field != nullptr && field->type == ConnectionField::Type::kSecret);
    }
    if (!is_secret || member.value.is_null()) continue;
    read_secret_place(check, member.value, member.key, example_variable(importer.name, member.key));
  }
}

void read_connection(Checker& check, const YamlNode& node, Importer& importer) {
  MappingReader map(check, node, "connection");
  if (!map.usable()) return;
  importer.trust = read_trust(map, importer.file);
  for (const ConnectionField& field : importer.source->connection) {
    read_field(check, map, field, importer);
  }
  map.done();
  for (const ConnectionField& field : importer.source->connection) {
    const YamlNode* value = node.find(field.name);
    if (field.type == ConnectionField::Type::kUrl && value != nullptr && value->is_scalar() &&
        !value->scalar.empty()) {
      check_base_url(check, value->mark, field.name, value->scalar, importer.trust);
    }
  }
  for (const std::vector<std::string>& groups : importer.source->connection_needs) {
    check_groups(check, node.mark, groups, importer);
  }
  for (const Address& address : importer.source->addresses) {
    check_address(check, node, address, importer);
  }
}

}  // namespace muster::run
