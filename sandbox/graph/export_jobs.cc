#include "sandbox/graph/export_jobs.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <functional>

#include "base/text.h"
#include "json/value.h"
#include "json/writer.h"
#include "net/gzip.h"
#include "sandbox/graph/values.h"
#include "sandbox/world/hardware.h"
#include "sandbox/world/intune.h"
#include "sandbox/world/software.h"
#include "sandbox/world/user.h"

namespace muster::sandbox::graph {
namespace {

using world::Device;
using world::World;

// How often a job is looked at before it is completed.
constexpr std::uint32_t kLooks = 2;

constexpr std::string_view kAppColumns[] = {"ApplicationKey",
                                            "ApplicationName",
                                            "ApplicationPublisher",
                                            "ApplicationShortVersion",
                                            "ApplicationVersion",
                                            "DeviceId",
                                            "DeviceName",
                                            "EmailAddress",
                                            "OSDescription",
                                            "OSVersion",
                                            "Platform",
                                            "UserId",
                                            "UserName"};
constexpr std::string_view kDeviceColumns[] = {"DeviceId",
                                               "DeviceName",
                                               "CreatedDate",
                                               "LastContact",
                                               "ReferenceId",
                                               "OSVersion",
                                               "SerialNumber",
                                               "Manufacturer",
                                               "Model",
                                               "EthernetMAC",
                                               "WiFiIPv4Address",
                                               "StorageTotal",
                                               "StorageFree",
                                               "UserId",
                                               "UPN",
                                               "JoinType",
                                               "SkuFamily",
                                               "ProcessorArchitecture",
                                               "SystemManagementBIOSVersion",
                                               "TPMManufacturerId",
                                               "TPMManufacturerVersion",
                                               "IsEncrypted"};
// Some columns are received under another name than they were asked for.
constexpr std::pair<std::string_view, std::string_view> kRenamed[] = {
    {"DeviceId", "Device ID"},
    {"ReferenceId", "Microsoft Entra Device ID"},
    {"UPN", "Primary user UPN"}};

using Line = std::vector<std::string>;  // by the report's columns

struct Report {
  std::string_view name;
  std::span<const std::string_view> columns;
};
constexpr Report kReports[] = {{"AppInvRawData", kAppColumns},
                               {"DevicesWithInventory", kDeviceColumns}};

const Report* find_report(std::string_view name) {
  for (const Report& report : kReports) {
    if (report.name == name) return &report;
  }
  return nullptr;
}

std::string from(const std::function<void(std::string&)>& append) {
  std::string out;
  append(out);
  return out;
}

std::string managed_id(const World& world, std::uint32_t device) {
  return std::string(world.id(world::Kind::kManagedDevice, device).view());
}

std::string user_id(const World& world, const Device& device) {
  const auto owner = device.owner();
  return owner ? std::string(world.id(world::Kind::kUser, *owner).view()) : "";
}

std::string principal(const World& world, const Device& device) {
  const auto owner = device.owner();
  if (!owner) return "";
  return from([&](std::string& out) { world::User(world, *owner).append_principal_name(out); });
}

Line app_line(const World& world, const Device& device, std::uint32_t program) {
  const world::Program& what = world::programs()[program];
  return {what.id(),
          std::string(what.name),
          std::string(what.publisher),
          std::string(what.version.substr(0, what.version.find('.'))),
          std::string(what.version),
          managed_id(world, device.index),
          from([&](std::string& out) { device.append_name(out); }),
          principal(world, device),
          "",
          std::string(world::Hardware(device).os_version),
          "Windows",
          user_id(world, device),
          ""};
}

Line device_line(const World& world, const Device& device) {
  const world::Hardware hardware(device);
  return {managed_id(world, device.index),
          from([&](std::string& out) { device.append_name(out); }),
          from([&](std::string& out) { append_timestamp(out, device.registered); }),
          from([&](std::string& out) { append_timestamp(out, device.last_seen); }),
          std::string(device.device_id().view()),
          std::string(hardware.os_version),
          from([&](std::string& out) { hardware.append_serial(out); }),
          std::string(hardware.maker),
          std::string(hardware.model),
          fmt::format("00155D{:06X}", device.index),
          fmt::format("10.20.{}.{}", device.index >> 8 & 255, device.index & 255),
          fmt::format("{}", hardware.storage_mib),
          fmt::format("{}", hardware.free_mib),
          user_id(world, device),
          principal(world, device),
          "Azure AD joined",
          "Enterprise",
          device.system == Device::System::kWindows ? "9" : "12",
          device.system == Device::System::kWindows ? "N3QET44W (1.44 )" : "",
          device.system == Device::System::kWindows ? "STM " : "",
          device.system == Device::System::kWindows ? "1.769.0.0" : "",
          "True"};
}

// RFC 4180.
void append_field(std::string& out, std::string_view value) {
  if (value.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += value;
    return;
  }
  out += '"';
  for (const char letter : value) {
    if (letter == '"') out += '"';
    out += letter;
  }
  out += '"';
}

class Csv {
 public:
  Csv(const Report& report, const std::vector<std::string>& wanted) {
    text_ = "\xEF\xBB\xBF";
    for (const std::string& name : wanted) {
      const auto at = std::find(report.columns.begin(), report.columns.end(), name);
      places_.push_back(static_cast<std::size_t>(at - report.columns.begin()));
      std::string_view shown = name;
      if (report.name == "DevicesWithInventory") {
        for (const auto& [asked, received] : kRenamed) {
          if (asked == name) shown = received;
        }
      }
      if (places_.size() > 1) text_ += ',';
      append_field(text_, shown);
    }
    text_ += "\r\n";
  }
  void add(const Line& line) {
    bool first = true;
    for (const std::size_t place : places_) {
      if (!std::exchange(first, false)) text_ += ',';
      append_field(text_, line[place]);
    }
    text_ += "\r\n";
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::vector<std::size_t> places_;
};

std::string make_csv(const World& world, const world::Edits& edits, const Report& report,
                     const std::vector<std::string>& columns) {
  Csv csv(report, columns);
  const auto& devices = world::intune_devices(world);
  Line repeated;
  for (const std::uint32_t index : devices) {
    if (edits.removes({world::Kind::kManagedDevice, index})) continue;
    const Device device(world, index);
    if (report.name == "DevicesWithInventory") {
      csv.add(device_line(world, device));
      continue;
    }
    for (const std::uint32_t program : world::programs_of(device)) {
      const Line line = app_line(world, device, program);
      csv.add(line);
      if (repeated.empty()) repeated = line;
    }
  }
  if (!repeated.empty()) csv.add(repeated);  // rows repeat
  return csv.text();
}

void put16(std::string& out, std::uint32_t value) {
  out += static_cast<char>(value & 255);
  out += static_cast<char>(value >> 8 & 255);
}
void put32(std::string& out, std::uint64_t value) {
  put16(out, static_cast<std::uint32_t>(value & 0xffff));
  put16(out, static_cast<std::uint32_t>(value >> 16 & 0xffff));
}

// One file; sizes stand after the data, as a service that streams writes them.
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
std::string make_zip(const std::string& name, const std::string& text) {
  const auto check = static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
  const std::string packed = net::deflated(text);
  std::string out;
  const auto put_head = [&](std::uint32_t check_sum, std::uint64_t packed_size,
                            std::uint64_t size) {
    put16(out, 20);         // version needed
    put16(out, 8 | 0x800);  // sizes follow the data; the name is UTF-8
    put16(out, 8);          // deflate
    put32(out, 0);          // time
    put32(out, check_sum);
    put32(out, packed_size);
    put32(out, size);
    put16(out, static_cast<std::uint32_t>(name.size()));
    put16(out, 0);
  };
  put32(out, 0x04034b50);
  put_head(0, 0, 0);
  out += name;
  out += packed;
  put32(out, 0x08074b50);
  put32(out, check);
  put32(out, packed.size());
  put32(out, text.size());
  const std::size_t directory = out.size();
  put32(out, 0x02014b50);
  put16(out, 20);
  put_head(check, packed.size(), text.size());
  put16(out, 0);
  put16(out, 0);
  put16(out, 0);
  put32(out, 0);
  put32(out, 0);
  out += name;
  const std::size_t size = out.size() - directory;
  put32(out, 0x06054b50);
  put32(out, 0);
  put16(out, 1);
  put16(out, 1);
  put32(out, size);
  put32(out, directory);
  put16(out, 0);
  return out;
}

net::ServerResponse storage_refusal(int status, std::string_view code) {
  net::ServerResponse response;
  response.status = status;
  response.headers = {{"Content-Type", "application/xml"}};
  response.body = fmt::format(
      "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{}</Code></Error>", code);
  return response;
}

}  // namespace

ExportJobs::ExportJobs(const World& world, base::Scheduler& scheduler, std::uint64_t seed)
    : world_(world), scheduler_(scheduler), seed_(seed), monitor_(scheduler) {}

void ExportJobs::reset() {
  base::Monitor::Lock lock(monitor_);
  jobs_.clear();
}

std::string ExportJobs::describe(const std::string& id, const Job& job, std::string_view status,
                                 const std::string& url) const {
  std::string out;
  json::Writer writer(out);
  writer.begin_object().key("id").string(id).key("reportName").string(job.report);
  writer.key("filter").null().key("select").begin_array();
  for (const std::string& column : job.columns) writer.string(column);
  writer.end_array().key("format").string("csv").key("snapshotId").null();
  writer.key("localizationType").string("replaceLocalizableValues").key("status").string(status);
  writer.key("url");
  url.empty() ? writer.null() : writer.string(url);
  writer.key("requestDateTime").string(base::format_utc(scheduler_.wall_now()));
  writer.key("expirationDateTime")
      .string(url.empty() ? "0001-01-01T00:00:00Z"
                          : base::format_utc(scheduler_.wall_now() + std::chrono::hours(6)));
  writer.end_object();
  return out;
}

std::optional<Refusal> ExportJobs::create(std::string_view body, std::string& answer) {
  const auto document = json::Document::parse(std::string(body));
  if (!document.ok()) return bad_request("The body is no JSON.");
  const json::Value& root = document.value().root();
  const json::Value* name = root.find("reportName");
  const Report* report = name == nullptr ? nullptr : find_report(name->text());
  if (report == nullptr) return bad_request("Invalid report name.");
  const json::Value* format = root.find("format");
  if (format == nullptr || format->text() != "csv") return bad_request("Invalid format.");
  Job job{.report = std::string(report->name)};
  if (const json::Value* select = root.find("select")) {
    for (const json::Value& column : select->items()) {
      if (std::find(report->columns.begin(), report->columns.end(), column.text()) ==
          report->columns.end()) {
        return bad_request(fmt::format("Invalid column '{}'.", column.text()));
      }
      job.columns.emplace_back(column.text());
    }
  }
  if (job.columns.empty()) job.columns.assign(report->columns.begin(), report->columns.end());
  base::Monitor::Lock lock(monitor_);
  const std::uint64_t number = jobs_.size() + 1;
  const std::string id =
      fmt::format("{}_{}", report->name,
                  guid_from(world::mix(seed_ + number), world::mix(seed_ ^ number << 20)).view());
  job.signature = fmt::format("{:016x}", world::mix(seed_ ^ number << 40));
  answer = describe(id, job, "notStarted", "");
  jobs_.emplace(id, std::move(job));
  return std::nullopt;
}

std::optional<Refusal> ExportJobs::look(std::string_view id, const std::string& base,
                                        std::string& answer) {
  base::Monitor::Lock lock(monitor_);
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return Refusal{404, "ResourceNotFound", "There is no such job."};
  Job& job = found->second;
  const bool done = ++job.looks >= kLooks;
  answer = describe(found->first, job, done ? "completed" : "inProgress",
                    done ? fmt::format("{}/export/{}.zip?sv=2019-02-02&sig={}&sp=r", base,
                                       found->first, job.signature)
                         : "");
  return std::nullopt;
}

net::ServerResponse ExportJobs::download(const Call& call, const world::Edits& edits) {
  if (call.header("Authorization") != nullptr) {
    return storage_refusal(400, "InvalidAuthenticationInfo");
  }
  constexpr std::string_view kPrefix = "/export/";
  constexpr std::string_view kSuffix = ".zip";
  std::string_view id = std::string_view(call.path).substr(kPrefix.size());
  if (call.method != "GET" || !id.ends_with(kSuffix)) return storage_refusal(404, "BlobNotFound");
  id.remove_suffix(kSuffix.size());
  Job job;
  {
    base::Monitor::Lock lock(monitor_);
    const auto found = jobs_.find(id);
    if (found == jobs_.end()) return storage_refusal(404, "BlobNotFound");
    job = found->second;
  }
  if (call.parameter("sig").value_or("") != job.signature) {
    return storage_refusal(403, "AuthenticationFailed");
  }
  net::ServerResponse response;
  response.headers = {{"Content-Type", "application/zip"}};
  response.body = make_zip(std::string(id) + ".csv",
                           make_csv(world_, edits, *find_report(job.report), job.columns));
  return response;
}

}  // namespace muster::sandbox::graph
