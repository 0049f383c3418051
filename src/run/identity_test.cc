// Which object each record is, over the runs of several importers.
#include "run/identity.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "json/value.h"
#include "mapping/test_source.h"

namespace muster::run {
namespace {

using catalogue::IdentifierKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr crypto::HashKey kKey{7};

// Machines with everything that may identify or describe them.
std::shared_ptr<catalogue::Source> machines() {
  auto source = std::make_shared<catalogue::Source>();
  source->name = "any";
  catalogue::DataSet set = mapping::testing::named_set("machines", "Machine");
  for (const auto& [name, title] : {std::pair("serial", "Serial Number"),
                                    {"device", "Device"},
                                    {"owner", "Owner"},
                                    {"seen", "Seen"},
                                    {"own", "Only Here"}}) {
    set.attributes.push_back(mapping::testing::attribute(name, title, name));
  }
  source->data_sets.push_back(std::move(set));
  return source;
}

// Three importers of one identity, run one after the other with one memory.
class Site {
 public:
  Site() {
    identity->name = "device";
    identity->title = "Device";
    identity->label = "Name";
    identity->match = {IdentifierKind::kSerialNumber, IdentifierKind::kDeviceId};
    identity->members = {{"intune", "machines"}, {"jamf", "machines"}, {"entra", "machines"}};
    for (const char* title : {"Serial Number", "Owner"}) {
      identity->shared[base::to_lower_ascii(title)] = {.title = title, .order = {0, 1, 2}};
    }
  }

  // What one run makes of the records; it is remembered.
  Identified run(std::size_t member, const std::vector<std::string>& records,
                 bool remembers = true) {
    plan = {};
    mapping::Selection selection;
    selection.identities["machines"] = {
        .identity = identity, .self = member, .identifiers = identifiers[member], .newest = newest};
    const auto& self = identity->members[member];
    const auto findings = mapping::make_plan(machines(), selection, self.importer, "f.yaml", plan);
    EXPECT_THAT(findings, IsEmpty());
    collections.clear();
    collections.push_back(std::make_unique<Collection>(*scheduler, plan, 0, kKey));
    for (const std::string& record : records) {
      collections[0]->add(json::Document::parse(record)->root(), {});
      collections[0]->end_page();  // a page each: nothing is told apart by that
    }
    joins = std::make_unique<Joins>(plan, 0, collections, no_pairs, kKey);
    Books books;
    for (auto& [of, block] : blocks) books.members.push_back({of, *BookView::open(block)});
    Identified identified = identify(plan, 0, *collections[0], *joins, books, kKey);
    if (remembers) blocks[member] = pack(identified.book);
    keys.clear();
    for (std::size_t i = 0; i < collections[0]->objects(); ++i) {
      const std::string record(collections[0]->keys().text(collections[0]->key_of(i)));
      if (collections[0]->is_live(i)) keys[record] = identified.keys.objects[i].key;
    }
    joins->set_identity(identified.keys);
    return identified;
  }

  // An object as it would be sent.
  std::string sent(const std::string& record) {
    Spool::Reader reader(collections[0]->spool());
    std::string_view text;
    for (std::size_t i = 0; reader.next(text); ++i) {
      if (collections[0]->keys().text(collections[0]->key_of(i)) != record) continue;
      std::string out;
      joins->append(i, text, out);
      return out;
    }
    return "";
  }

  std::vector<std::string> rejects() {
    std::vector<std::string> reasons;
    for (const auto& reject : collections[0]->rejects()) {
      reasons.push_back(reject.key + " " + reject.reason);
    }
    return reasons;
  }

  const std::shared_ptr<mapping::Identity> identity = std::make_shared<mapping::Identity>();
  std::vector<std::map<IdentifierKind, std::string>> identifiers = {
      {{IdentifierKind::kSerialNumber, "serial"}, {IdentifierKind::kDeviceId, "device"}},
      {{IdentifierKind::kSerialNumber, "serial"}},
      {{IdentifierKind::kDeviceId, "device"}}};
  std::string newest;
  std::map<std::size_t, std::string> blocks;    // by member
  std::map<std::string, crypto::Hash128> keys;  // of the last run, by record
  mapping::Plan plan;
  std::vector<std::unique_ptr<Collection>> collections;
  const std::vector<std::unique_ptr<Pairs>> no_pairs;
  std::unique_ptr<Joins> joins;
  const std::unique_ptr<base::Scheduler> scheduler = base::make_simulated_scheduler(1);
};

std::string machine(std::string_view id, std::string_view serial, std::string_view device = "",
                    std::string_view owner = "", std::string_view seen = "") {
  return fmt::format(
      R"({{"id":"{0}","name":"n-{0}","serial":"{1}","device":"{2}","owner":"{3}","seen":"{4}"}})",
      id, serial, device, owner, seen);
}

std::uint64_t records(const Identified& of, std::string_view rule, bool known = false) {
  for (const IdentityMatch& match : of.report.matches) {
    if (match.rule == rule) return known ? match.known : match.records;
  }
  return 0;
}

TEST(Identity, OneSerialNumberIsOneObjectWhateverItsCase) {
  Site site;
  site.run(0, {machine("i-1", "PF00001A", "d-1111"), machine("i-2", "PF00002B", "d-2222")});
  const auto intune = site.keys;
  const Identified jamf = site.run(1, {machine("j-9", " pf00001a "), machine("j-8", "C0XX0001")});
  EXPECT_EQ(site.keys["j-9"], intune.at("i-1"));
  EXPECT_NE(site.keys["j-8"], intune.at("i-1"));
  EXPECT_NE(site.keys["j-8"], intune.at("i-2"));
  EXPECT_EQ(records(jamf, "serial_number"), 2U);
  EXPECT_EQ(records(jamf, "serial_number", true), 1U);
}

// Entra knows no serial number and Jamf no device ID; Intune knows both.
TEST(Identity, ChainsOverAMemberThatKnowsBothIdentifiers) {
  Site site;
  site.run(0, {machine("i-1", "PF00001A", "d-1111")});
  const auto key = site.keys["i-1"];
  site.run(1, {machine("j-1", "PF00001A")});
  EXPECT_EQ(site.keys["j-1"], key);
  const Identified entra = site.run(2, {machine("e-1", "", "d-1111")});
  EXPECT_EQ(site.keys["e-1"], key);
  EXPECT_EQ(records(entra, "device_id", true), 1U);
}

TEST(Identity, MembersThatRanApartComeTogetherAndTheReportSaysSo) {
  Site site;
  site.run(2, {machine("e-1", "", "d-1111")});
  const auto by_device = site.keys["e-1"];
  site.run(1, {machine("j-1", "PF00001A")});
  const auto by_serial = site.keys["j-1"];
  EXPECT_NE(by_serial, by_device) << "nobody knows yet";
  site.run(0, {machine("i-1", "PF00001A", "d-1111")});
  EXPECT_EQ(site.keys["i-1"], by_serial) << "the stronger identifier";
  const Identified entra = site.run(2, {machine("e-1", "", "d-1111")});
  EXPECT_EQ(site.keys["e-1"], by_serial);
  EXPECT_EQ(records(entra, "moved"), 1U);
  EXPECT_EQ(records(site.run(2, {machine("e-1", "", "d-1111")}), "moved"), 0U) << "it stays so";
}

TEST(Identity, APlaceholderNeverMakesTwoMachinesOne) {
  Site site;
  const Identified intune = site.run(
      0, {machine("i-1", "To Be Filled By O.E.M."), machine("i-2", "to be filled by o.e.m."),
          machine("i-3", "0"), machine("i-4", "Default string")});
  EXPECT_EQ(site.keys.size(), 4U);
  std::set<crypto::Hash128> different;
  for (const auto& [record, key] : site.keys) different.insert(key);
  EXPECT_EQ(different.size(), 4U);
  EXPECT_EQ(records(intune, "placeholder"), 4U);
  EXPECT_EQ(records(intune, "own_key"), 4U);
  site.run(1, {machine("j-1", "To be filled by O.E.M.")});
  EXPECT_FALSE(different.contains(site.keys["j-1"]));
}

TEST(Identity, AValueThatManyRecordsHaveIsNoIdentifier) {
  Site site;
  site.identity->max_shared = 2;
  const Identified intune =
      site.run(0, {machine("i-1", "LENOVO-STD", "d-1111"), machine("i-2", "LENOVO-STD", "d-2222"),
                   machine("i-3", "LENOVO-STD", "d-3333")});
  EXPECT_EQ(site.keys.size(), 3U);
  EXPECT_EQ(records(intune, "shared"), 3U);
  EXPECT_EQ(records(intune, "device_id"), 3U);
  const auto before = site.keys;
  site.run(1, {machine("j-1", "LENOVO-STD")});
  for (const auto& [record, key] : before) EXPECT_NE(site.keys["j-1"], key);
}

TEST(Identity, OfTwoRecordsOfOneThingTheNewestIsKept) {
  Site site;
  site.newest = "seen";
  const Identified intune =
      site.run(0, {machine("old", "PF00001A", "d-1111", "", "2024-01-01T00:00:00Z"),
                   machine("new", "PF00001A", "d-2222", "", "2026-01-01T00:00:00Z")});
  EXPECT_THAT(site.rejects(), ElementsAre("old duplicate_identity"));
  EXPECT_TRUE(site.keys.contains("new"));
  EXPECT_EQ(records(intune, "duplicate"), 1U);
  EXPECT_THAT(site.collections[0]->rejects()[0].detail, HasSubstr("the record \"new\""));
}

TEST(Identity, WithoutATimeWhoeverHadTheObjectKeepsIt) {
  Site site;
  site.run(0, {machine("a", "PF00001A")});
  const auto key = site.keys["a"];
  site.run(0, {machine("b", "PF00001A"), machine("a", "PF00001A")});
  EXPECT_THAT(site.rejects(), ElementsAre("b duplicate_identity"));
  EXPECT_EQ(site.keys["a"], key);
}

TEST(Identity, DuplicatesMayBeKeptUnderKeysThatStay) {
  Site site;
  site.identity->park_duplicates = false;
  site.run(0, {machine("a", "PF00001A"), machine("b", "PF00001A")});
  EXPECT_THAT(site.rejects(), IsEmpty());
  const auto first = site.keys;
  EXPECT_NE(first.at("a"), first.at("b"));
  const Identified again = site.run(0, {machine("a", "PF00001A"), machine("b", "PF00001A")});
  EXPECT_EQ(site.keys, first) << "the same again changes nothing";
  EXPECT_EQ(records(again, "moved"), 0U);
  site.run(1, {machine("j", "PF00001A")});
  EXPECT_EQ(site.keys["j"], first.at("a")) << "only one of them stands for the number";
}

TEST(Identity, RecordsWithoutAnyIdentifierMayBeParked) {
  Site site;
  site.identity->park_unmatched = true;
  site.run(0, {machine("a", "none"), machine("b", "PF00001A")});
  EXPECT_THAT(site.rejects(), ElementsAre("a no_identity"));
}

// The mainboard of i-1 went into another machine.
TEST(Identity, AStrongerIdentifierKeepsApartWhatAWeakerOneWouldJoin) {
  Site site;
  site.run(0, {machine("i-1", "PF00001A", "d-1111")});
  const auto key = site.keys["i-1"];
  const Identified intune =
      site.run(0, {machine("i-1", "PF00001A", "d-1111"), machine("i-2", "PF00009Z", "d-1111")});
  EXPECT_THAT(site.rejects(), IsEmpty());
  EXPECT_EQ(site.keys["i-1"], key);
  EXPECT_NE(site.keys["i-2"], key);
  EXPECT_EQ(records(intune, "different"), 1U);
  const auto second = site.keys;
  site.run(0, {machine("i-1", "PF00001A", "d-1111"), machine("i-2", "PF00009Z", "d-1111")});
  EXPECT_EQ(site.keys, second);
  site.run(2, {machine("e-1", "", "d-1111")});
  EXPECT_NE(site.keys["e-1"], key) << "what stands for two objects stands for none";
}

TEST(Identity, AnObjectStaysWhenAnIdentifierChangesOrGoes) {
  Site site;
  site.run(0, {machine("i-1", "PF00001A", "d-1111"), machine("i-2", "unknown")});
  const auto before = site.keys;
  const Identified now =
      site.run(0, {machine("i-1", "", ""), machine("i-2", "PF00002B", "d-2222")});
  EXPECT_EQ(site.keys, before);
  EXPECT_EQ(records(now, "moved"), 0U);
}

// The number of a machine that is gone is given to another one.
TEST(Identity, ANumberThatIsUsedAgainIsNotTheOldMachine) {
  Site site;
  site.run(0, {machine("i-1", "PF00001A", "d-1111")});
  const auto old = site.keys["i-1"];
  site.run(0, {machine("i-1", "PF00002B", "d-1111")});
  EXPECT_EQ(site.keys["i-1"], old) << "repaired";
  site.run(0, {machine("i-1", "PF00002B", "d-1111"), machine("i-7", "PF00001A", "d-7777")});
  EXPECT_EQ(site.keys["i-1"], old);
  EXPECT_NE(site.keys["i-7"], old);
}

TEST(Identity, AnAttributeIsSentByTheFirstThatHasAValue) {
  Site site;
  site.run(0, {machine("i-1", "PF00001A", "d-1111", "anna"), machine("i-2", "PF00002B", "", "")});
  EXPECT_THAT(site.sent("i-1"), HasSubstr(R"("owner":"anna")"));
  EXPECT_THAT(site.sent("i-2"), Not(HasSubstr("owner"))) << "never a blank";
  const Identified jamf =
      site.run(1, {machine("j-1", "PF00001A", "", "bert"), machine("j-2", "PF00002B", "", "carl"),
                   machine("j-3", "PF00003C", "", "dora")});
  EXPECT_THAT(site.sent("j-1"), Not(HasSubstr("owner"))) << "Intune's wins";
  EXPECT_THAT(site.sent("j-1"), HasSubstr(R"("name":"n-j-1")")) << "Assets takes none without name";
  EXPECT_THAT(site.sent("j-2"), HasSubstr(R"("owner":"carl")")) << "Intune has none";
  EXPECT_THAT(site.sent("j-3"), HasSubstr(R"("owner":"dora")")) << "only Jamf has it";
  EXPECT_EQ(jamf.report.left_to_others, 3U) << "one owner, and two serial numbers";
  // And back: Intune does not give way to Jamf.
  site.run(0,
           {machine("i-1", "PF00001A", "d-1111", "anna"), machine("i-2", "PF00002B", "", "eva")});
  EXPECT_THAT(site.sent("i-2"), HasSubstr(R"("owner":"eva")"));
}

TEST(Identity, PriorityIsOfEachAttribute) {
  Site site;
  site.identity->shared["owner"].order = {1, 0, 2};
  site.run(1, {machine("j-1", "PF00001A", "", "bert")});
  site.run(0, {machine("i-1", "PF00001A", "d-1111", "anna")});
  EXPECT_THAT(site.sent("i-1"), Not(HasSubstr("owner")));
  EXPECT_THAT(site.sent("i-1"), HasSubstr(R"("serial":"PF00001A")"));
}

TEST(Identity, BlanksAreSentOnlyWhereTheyAreWantedAndNobodyHasAValue) {
  Site site;
  site.identity->send_blanks = true;
  site.run(1, {machine("j-1", "PF00001A", "", "bert"), machine("j-2", "PF00002B", "", "")});
  site.run(0, {machine("i-1", "PF00001A", "", ""), machine("i-2", "PF00002B", "", "")});
  EXPECT_THAT(site.sent("i-1"), Not(HasSubstr("owner"))) << "a blank over Jamf's value";
  EXPECT_THAT(site.sent("i-2"), HasSubstr(R"("owner":"")"));
}

TEST(Identity, WhatIsSentIsOneObjectWithTheIdentitysKey) {
  Site site;
  site.run(1, {machine("j-1", "PF00001A", "", R"(a \"b\", [c])")});
  site.run(0, {machine("i-1", "PF00001A", "d-1111", "x")});
  site.run(1, {machine("j-1", "PF00001A", "", R"(a \"b\", [c])")});
  const std::string sent = site.sent("j-1");
  const auto document = json::Document::parse(sent);
  ASSERT_TRUE(document.ok()) << sent;
  EXPECT_EQ(document->root().find("identity_key")->text(), identity_key_text(site.keys["j-1"]));
  EXPECT_EQ(document->root().find("id")->text(), "j-1");
}

TEST(Identity, AsksOnceBeforeItRunsBesideOthers) {
  Site site;
  EXPECT_FALSE(site.run(0, {machine("i-1", "PF00001A")}).needs_consent) << "nobody else is there";
  const Identified jamf = site.run(1, {machine("j-1", "PF00009Z")});
  EXPECT_TRUE(jamf.needs_consent);
  EXPECT_EQ(jamf.foreign, 1U);
  EXPECT_THAT(jamf.others, ElementsAre("intune"));
  EXPECT_FALSE(site.run(1, {machine("j-1", "PF00009Z")}).needs_consent) << "it has run so";
  EXPECT_TRUE(site.run(0, {machine("i-1", "PF00001A")}).needs_consent) << "Jamf's came since";
}

TEST(Identity, LooksAtWhatIsInTheSameWorkspace) {
  EXPECT_EQ(identity_place("workspace/w-1/importsource/s-1"), "workspace/w-1");
  EXPECT_EQ(identity_place("workspace/w-1/importsource/s-2"), "workspace/w-1");
  EXPECT_EQ(identity_place("folder//var/out"), "files");
  EXPECT_EQ(identity_place(""), "");
}

TEST(Identity, TheReportHoldsHashesAndNoValues) {
  Site site;
  const Identified intune = site.run(0, {machine("i-1", "PF00001A")});
  ASSERT_EQ(intune.report.matches.size(), 1U);
  EXPECT_EQ(intune.report.name, "device");
  EXPECT_THAT(intune.report.matches[0].sample,
              ElementsAre(crypto::to_hex(crypto::keyed_hash(kKey, "i-1"))));
}

}  // namespace
}  // namespace muster::run
