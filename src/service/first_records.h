// The first records of one data set, as the destination would get them, for whoever sets an
// importer up. A run that ends in memory: nothing is sent or kept.
//
//   FirstRecords found = first_records(importer, credentials, {.data_set = "users"}, tools, stop);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "json/writer.h"
#include "service/diagnosis.h"

namespace muster::service {

struct FirstRecordsSettings {
  std::string data_set;
  std::uint64_t records = 200;  // so many are read
  std::size_t objects = 3;      // of so many the values are told
};

struct FirstRecords {
  std::string state, reason, message;  // as of a run
  std::string object_type;
  std::uint64_t total = 0;  // how many there are, or fit the source's own filter; 0: it did not say
  std::uint64_t fetched = 0, filtered = 0, rejected = 0, formatted = 0;
  bool is_whole = false;  // no more than these are there
  struct Value {
    std::string attribute;
    std::string text;
  };
  std::vector<std::vector<Value>> objects;
};

// What does not answer after a few tries is told as it is.
FirstRecords first_records(run::Importer importer, Credentials credentials,
                           const FirstRecordsSettings& settings, const DoctorTools& tools,
                           const base::Stop& stop);

void write_first_records(json::Writer& out, const FirstRecords& found);

}  // namespace muster::service
