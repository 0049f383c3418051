// What the importers of one file are to each other.
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

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const catalogue::Library& library() {
  static const catalogue::Library bundled = catalogue::Library::bundled();
  return bundled;
}

std::string importer(std::string_view name, std::string_view source, std::string_view more = "",
                     std::string_view schema = "IT Inventory") {
  return fmt::format(
      "- name: {}\n  source: {}\n"
      "  connection: {{ tenant_id: t.example, client_id: c, client_secret: {{ env: SECRET }} }}\n"
      "{}"
      "  destination: {{ type: jsm_assets, token: {{ env: TOKEN_{} }}, schema: {{ name: {} }},\n"
      "    missing_objects: ignore }}\n",
      name, source, more, name, schema);
}

std::string file_of(const std::vector<std::string>& importers) {
  return fmt::format("version: 1\nimporters:\n{}", fmt::join(importers, ""));
}

ImporterFile load(const std::string& text) {
  return load_importers_text(text, "f.yaml", library());
}

std::vector<std::string> errors(const std::string& text) {
  std::vector<std::string> lines;
  for (const catalogue::Finding& finding : load(text).findings) {
    if (!finding.is_warning) lines.push_back(finding.text());
  }
  return lines;
}

mapping::Plan plan_of(const Importer& importer) {
  mapping::Plan plan;
  const auto findings =
      mapping::make_plan(importer.source, importer.selection, importer.name, importer.file, plan);
  EXPECT_FALSE(catalogue::has_errors(findings));
  return plan;
}

const catalogue::ObjectAttribute* find(const Importer& importer, std::string_view type,
                                       std::string_view attribute) {
  static mapping::Plan plan;
  plan = plan_of(importer);
  for (const auto& each : plan.schema.types) {
    if (each.data_set != type) continue;
    for (const auto& one : each.attributes) {
      if (one.name == attribute) return &one;
    }
  }
  return nullptr;
}

TEST(ImporterSite, ReferencesLeadToTheImporterUnderLinks) {
  const ImporterFile file = load(
      file_of({importer("devices", "intune", "  links: { entra: people }\n"),
               importer("people", "entra", "  data_sets: { users: { rename: { id: UID } } }\n")}));
  EXPECT_THAT(file.findings, IsEmpty());
  ASSERT_EQ(file.importers.size(), 2U);
  const auto* user = find(file.importers[0], "managed_devices", "Primary User Account");
  ASSERT_NE(user, nullptr);
  EXPECT_EQ(user->target_type, "muster/people/users");
  EXPECT_EQ(user->target_attribute, "UID");
  const auto* device = find(file.importers[0], "managed_devices", "Entra Device");
  ASSERT_NE(device, nullptr);
  EXPECT_EQ(device->target_attribute, "Device ID");
}

TEST(ImporterSite, ALinkIsNeverMadeUnasked) {
  const ImporterFile file =
      load(file_of({importer("people", "entra"), importer("devices", "intune")}));
  EXPECT_THAT(file.findings, IsEmpty());
  EXPECT_EQ(find(file.importers[1], "managed_devices", "Primary User Account"), nullptr);
  EXPECT_THAT(plan_of(file.importers[1]).notices,
              testing::Contains(HasSubstr("`links`: { entra: people }")));
}

TEST(ImporterSite, TwoImportersMayReferToEachOther) {
  const std::string add =
      "  data_sets: { users: { add: [{ name: Laptop, path: laptopId, type: reference, "
      "target_source: intune, target: managed_devices }] } }\n";
  const ImporterFile file =
      load(file_of({importer("devices", "intune", "  links: { entra: people }\n"),
                    importer("people", "entra", "  links: { intune: devices }\n" + add)}));
  EXPECT_FALSE(catalogue::has_errors(file.findings));
  EXPECT_EQ(find(file.importers[1], "users", "Laptop")->target_type,
            "muster/devices/managed_devices");
}

TEST(ImporterSite, SaysWhatIsWrongWithALink) {
  const auto links = [](std::string_view text, std::string_view schema = "IT Inventory") {
    return errors(
        file_of({importer("people", "entra"),
                 importer("devices", "intune", fmt::format("  links: {}\n", text), schema)}));
  };
  EXPECT_THAT(links("{ entra: peopel }"),
              ElementsAre(HasSubstr("links: there is no importer \"peopel\" in this file; did you "
                                    "mean \"people\"?")));
  EXPECT_THAT(links("{ okta: people }"),
              ElementsAre(HasSubstr("the importer people reads entra, not okta")));
  EXPECT_THAT(links("{ intune: devices }"), ElementsAre(HasSubstr("need no link")));
  EXPECT_THAT(links("{ entra: [people] }"), ElementsAre(HasSubstr("{ entra: NAME }")));
  EXPECT_THAT(links("{ entra: people }", "Elsewhere"),
              ElementsAre(HasSubstr("do not go to one object schema")));
}

TEST(ImporterSite, AddedReferencesNeedATarget) {
  const auto added = [](std::string_view text) {
    return errors(file_of(
        {importer("people", "entra",
                  fmt::format("  data_sets: {{ users: {{ add: [{{ {} }}] }} }}\n", text))}));
  };
  EXPECT_THAT(added("name: Boss, path: bossId, type: reference, target: users"), IsEmpty());
  EXPECT_THAT(added("name: Boss, path: bossId, type: reference"),
              ElementsAre(HasSubstr("\"target\"")));
  EXPECT_THAT(added("name: Boss, path: bossId, target: users"),
              ElementsAre(HasSubstr("target: only used with type: reference")));
}

class Definitions : public testing::Test {
 protected:
  Definitions()
      : path_(std::filesystem::temp_directory_path() /
              fmt::format("muster_site_test_{}.yaml", getpid())) {}
  ~Definitions() override { std::filesystem::remove(path_); }

  std::vector<Definition> of(const std::string& text) {
    std::ofstream(path_) << text;
    auto made = definitions_of(path_.string());
    EXPECT_TRUE(made.ok());
    return *made;
  }

  std::filesystem::path path_;
};

// The service keeps importers one by one.
TEST_F(Definitions, TakeAlongWhatLinksNeedOfOthersButNoSecrets) {
  const auto definitions =
      of(file_of({importer("people", "entra", "  data_sets: { users: { rename: { id: UID } } }\n"),
                  importer("devices", "intune", "  links: { entra: people }\n")}));
  ASSERT_EQ(definitions.size(), 2U);
  EXPECT_THAT(definitions[0].text, Not(HasSubstr("neighbours")));
  EXPECT_THAT(definitions[1].text, AllOf(HasSubstr("neighbours"), Not(HasSubstr("TOKEN_people"))));
  const ImporterFile alone = load(definitions[1].text);
  EXPECT_THAT(alone.findings, IsEmpty());
  ASSERT_EQ(alone.importers.size(), 1U);
  EXPECT_EQ(find(alone.importers[0], "managed_devices", "Primary User Account")->target_attribute,
            "UID");
}

}  // namespace
}  // namespace muster::run
