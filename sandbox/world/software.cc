#include "sandbox/world/software.h"

#include <fmt/format.h>

namespace muster::sandbox::world {
namespace {

constexpr auto kWindows = Device::System::kWindows;
constexpr auto kMac = Device::System::kMac;
constexpr auto kPhone = Device::System::kIphone;
constexpr auto kAndroid = Device::System::kAndroid;

constexpr Program kPrograms[] = {
    {"Google Chrome", "139.0.7258.67", "Google LLC", "", kWindows, 62, 0},
    {"Google Chrome", "138.0.7204.184", "Google LLC", "", kWindows, 30, 0},
    {"Google Chrome", "131.0.6778.86", "Google LLC", "", kWindows, 4, 0},
    {"Microsoft Edge", "139.0.3405.86", "Microsoft Corporation", "", kWindows, 95, 0},
    {"Microsoft 365 Apps for enterprise - en-us", "16.0.18925.20158", "Microsoft Corporation", "",
     kWindows, 88, 3'221'225'472},
    {"Microsoft Teams", "25212.2204.3869.2204", "Microsoft", "", kWindows, 93, 0},
    {"7-Zip 24.09 (x64)", "24.09", "Igor Pavlov", "", kWindows, 41, 5'872'025},
    {"Notepad++ (64-bit x64)", "8.8.3", "Notepad++ Team", "", kWindows, 22, 18'874'368},
    {"Zoom Workplace (64-bit)", "6.5.9.11873", "Zoom", "", kWindows, 35, 0},
    {"Adobe Acrobat (64-bit)", "25.001.20623", "Adobe", "", kWindows, 51, 734'003'200},
    {"Microsoft Visual C++ 2015-2022 Redistributable (x64) - 14.44.35211", "14.44.35211.0",
     "Microsoft Corporation", "", kWindows, 97, 21'495'808},
    {"SolidWorks 2025 SP03", "33.3.0", "Dassault Syst\xC3\xA8mes SolidWorks Corp", "", kWindows, 9,
     16'106'127'360},
    {"Python 3.12.4 \"x64\" (64-bit)", "3.12.4150.0", "Python Software Foundation", "", kWindows, 6,
     0},
    {"VPN Client", "", "", "", kWindows, 74, 0},
    {"Safari", "18.5", "Apple", "com.apple.Safari", kMac, 100, 0},
    {"Google Chrome", "139.0.7258.67", "Google LLC", "com.google.Chrome", kMac, 71, 0},
    {"Google Chrome", "138.0.7204.184", "Google LLC", "com.google.Chrome", kMac, 20, 0},
    {"Slack", "4.45.69", "Slack Technologies", "com.tinyspeck.slackmacgap", kMac, 66, 0},
    {"Xcode", "16.4", "Apple", "com.apple.dt.Xcode", kMac, 18, 0},
    {"Microsoft Word", "16.99.2", "Microsoft Corporation", "com.microsoft.Word", kMac, 83, 0},
    {"Microsoft Excel", "16.99.2", "Microsoft Corporation", "com.microsoft.Excel", kMac, 83, 0},
    {"zoom.us", "6.5.7 (60598)", "Zoom", "us.zoom.xos", kMac, 58, 0},
    {"Self Service", "11.18.1", "Jamf", "com.jamfsoftware.selfservice.mac", kMac, 100, 0},
    {"Visual Studio Code", "1.103.1", "Microsoft Corporation", "com.microsoft.VSCode", kMac, 39, 0},
    {"Microsoft Outlook", "4.2530.0", "Microsoft Corporation", "com.microsoft.Office.Outlook",
     kPhone, 90, 0},
    {"Microsoft Authenticator", "6.8.29", "Microsoft Corporation",
     "com.microsoft.azureauthenticator", kPhone, 84, 0},
    {"Jira Cloud by Atlassian", "224.1", "Atlassian", "com.atlassian.jira.app", kPhone, 33, 0},
    {"Outlook", "4.2530.1", "Microsoft Corporation", "com.microsoft.office.outlook", kAndroid, 88,
     0},
    {"Company Portal", "5.0.6552.0", "Microsoft Corporation",
     "com.microsoft.windowsintune.companyportal", kAndroid, 100, 0},
};

}  // namespace

std::string Program::id() const {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::string_view text : {name, version, bundle_id}) {
    for (const char letter : text)
      hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
    hash = (hash ^ 0xff) * 0x100000001b3;
  }
  hash ^= static_cast<std::uint64_t>(system);
  return fmt::format("{:016x}{:016x}{:08x}", mix(hash), mix(~hash), mix(hash + 1) >> 32);
}

std::span<const Program> programs() { return kPrograms; }

bool has_program(const Device& device, std::uint32_t program) {
  const Program& what = kPrograms[program];
  return device.system == what.system && mix(device.bits ^ mix(program + 1)) % 100 < what.percent;
}

std::vector<std::uint32_t> programs_of(const Device& device) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t program = 0; program < std::size(kPrograms); ++program) {
    if (has_program(device, program)) found.push_back(program);
  }
  return found;
}

}  // namespace muster::sandbox::world
