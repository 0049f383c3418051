// A small source for tests, made by hand so that mapping tests do not depend on catalogue files.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catalogue/model.h"

namespace muster::mapping::testing {

inline catalogue::Attribute attribute(
    std::string name, std::string title, std::string locator,
    catalogue::AttributeType type = catalogue::AttributeType::kText, bool on = true) {
  catalogue::Attribute made;
  made.path = *json::Path::parse(name);
  made.name = std::move(name);
  made.title = std::move(title);
  made.locator = std::move(locator);
  made.type = type;
  made.default_on = on;
  return made;
}

inline catalogue::DataSet named_set(std::string name, std::string title) {
  catalogue::DataSet set;
  set.request.path = "/" + name;
  set.name = std::move(name);
  set.title = std::move(title);
  set.key = "id";
  set.label = "name";
  set.request.records = *json::Path::parse("value");
  set.attributes.push_back(attribute("id", "Object ID", "id"));
  set.attributes.push_back(attribute("name", "Name", "name"));
  return set;
}

// people: id, name, mail, enabled (status), hired, score, tags[], nick (off), team (reference on
// the record), clubs (joined, member side), boss (joined, parent side, one). teams and clubs: id,
// name.
inline std::shared_ptr<catalogue::Source> make_source() {
  using catalogue::AttributeType;
  auto source = std::make_shared<catalogue::Source>();
  source->name = "demo";
  source->title = "Demo";

  catalogue::DataSet people;
  people.name = "people";
  people.title = "Demo Person";
  people.key = "id";
  people.label = "name";
  people.request.path = "/people";
  people.request.records = *json::Path::parse("value");
  people.request.fields_parameter = "fields";
  people.request.fields_always = {"id"};
  people.filter.parameter = "filter";
  using Type = AttributeType;
  const std::vector<std::tuple<const char*, const char*, Type>> columns = {
      {"id", "Object ID", Type::kText},     {"name", "Name", Type::kText},
      {"mail", "Mail", Type::kEmail},       {"enabled", "State", Type::kStatus},
      {"hired", "Hired", Type::kDateTime},  {"born", "Born", Type::kDate},
      {"score", "Score", Type::kInteger},   {"ratio", "Ratio", Type::kDouble},
      {"remote", "Remote", Type::kBoolean}, {"tags", "Tags", Type::kText}};
  for (const auto& [name, title, type] : columns)
    people.attributes.push_back(attribute(name, title, name, type));
  people.attributes.push_back(attribute("nick", "Nick", "nick", Type::kText, false));
  people.attributes[3].statuses = {{"true", "Enabled", "active"},
                                   {"false", "Disabled", "inactive"}};
  people.attributes[4].nulls = {"0001-01-01T00:00:00Z"};

  catalogue::Reference team;
  team.name = "team";
  team.title = "Team";
  team.locator = "team";
  team.target = "teams";
  team.path = *json::Path::parse("teams[].teamId");
  catalogue::Reference clubs;
  clubs.name = "clubs";
  clubs.title = "Clubs";
  clubs.locator = "clubs";
  clubs.target = "clubs";
  clubs.side = catalogue::Reference::Side::kMember;
  clubs.relation = "club_members";
  catalogue::Reference boss;
  boss.name = "boss";
  boss.title = "Boss";
  boss.locator = "boss";
  boss.target = "people";
  boss.many = false;
  boss.side = catalogue::Reference::Side::kParent;
  boss.relation = "bosses";
  for (auto* each : {&team, &clubs, &boss}) people.references.push_back(std::move(*each));

  source->data_sets.push_back(std::move(people));
  source->data_sets.push_back(named_set("teams", "Demo Team"));
  source->data_sets.push_back(named_set("clubs", "Demo Club"));

  catalogue::Relation members;
  members.name = "club_members";
  members.parent = "clubs";
  members.targets = {{"person", "people"}, {"robot", "people"}};
  members.hidden_when = *catalogue::Where::parse("secret == true");
  members.hidden_fields = {"secret"};
  catalogue::Relation bosses;
  bosses.name = "bosses";
  bosses.parent = "people";
  bosses.strategy = catalogue::Relation::Strategy::kExpand;
  bosses.targets = {{"", "people"}};
  source->relations.push_back(std::move(members));
  source->relations.push_back(std::move(bosses));
  return source;
}

}  // namespace muster::mapping::testing
