// Hosts and the containers on them.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sandbox/datadog/records.h"

namespace muster::sandbox::datadog {
namespace {

using Place = Host::Place;
using Out = json::Writer&;

void write_version(Out out, std::string_view key, std::string_view name, std::string_view version,
                   bool with_nulls) {
  out.key(key).begin_array();
  if (name.empty() && with_nulls) {
    out.null().null().null();
  } else {
    out.string(name).string(version).string("");
  }
  out.end_array();
}

std::string mac_of(const Host& host) {
  if (host.place == Place::kDesk) {
    std::string mac;
    const world::Device device(host.organisation.world(), host.number);
    world::Hardware(device).append_mac_address(mac);
    return base::to_lower_ascii(mac);
  }
  return fmt::format("42:01:0a:28:{:02x}:{:02x}", host.number >> 8 & 255, host.number & 255);
}

// What the agent saw of the machine, as JSON in a text.
std::string gohai(const Host& host) {
  const bool is_desk = host.place == Place::kDesk;
  const world::Device device(host.organisation.world(), is_desk ? host.number : 0);
  const world::Hardware hardware(device);
  const std::uint64_t memory_kib = is_desk ? hardware.memory_mib * 1024 : 16'393'268;
  const std::string ip = fmt::format("10.40.{}.{}", host.number / 250 % 250, host.number % 250);
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("cpu").begin_object();
  out.key("cpu_cores").string(fmt::format("{}", is_desk ? hardware.cores : 4));
  out.key("cpu_logical_processors").string(fmt::format("{}", is_desk ? hardware.cores : 8));
  out.key("model_name").string(is_desk ? hardware.processor : "Intel(R) Xeon(R) CPU @ 2.20GHz");
  out.key("vendor_id").string("GenuineIntel").end_object();
  out.key("filesystem").begin_array().begin_object();
  out.key("kb_size").string("51466400").key("mounted_on").string("/");
  out.key("name").string("/dev/sda1").end_object().end_array();
  out.key("memory").begin_object().key("swap_total").string("0kB");
  out.key("total").string(fmt::format("{}kB", memory_kib)).end_object();
  out.key("network").begin_object().key("interfaces").begin_array().begin_object();
  out.key("ipv4").string(ip).key("macaddress").string(mac_of(host)).key("name").string("ens4");
  out.end_object().end_array().key("ipaddress").string(ip);
  out.key("macaddress").string(mac_of(host)).end_object();
  out.key("platform").begin_object().key("hostname").string(host.name);
  out.key("kernel_name").string(host.is_windows ? "Windows" : "Linux");
  out.key("kernel_release").string(host.is_windows ? "10.0.20348" : "6.8.0-48-generic");
  out.key("os").string(host.is_windows ? "Windows" : "GNU/Linux");
  out.key("processor").string("x86_64").end_object().end_object();
  return text;
}

void write_meta(Out out, const Host& host) {
  const bool with_nulls = host.number % 11 == 0;
  out.key("meta").begin_object();
  out.key("socket-hostname").string(host.name);
  write_version(out, "nixV", host.is_windows ? "" : "ubuntu", host.is_windows ? "" : "24.04",
                with_nulls);
  write_version(out, "macV", "", "", with_nulls);
  write_version(out, "winV", host.is_windows ? "Windows Server 2022" : "",
                host.is_windows ? "10.0.20348" : "", with_nulls);
  write_version(out, "fbsdV", "", "", with_nulls);
  out.key("pythonV").string("3.12.6").key("cpuCores").number(std::uint64_t{4});
  out.key("agent_flavor").string("agent").key("agent_version").string("7.71.0");
  out.key("platform").string(host.is_windows ? "win32" : "linux").key("machine").string("amd64");
  out.key("timezones").begin_array().string("UTC").end_array();
  out.key("install_method").begin_object().key("tool").string("ansible");
  out.key("installer_version").string("datadog_role-4.21.0").key("tool_version").string("2.17.5");
  out.end_object();
  if (host.number % 37 != 6) {
    std::string text = gohai(host);
    if (host.number % 37 == 5) text.resize(text.size() / 2);
    out.key("gohai").string(text);
  }
  out.key("network").null();
  out.key("logs_agent").begin_object().key("transport").string("HTTP").end_object();
  out.key("host_id").number(host.id());
  out.key("processor").string("Intel(R) Xeon(R) CPU @ 2.20GHz");
  out.key("socket-fqdn").string(host.name + ".haldenrobotics.example");
  out.key("agent_checks").begin_array().begin_array();
  for (const char* part : {"ntp", "ntp", "ntp:3c427a42a70bbf8", "OK", "", ""}) out.string(part);
  out.end_array().end_array().end_object();
}

std::vector<std::string> sources_of(const Host& host) {
  switch (host.place) {
    case Place::kAws: return {"agent", "aws"};
    case Place::kAzure: return {"azure"};
    case Place::kGoogle: return {"agent", "gcp"};
    default: return {"agent"};
  }
}

}  // namespace

void write_texts(json::Writer& out, std::span<const std::string> texts) {
  write_array(out, texts, [](Out to, const std::string& text) { to.string(text); });
}

std::vector<std::uint32_t> numbers_to(std::uint32_t count) {
  std::vector<std::uint32_t> all(count);
  for (std::uint32_t number = 0; number < count; ++number) all[number] = number;
  return all;
}

void write_host(json::Writer& out, const Organisation& of, std::uint32_t number,
                const HostParts& parts) {
  const Host host(of, number);
  const bool is_muted = host.place == Place::kAzure;
  out.begin_object();
  out.key("last_reported_time").number(host.last_reported);
  out.key("name").string(host.shown_name).key("host_name").string(host.name);
  if (host.has_id()) out.key("id").number(host.id());
  if (parts.muted) {
    out.key("is_muted").boolean(is_muted).key("mute_timeout");
    is_muted&& number % 2 == 0 ? out.number(of.started() + 86'400) : out.null();
  }
  out.key("apps").begin_array().string(host.has_agent() ? "agent" : "azure");
  if (host.has_agent()) out.string("ntp");
  out.end_array().key("tags_by_source").begin_object();
  for (const auto& [source, tags] : host.tags()) {
    out.key(source);
    write_texts(out, tags);
  }
  out.end_object().key("up").boolean(host.has_agent());
  out.key("metrics").begin_object();
  if (host.has_agent()) {
    const std::uint64_t draw = world::mix(host.bits ^ parts.noise);
    out.key("load").real(static_cast<double>(draw % 400) / 100, 2);
    out.key("iowait").real(static_cast<double>(draw % 70) / 100, 2);
    out.key("cpu").real(static_cast<double>(draw % 1000) / 10, 1);
  }
  out.end_object().key("sources");
  write_texts(out, sources_of(host));
  out.key("aliases");
  write_texts(out, host.aliases);
  if (parts.metadata && host.has_agent() && number % 23 != 7) write_meta(out, host);
  if (host.place == Place::kAws) {
    out.key("aws_name").string(fmt::format("batch-{}", number)).key("aws_id").string(host.name);
  }
  out.end_object();
}

std::vector<std::uint32_t> kept_hosts(const Organisation& of, const world::Edits& edits,
                                      std::int64_t since) {
  std::vector<std::uint32_t> kept;
  for (const std::uint32_t host : of.hosts()) {
    if (edits.removes_any() && edits.removes({world::Kind::kDevice, host})) continue;
    if (Host(of, host).last_reported >= since) kept.push_back(host);
  }
  return kept;
}

std::vector<std::uint32_t> kept_containers(const Organisation& of, const world::Edits& edits) {
  std::vector<std::uint32_t> kept;
  for (const std::uint32_t host : kept_hosts(of, edits, of.started() - kShownByDefault)) {
    if (Host(of, host).place != Place::kRack) continue;
    for (std::uint32_t position = 0; position < kContainersPerHost; ++position) {
      kept.push_back(host * kContainersPerHost + position);
    }
  }
  return kept;
}

void write_container(json::Writer& out, const Organisation& of, std::uint32_t number) {
  const Host host(of, number / kContainersPerHost);
  const std::uint64_t draw = of.bits('c', number);
  std::string time = iso_time(of.started() - static_cast<std::int64_t>(draw % 80'000), 0);
  time.resize(19);  // without a zone
  out.begin_object().key("type").string("container");
  out.key("id").string(fmt::format("15e90400bf66f26f{:016x}", draw));
  out.key("attributes").begin_object();
  // Some are named by another name of their host.
  out.key("host").string(number % 3 == 1 ? host.aliases.back() : host.name);
  out.key("name").string(fmt::format("app-{}", number)).key("state").string("running");
  out.key("created_at").string(time).key("started_at").string(time);
  out.key("container_id").string(fmt::format("{:016x}", world::mix(draw)));
  out.key("image_name").string(fmt::format("registry.haldenrobotics.example/app{}", draw % 20));
  out.key("image_tags");
  number % 4 == 3 ? out.null() : out.begin_array().string("4.1").end_array();
  out.key("image_digest").null().key("tags").begin_array();
  out.string("env:prod").string("service:" + Entity(of, draw % 2).name).end_array();
  out.end_object().end_object();
}

void write_image(json::Writer& out, const Organisation& of, std::uint32_t image) {
  out.begin_object().key("type").string("container_image");
  out.key("id").string(fmt::format("sha256:{:016x}", of.bits('i', image)));
  out.key("attributes").begin_object();
  out.key("name").string(fmt::format("registry.haldenrobotics.example/app{}", image));
  out.key("short_image").string(fmt::format("app{}", image));
  out.key("registry").string("registry.haldenrobotics.example");
  out.key("repository").string(fmt::format("app{}", image));
  out.key("repo_digest").string(fmt::format("sha256:{:016x}", of.bits('i', image)));
  out.key("image_tags").begin_array().string("4.1").end_array();
  out.key("os_names").begin_array().string("linux").end_array();
  out.key("os_versions").begin_array().string("24.04").end_array();
  out.key("os_architectures").begin_array().string("amd64").string("arm64").end_array();
  out.key("container_count").number(std::uint64_t{image}).key("published_at").string("");
  out.key("sources").begin_array().string("agent").end_array();
  out.key("sizes").begin_array().number(std::uint64_t{134'217'728}).end_array();
  out.end_object().end_object();
}

}  // namespace muster::sandbox::datadog
