// A client of the imitated Assets for tests: no network, virtual time.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/text.h"
#include "json/value.h"
#include "sandbox/assets/assets_service.h"

namespace muster::sandbox::assets {

struct Answer {
  int status = 0;
  std::string body;
  std::string location;
  std::string retry_after;
  bool lost = false;

  // The text, number text or "true"/"false" at a path of keys; "<none>" when nothing is there.
  std::string at(std::initializer_list<std::string_view> keys) const;
};

// Users and groups, as in the contract's example: users refer to groups and to their manager.
std::string people_mapping();
// people_mapping() with `from` replaced by `to`, which must be there.
std::string people_mapping_with(std::string_view from, std::string_view to);

class TestAssets {
 public:
  explicit TestAssets(AssetsSettings settings = {});
  ~TestAssets();

  // `path` is what stands after the source's prefix ("/executions"); absolute links work too.
  Answer call(std::string_view method, std::string_view path, std::string_view body = {});
  // Below /jsm/assets/workspace/{ws}/v1, as the Basic user.
  Answer rest(std::string_view method, std::string_view path, std::string_view body = {});
  Answer control(std::string_view path, std::string_view body);
  Answer send(std::string_view method, std::string_view url, std::string_view body,
              std::string_view authorization, std::string_view content_type = "application/json");

  void wait(base::Duration duration);
  std::string bearer() const { return "Bearer " + service->token(0); }

  // PUT of the mapping, which must be taken.
  void map(const std::string& mapping = people_mapping());
  // A whole execution with one data call of `data`; its report.
  Answer import(std::string_view data);
  // Starts an execution; its id.
  std::string start();
  // A data call into the execution.
  Answer submit(const std::string& execution, std::string_view body);
  // totalcount of the query; -1 when it is refused.
  int count(std::string_view query);

  std::unique_ptr<base::Scheduler> scheduler;
  std::unique_ptr<AssetsService> service;
};

// A counter of a type in a report: counter(report, "Entra User", "objectsCreated").
int counter(const Answer& report, std::string_view type, std::string_view name);

}  // namespace muster::sandbox::assets
