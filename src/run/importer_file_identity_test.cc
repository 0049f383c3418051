// `identities` of an importer file.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "run/definition.h"
#include "run/importer.h"

namespace muster::run {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const catalogue::Library& library() {
  static const catalogue::Library bundled = catalogue::Library::bundled();
  return bundled;
}

std::string microsoft(std::string_view name, std::string_view more = "") {
  return fmt::format(
      "- name: {0}\n  source: {0}\n"
      "  connection: {{ tenant_id: t.example, client_id: c, client_secret: {{ env: SECRET }} "
      "}}\n{1}"
      "  destination: {{ type: jsm_assets, token: {{ env: TOKEN_{0} }}, schema: {{ name: IT }},\n"
      "    missing_objects: remove }}\n",
      name, more);
}

std::string jamf(std::string_view more = "", std::string_view schema = "IT") {
  return fmt::format(
      "- name: jamf\n  source: jamf\n"
      "  connection: {{ url: \"https://j.example\", client_id: c, client_secret: {{ env: S }} "
      "}}\n{}"
      "  destination: {{ type: jsm_assets, token: {{ env: TOKEN_jamf }}, schema: {{ name: {} }},\n"
      "    missing_objects: remove }}\n",
      more, schema);
}

constexpr std::string_view kDevice =
    "identities:\n"
    "- name: device\n"
    "  title: Device\n"
    "  match: [serial_number, device_id]\n"
    "  missing_objects: ignore\n"
    "  members:\n"
    "  - { importer: intune, data_set: managed_devices, newest: lastSyncDateTime }\n"
    "  - { importer: jamf, data_set: computers }\n"
    "  - { importer: entra, data_set: devices }\n";

// The default columns of the three, with the titles that would contradict renamed.
constexpr std::string_view kRenamedJamf =
    "  data_sets: { computers: { rename: { groups: Jamf Groups } } }\n";

std::string site(std::string_view identities = kDevice, std::string_view jamf_more = kRenamedJamf) {
  return "version: 1\n" + std::string(identities) + "importers:\n" + microsoft("intune") +
         jamf(jamf_more) + microsoft("entra");
}

std::string changed(std::string_view from, std::string_view to) {
  std::string text(kDevice);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::vector<std::string> errors(const std::string& text) {
  std::vector<std::string> lines;
  for (const catalogue::Finding& finding :
       load_importers_text(text, "f.yaml", library()).findings) {
    if (!finding.is_warning) lines.push_back(finding.text());
  }
  return lines;
}

mapping::Plan plan_of(const Importer& importer) {
  mapping::Plan plan;
  mapping::make_plan(importer.source, importer.selection, importer.name, importer.file, plan);
  return plan;
}

const catalogue::ObjectType& type_of(const mapping::Plan& plan, std::string_view name) {
  for (const auto& type : plan.schema.types) {
    if (type.name == name) return type;
  }
  ADD_FAILURE() << name;
  return plan.schema.types[0];
}

TEST(ImporterIdentities, MakeOneObjectTypeOfSeveralDataSets) {
  const ImporterFile file = load_importers_text(site(), "f.yaml", library());
  EXPECT_THAT(errors(site()), IsEmpty());
  for (const Importer& importer : file.importers) {
    const mapping::Plan plan = plan_of(importer);
    const catalogue::ObjectType& type = type_of(plan, "Device");
    EXPECT_EQ(type.external_id, "muster::identity/device") << importer.name;
    std::map<std::string, std::string> ids;
    for (const auto& attribute : type.attributes) {
      ids[attribute.name] = attribute.external_id;
      EXPECT_EQ(attribute.is_key, attribute.name == "Identity") << attribute.name;
      EXPECT_EQ(attribute.is_label, attribute.name == "Device Name") << attribute.name;
    }
    EXPECT_EQ(ids.at("Device Name"), "muster::identity/device/device_name") << importer.name;
  }
  // What two have is one attribute, and the first member's value wins.
  const mapping::Plan jamf = plan_of(file.importers[1]);
  const auto& computers = jamf.data_sets[0];
  ASSERT_TRUE(computers.identity);
  const auto serial = std::ranges::find(computers.identity->shared, "serial number",
                                        &mapping::IdentityPlan::Shared::title);
  ASSERT_NE(serial, computers.identity->shared.end());
  EXPECT_THAT(serial->earlier, ElementsAre(0U));
}

TEST(ImporterIdentities, APriorityTurnsTheOrderRound) {
  const std::string text = site(std::string(kDevice) + "  priority: { serial number: [jamf] }\n");
  EXPECT_THAT(errors(text), IsEmpty());
  const ImporterFile file = load_importers_text(text, "f.yaml", library());
  const mapping::Plan intune = plan_of(file.importers[0]);
  const auto& shared = intune.data_sets[0].identity->shared;
  const auto serial =
      std::ranges::find(shared, "serial number", &mapping::IdentityPlan::Shared::title);
  EXPECT_THAT(serial->earlier, ElementsAre(1U)) << "Jamf";
}

TEST(ImporterIdentities, RefuseToRunWhereAssetsWouldTakeTheOthersForMissing) {
  EXPECT_THAT(errors(site(changed("  missing_objects: ignore\n", ""))),
              ElementsAre(HasSubstr("must keep what one of them does not have")));
  EXPECT_THAT(errors(site(changed("ignore", "remove"))),
              ElementsAre(HasSubstr("f.yaml:6:20: missing_objects:")));
}

TEST(ImporterIdentities, NeedAnImportSourceForEachMemberInOneSchema) {
  EXPECT_THAT(errors("version: 1\n" + std::string(kDevice) + "importers:\n" + microsoft("intune") +
                     jamf(kRenamedJamf, "Other") + microsoft("entra")),
              ElementsAre(HasSubstr("do not go to one object schema")));
  std::string one_token = site();
  for (std::size_t at = one_token.find("TOKEN_jamf"); at != std::string::npos;
       at = one_token.find("TOKEN_jamf")) {
    one_token.replace(at, 10, "TOKEN_intune");
  }
  EXPECT_THAT(errors(one_token), ElementsAre(HasSubstr("send with one token")));
}

TEST(ImporterIdentities, SayWhatIsWrong) {
  const auto wrong = [](std::string_view from, std::string_view to) {
    const auto found = errors(site(changed(from, to)));
    return found.empty() ? std::string() : found.front();
  };
  EXPECT_THAT(wrong("importer: jamf", "importer: jmaf"),
              HasSubstr("there is no importer \"jmaf\" in this file"));
  EXPECT_THAT(wrong("data_set: computers", "data_set: computer"),
              HasSubstr("jamf has no data set \"computer\""));
  EXPECT_THAT(wrong("serial_number, device_id", "serial_nubmer"),
              HasSubstr("did you mean \"serial_number\"?"));
  EXPECT_THAT(wrong("  match: [serial_number, device_id]\n", ""), HasSubstr("match: name what"));
  EXPECT_THAT(wrong("name: device\n", "name: My Device\n"), HasSubstr("small letters"));
  EXPECT_THAT(wrong("title: Device\n", "title: \"A:B\"\n"), HasSubstr("does not allow ':'"));
  EXPECT_THAT(wrong("importer: jamf, data_set: computers",
                    "importer: intune, data_set: autopilot_identities"),
              HasSubstr("importer intune is a member already"));
  EXPECT_THAT(wrong("data_set: devices", "data_set: groups"),
              HasSubstr("none of the identifiers under `match`"));
  EXPECT_THAT(wrong("newest: lastSyncDateTime", "newest: lastSnycDateTime"),
              HasSubstr("did you mean \"lastSyncDateTime\"?"));
  EXPECT_THAT(wrong("  members:\n", "  priority: { Serial Number: [okta] }\n  members:\n"),
              HasSubstr("okta is no member"));
  EXPECT_THAT(wrong("  members:\n", "  priority: { Serial Nubmer: [jamf] }\n  members:\n"),
              HasSubstr("did you mean \"Serial Number\"?"));
}

TEST(ImporterIdentities, AskForARenameWhereTitlesContradict) {
  EXPECT_THAT(errors(site(kDevice, "")),
              Contains(HasSubstr("\"Groups\" of entra/devices leads to other objects than another "
                                 "member's; rename one of them")));
  EXPECT_THAT(errors(site(kDevice,
                          "  data_sets: { computers: { rename: { groups: Jamf Groups, "
                          "model: Enrolled } } }\n")),
              Contains(HasSubstr("\"Enrolled\" of jamf/computers has another type")));
  EXPECT_THAT(errors(site(kDevice,
                          "  data_sets: { computers: { rename: { groups: Jamf Groups, "
                          "id: Object ID } } }\n")),
              Contains(HasSubstr("is the key of its records")));
}

// Intune's reference to the device in Entra ID would lead from the object to itself.
TEST(ImporterIdentities, LeaveOutReferencesBetweenMembers) {
  const std::string text = "version: 1\n" + std::string(kDevice) + "importers:\n" +
                           microsoft("intune", "  links: { entra: entra }\n") + jamf(kRenamedJamf) +
                           microsoft("entra");
  EXPECT_THAT(errors(text), IsEmpty());
  const ImporterFile file = load_importers_text(text, "f.yaml", library());
  const mapping::Plan plan = plan_of(file.importers[0]);
  for (const auto& attribute : type_of(plan, "Device").attributes) {
    EXPECT_NE(attribute.target_type, "muster::identity/device") << attribute.name;
  }
  EXPECT_THAT(plan.notices, Contains(HasSubstr("\"entraDevice\" is left out because")));
}

TEST(ImporterIdentities, LinksLeadToTheSharedObjectType) {
  const std::string text =
      "version: 1\n" + std::string(kDevice) + "importers:\n" + microsoft("intune") +
      jamf(
          "  links: { entra: entra }\n  data_sets: { computers: { rename: { groups: Jamf Groups }, "
          "add: [{ name: Twin, path: twin, type: reference, target_source: entra, target: devices, "
          "target_attribute: deviceId }] } }\n") +
      microsoft("entra");
  EXPECT_THAT(errors(text), IsEmpty());
  const ImporterFile file = load_importers_text(text, "f.yaml", library());
  const mapping::Plan plan = plan_of(file.importers[1]);
  const auto& attributes = type_of(plan, "Device").attributes;
  const auto twin = std::ranges::find(attributes, "Twin", &catalogue::ObjectAttribute::name);
  ASSERT_NE(twin, attributes.end());
  EXPECT_EQ(twin->target_type, "muster::identity/device");
  EXPECT_EQ(twin->target_attribute, "Device ID");
}

// The service keeps importers one by one.
TEST(ImporterIdentities, GoAlongWithEachMember) {
  const auto path = std::filesystem::temp_directory_path() /
                    fmt::format("muster_identity_test_{}.yaml", getpid());
  std::ofstream(path) << site();
  const auto definitions = definitions_of(path.string());
  std::filesystem::remove(path);
  ASSERT_TRUE(definitions.ok());
  const ImporterFile whole = load_importers_text(site(), "f.yaml", library());
  for (std::size_t i = 0; i < definitions->size(); ++i) {
    const std::string& text = (*definitions)[i].text;
    EXPECT_THAT(errors(text), IsEmpty());
    const ImporterFile alone = load_importers_text(text, "d.yaml", library());
    ASSERT_EQ(alone.importers.size(), 1U);
    const mapping::Plan kept = plan_of(alone.importers[0]), usual = plan_of(whole.importers[i]);
    EXPECT_EQ(type_of(kept, "Device").attributes.size(),
              type_of(usual, "Device").attributes.size());
  }
  EXPECT_THAT((*definitions)[0].text, Not(HasSubstr("TOKEN_jamf")));
}

}  // namespace
}  // namespace muster::run
