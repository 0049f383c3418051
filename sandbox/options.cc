#include "sandbox/options.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace muster::sandbox {
namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

Error wrong(std::string message) {
  return Error{ErrorKind::kSettings, "sandbox_usage", std::move(message)};
}

struct Flag {
  std::string_view name;
  std::string_view value;  // what to call it in the help; empty: a switch
  std::string_view help;
  Status (*read)(Options& options, const std::string& value);
};

Status read_listen(Options& options, const std::string& value) {
  const std::size_t colon = value.rfind(':');
  const auto port =
      colon == std::string::npos ? std::nullopt : base::parse_int(value.substr(colon + 1));
  if (!port || *port < 0 || *port > 65535)
    return wrong("ADDRESS:PORT is expected, as 127.0.0.1:9090");
  options.address = value.substr(0, colon);
  options.port = static_cast<std::uint16_t>(*port);
  return {};
}

base::Result<std::int64_t> read_number(const std::string& value, std::int64_t least,
                                       std::int64_t most) {
  const auto number = base::parse_int(value);
  if (!number || *number < least || *number > most) {
    return wrong(fmt::format("a number from {} to {} is expected", least, most));
  }
  return *number;
}

Status read_duration(const std::string& value, base::Duration& out) {
  const auto duration = base::parse_duration(value);
  if (!duration) return wrong("a duration is expected, as 90s or 15m");
  out = *duration;
  return {};
}

Status read_grants(Options& options, const std::string& value) {
  for (const std::string_view role : base::split(value, ',')) {
    if (const auto name = base::trim(role); !name.empty())
      options.sandbox.grants.emplace_back(name);
  }
  return {};
}

Status read_sources(Options& options, const std::string& value) {
  if (value == "all") {
    options.sandbox.sources = imitation_names();
    return {};
  }
  for (const std::string_view part : base::split(value, ',')) {
    const std::string name(base::trim(part));
    if (name.empty() || name == "entra") continue;
    const auto& known = imitation_names();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return wrong(
          fmt::format("'{}' is no source; there are entra, {}", name, fmt::join(known, ", ")));
    }
    if (std::find(options.sandbox.sources.begin(), options.sandbox.sources.end(), name) ==
        options.sandbox.sources.end()) {
      options.sandbox.sources.push_back(name);
    }
  }
  return {};
}

Status read_quota(Options& options, const std::string& value) {
  if (value != "real" && value != "off") return wrong("real or off is expected");
  options.sandbox.quota = value == "real";
  return {};
}

constexpr Flag kFlags[] = {
    {"--sources", "LIST", "play these beside Entra ID, as intune; all: every one there is",
     read_sources},
    {"--listen", "ADDRESS:PORT",
     "where to listen (default 127.0.0.1:9090); port 0 takes a free one", read_listen},
    {"--seed", "N", "another seed is another tenant (default 1)",
     [](Options& options, const std::string& value) -> Status {
       options.sandbox.seed = static_cast<std::uint64_t>(TRY(read_number(value, 0, INT64_MAX)));
       return {};
     }},
    {"--size", "LIST",
     "users=5000,groups=300,memberships=40000,devices=4000,contacts=60,\n"
     "applications=40,service_principals=120,administrative_units=12",
     [](Options& options, const std::string& value) -> Status {
       options.sandbox.sizes = TRY(world::parse_sizes(value, options.sandbox.sizes));
       return {};
     }},
    {"--latency", "MS", "wait so long before every answer (default 0)",
     [](Options& options, const std::string& value) -> Status {
       options.sandbox.latency = std::chrono::milliseconds(TRY(read_number(value, 0, 600'000)));
       return {};
     }},
    {"--quota", "real|off", "refuse with 429 what the real services would refuse (default off)",
     read_quota},
    {"--faults", "FILE", "JSON rules of what goes wrong, see sandbox/README.md",
     [](Options& options, const std::string& value) -> Status {
       options.faults_file = value;
       return {};
     }},
    {"--grant", "LIST", "permissions of the client, as User.Read.All,Device.Read.All (default all)",
     read_grants},
    {"--no-premium", "", "a tenant without Entra ID P1: no sign-in activity",
     [](Options& options, const std::string&) -> Status {
       options.sandbox.premium = false;
       return {};
     }},
    {"--no-intune", "", "a tenant without an Intune licence",
     [](Options& options, const std::string&) -> Status {
       options.sandbox.intune = false;
       return {};
     }},
    {"--one-schema", "",
     "one object schema for all import sources, and importers that refer to each other",
     [](Options& options, const std::string&) -> Status {
       options.sandbox.assets.one_schema = true;
       return {};
     }},
    {"--token-lifetime", "DURATION", "of access tokens (default 60 to 90 minutes, by seed)",
     [](Options& options, const std::string& value) {
       return read_duration(value, options.sandbox.token_lifetime);
     }},
    {"--page-token-lifetime", "DURATION", "of next links (default: they do not end)",
     [](Options& options, const std::string& value) {
       return read_duration(value, options.sandbox.page_token_lifetime);
     }},
    {"--gzip", "", "compress answers for clients that accept it",
     [](Options& options, const std::string&) -> Status {
       options.sandbox.gzip = true;
       return {};
     }},
    {"--workers", "N", "threads that make answers (default 2)",
     [](Options& options, const std::string& value) -> Status {
       options.workers = static_cast<unsigned>(TRY(read_number(value, 1, 64)));
       return {};
     }},
    {"--tls", "", "serve HTTPS; prints the path of the CA certificate made for it",
     [](Options& options, const std::string&) -> Status {
       options.tls = true;
       return {};
     }},
    {"--certificate", "", "let the client sign in with a certificate, and write the importer so",
     [](Options& options, const std::string&) -> Status {
       options.certificate = true;
       return {};
     }},
    {"--write-importers", "FILE", "write a ready importer file, secrets beside it with mode 0600",
     [](Options& options, const std::string& value) -> Status {
       options.importers_file = value;
       return {};
     }},
    {"--people", "", "let the importer in that file fill in the Jira accounts of users",
     [](Options& options, const std::string&) -> Status {
       options.people = true;
       return {};
     }},
    {"--help", "", "this text",
     [](Options& options, const std::string&) -> Status {
       options.help = true;
       return {};
     }},
};

const Flag* find_flag(std::string_view name) {
  for (const Flag& flag : kFlags) {
    if (flag.name == name) return &flag;
  }
  return nullptr;
}

Error unknown_flag(std::string_view name) {
  std::vector<std::string> names;
  for (const Flag& flag : kFlags) names.emplace_back(flag.name);
  const auto near = base::closest(name, names);
  return wrong(fmt::format("there is no flag '{}'{}", name,
                           near ? fmt::format(", did you mean '{}'?", *near) : "; see --help"));
}

}  // namespace

base::Result<Options> parse_options(const std::vector<std::string>& arguments) {
  Options options;
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    std::string name = arguments[at];
    std::optional<std::string> value;
    if (const std::size_t equals = name.find('=');
        name.starts_with("--") && equals != std::string::npos) {
      value = name.substr(equals + 1);
      name.resize(equals);
    }
    const Flag* flag = find_flag(name);
    if (flag == nullptr) return unknown_flag(name);
    if (flag->value.empty() && value) return wrong(fmt::format("{} takes no value", name));
    if (!flag->value.empty() && !value) {
      if (at + 1 == arguments.size()) return wrong(fmt::format("{} needs a value", name));
      value = arguments[++at];
    }
    TRY_AT(flag->read(options, value.value_or("")), name);
  }
  return options;
}

std::string help_text() {
  std::string out =
      "muster-sandbox: imitations of Microsoft Entra ID and of JSM Assets on this machine.\n\n"
      "Usage: muster-sandbox [FLAGS]\n\n";
  for (const Flag& flag : kFlags) {
    std::string left = fmt::format("  {} {}", flag.name, flag.value);
    bool first = true;
    for (const std::string_view line : base::split(flag.help, '\n')) {
      out += fmt::format("{:<33}{}\n", first ? left : "", line);
      first = false;
    }
  }
  out +=
      "\nExample: muster-sandbox --listen 127.0.0.1:0 --size users=1000,groups=50,memberships=4000 "
      "\\\n"
      "           --write-importers importers.yaml\n"
      "Then:    muster run importers.yaml entra\n";
  return out;
}

}  // namespace muster::sandbox
