// The software catalog, and the accounts in public clouds.
#include <fmt/format.h>

#include "sandbox/datadog/records.h"

namespace muster::sandbox::datadog {
namespace {

using Out = json::Writer&;

void write_end(Out out, std::string_view key, std::string_view kind, std::string_view name_space,
               std::string_view name) {
  out.key(key).begin_object().key("kind").string(kind).key("name").string(name);
  out.key("namespace").string(name_space).end_object();
}

}  // namespace

std::vector<std::uint32_t> entities(const Organisation& of, bool with_discovered) {
  std::vector<std::uint32_t> all;
  for (std::uint32_t number = 0; number < of.entity_count(); ++number) {
    if (with_discovered || !Entity(of, number).discovered) all.push_back(number);
  }
  return all;
}

void write_entity(json::Writer& out, const Organisation& of, std::uint32_t number) {
  const Entity entity(of, number);
  out.begin_object().key("id").string(of.uuid('e', number)).key("type").string("entity");
  out.key("attributes").begin_object().key("apiVersion").string("v3");
  out.key("kind").string(entity.kind).key("name").string(entity.name);
  out.key("namespace").string(entity.name_space);
  if (number % 3 == 0) out.key("displayName").string("The " + entity.name);
  if (number % 4 == 0) out.key("description").string("Does its part.");
  if (entity.owner) out.key("owner").string(of.team_handle(*entity.owner));
  out.key("tags").begin_array().string(number % 2 == 0 ? "env:prod" : "env:dev").end_array();
  out.end_object().key("meta").begin_object();
  out.key("createdAt").string("2025-08-04T20:37:09Z").key("modifiedAt");
  out.string("2025-11-04T20:37:09.095161Z").key("ingestionSource").string("api");
  out.key("origin").string(entity.discovered ? "apm" : "unknown").end_object().end_object();
}

void write_relation(json::Writer& out, const Organisation& of, const CatalogRelation& relation) {
  const auto reference = [&](bool is_team, std::uint32_t number) {
    return is_team ? fmt::format("team:default/{}", of.team_handle(number))
                   : Entity(of, number).reference();
  };
  const auto write_place = [&](std::string_view key, bool is_team, std::uint32_t number) {
    if (is_team) return write_end(out, key, "team", "default", of.team_handle(number));
    const Entity entity(of, number);
    write_end(out, key, entity.kind, entity.name_space, entity.name);
  };
  const std::string from = reference(relation.from_team, relation.from);
  out.begin_object().key("id");
  out.string(
      fmt::format("{}:{}:{}", from, relation.type, reference(relation.to_team, relation.to)));
  out.key("type").string("relation").key("attributes").begin_object();
  write_place("from", relation.from_team, relation.from);
  write_place("to", relation.to_team, relation.to);
  out.key("type").string(relation.type).end_object();
  out.key("meta").begin_object().key("createdAt").string("2025-04-01T15:30:40.095161Z");
  out.key("source").string("schema").key("definedBy").string(from).end_object().end_object();
}

void write_aws_account(json::Writer& out, const Organisation& of, std::uint32_t account) {
  out.begin_object().key("id").string(of.uuid('a', account)).key("type").string("account");
  out.key("attributes").begin_object();
  out.key("account_tags").begin_array().string("env:prod").end_array();
  out.key("auth_config").begin_object();
  if (account == 2) {
    out.key("access_key_id").string(std::string(kCanary) + "access-key");
  } else {
    out.key("role_name").string("DatadogIntegrationRole");
  }
  out.end_object().key("aws_account_id").string(fmt::format("12345678901{}", account));
  out.key("aws_partition").string("aws").key("aws_regions").begin_object();
  if (account == 1) {
    out.key("include_only").begin_array().string("eu-central-1").string("us-east-1").end_array();
  } else {
    out.key("include_all").boolean(true);
  }
  out.end_object().key("created_at").string("2025-09-06T00:18:12.382448Z");
  out.key("modified_at").string("2025-09-06T00:18:17.536561Z");
  out.key("metrics_config").begin_object().key("enabled").boolean(account != 1).end_object();
  out.key("resources_config").begin_object().key("extended_collection").boolean(true);
  out.end_object().end_object().end_object();
}

void write_gcp_account(json::Writer& out, const Organisation& of, std::uint32_t account) {
  out.begin_object()
      .key("id")
      .string(of.uuid('g', account))
      .key("type")
      .string("gcp_service_account");
  out.key("attributes").begin_object();
  out.key("client_email").string(fmt::format("datadog-{}@halden.iam.gserviceaccount.com", account));
  out.key("account_tags").begin_array().end_array().key("automute").boolean(true);
  out.key("resource_collection_enabled").boolean(account == 0).end_object();
  out.key("meta").begin_object().key("accessible_projects").begin_array();
  out.string("halden").string(fmt::format("halden-{}", account)).end_array().end_object();
  out.end_object();
}

void write_azure_account(json::Writer& out, const Organisation& of, std::uint32_t account) {
  out.begin_object().key("tenant_name").string(of.world().tenant_id().view());
  out.key("client_id").string(of.uuid('z', account));
  out.key("client_secret").string(std::string(kCanary) + "azure-client-secret");
  out.key("host_filters").string("env:prod").key("automute").boolean(true);
  out.key("metrics_enabled").boolean(true).key("resource_collection_enabled").boolean(false);
  out.key("errors").begin_array();
  if (account == 1) out.string("The client secret has expired.");
  out.end_array().end_object();
}

}  // namespace muster::sandbox::datadog
