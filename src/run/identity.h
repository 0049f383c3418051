// Which object each record of an identity is: the keys that every member sends for the same thing,
// and which of its attributes this importer leaves to others.
//
// A record is the object that one of its identifiers stands for in the books of the members, the
// strongest first; else the one it was in the last run; else a new one, whose key is made of its
// strongest identifier. Two records of one data set are never one object.
//
//   Identified identified = identify(plan, data_set, collection, joins, books, hash_key);
//   joins.set_identity(identified);      // what is sent from then on
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "mapping/plan.h"
#include "run/collection.h"
#include "run/identity_book.h"
#include "run/joins.h"
#include "run/report.h"

namespace muster::run {

// A member's book, as it was kept.
struct MemberBook {
  std::size_t member = 0;  // in Identity::members
  BookView view;
};

// The books that this run may look into. Their blocks must outlive what is made of them.
struct Books {
  std::vector<MemberBook> members;  // readable ones; those of members that are no more are left out
  bool damaged = false;             // there was one that cannot be read
};

struct Identified {
  IdentityKeys keys;
  IdentityBook book;  // what this run says; without what it did not read
  IdentityReport report;
  std::uint64_t foreign = 0;        // objects that only other members have
  bool needs_consent = false;       // this importer has never run beside them
  std::vector<std::string> others;  // importers that they come from
};

// Parks records that are the same thing as another one of their data set, or nothing at all, unless
// the identity keeps them. The plan's data set must have an identity.
Identified identify(const mapping::Plan& plan, std::size_t data_set, Collection& collection,
                    const Joins& joins, const Books& books, const crypto::HashKey& hash_key);

// Two targets with one place hold each other's objects: "workspace/<id>", "files"; "" for "".
std::string identity_place(std::string_view target);

}  // namespace muster::run
