// Records of several importers that are one thing: an identity makes them one object in Assets.
//
// Its members are data sets of importers. Each record is matched by what identifies it (a serial
// number, a device ID, an e-mail address); the object's key is made of that, so that every member
// sends the same key. Attributes with one title are one attribute; where two members have a value
// for it, the one that comes first in its order sends it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "catalogue/model.h"
#include "catalogue/yaml.h"

namespace muster::mapping {

struct IdentityMember {
  std::string importer;
  std::string data_set;
};

// An attribute that several members have.
struct SharedAttribute {
  std::string title;
  std::string description;
  std::vector<catalogue::StatusValue> statuses;  // of all members
  std::vector<std::size_t> order;                // the members that have it, who wins first
};

struct Identity {
  std::string name;  // "device"; part of the ids in Assets
  std::string title;
  std::string description;
  std::vector<IdentityMember> members;
  std::vector<catalogue::IdentifierKind> match;  // the strongest first
  std::string label;                             // title of the attribute that names the object
  // Beside those that are known; normalised (identifier_value.h).
  std::set<std::string, std::less<>> placeholders;
  std::uint32_t max_shared = 5;  // so many records of a data set may have one identifier
  bool park_unmatched = false;   // records without any identifier; else each has its own object
  bool park_duplicates = true;   // records of a data set that are one thing; else as above
  bool send_blanks = false;      // an empty value is sent unless another member has one
  std::map<std::string, SharedAttribute, std::less<>> shared;  // by title in lower case
  catalogue::Mark mark;

  // Cannot be that of an importer's object type, because no importer's name has a colon.
  std::string external_id() const { return "muster::identity/" + name; }
};

// A member, as the importer's own selection knows it.
struct IdentityPlace {
  std::shared_ptr<const Identity> identity;
  std::size_t self = 0;                                          // position in Identity::members
  std::map<catalogue::IdentifierKind, std::string> identifiers;  // attribute names
  std::string newest;  // attribute: of records that are one thing the one with the greatest counts
  catalogue::Mark mark;
};

inline constexpr std::string_view kIdentityTitle = "Identity";  // of the key attribute
inline constexpr std::string_view kIdentityLocator = "identity_key";

}  // namespace muster::mapping
