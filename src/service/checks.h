// Diagnoses and previews for people who wait for them: a few at once, none for long.
#pragma once

#include "service/first_records.h"

namespace muster::service {

inline constexpr unsigned kChecksAtOnce = 3;
inline constexpr base::Duration kLongestCheck = std::chrono::seconds(60);

// Any thread.
class Checks {
 public:
  explicit Checks(const DoctorTools& tools) : tools_(tools), monitor_(tools.scheduler) {}

  // What did not answer in time is told as cancelled. kLimit `busy`.
  base::Result<Diagnosis> check(run::Importer importer, Credentials credentials);
  base::Result<FirstRecords> first_records(run::Importer importer, Credentials credentials,
                                           const FirstRecordsSettings& settings);

 private:
  base::Status enter();
  // What `work` returns, stopped when it takes too long.
  template <typename Work>
  auto within_time(const Work& work);

  const DoctorTools tools_;
  base::Monitor monitor_;  // guards the next one
  unsigned under_way_ = 0;
};

}  // namespace muster::service
