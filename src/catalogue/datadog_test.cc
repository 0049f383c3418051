// The bundled Datadog catalogue says what Datadog offers, and leaves its secrets where they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalogue/loader.h"

namespace muster::catalogue {
namespace {

using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const Source& datadog() {
  static const Library library = Library::bundled();
  return *library.find("datadog");
}

std::vector<std::string> paths_of(const Attribute& attribute) {
  std::vector<std::string> paths = {attribute.path.text()};
  for (const json::Path& path : attribute.first_of) paths.push_back(path.text());
  for (const Piece& piece : attribute.compose) paths.push_back(piece.path.text());
  return paths;
}

// Requests of tests hold passwords and certificates, cloud accounts hold keys.
TEST(DatadogCatalogue, ReadsNothingThatHoldsSecrets) {
  for (const DataSet& set : datadog().data_sets) {
    for (const Attribute& attribute : set.attributes) {
      for (const std::string& path : paths_of(attribute)) {
        EXPECT_THAT(path, AnyOf(Not(StartsWith("config")), Eq("config.request.method"),
                                Eq("config.request.url")))
            << set.name;
        EXPECT_THAT(path, Not(HasSubstr("secret"))) << set.name;
        EXPECT_THAT(path, Not(HasSubstr("access_key"))) << set.name;
      }
    }
  }
  EXPECT_FALSE(datadog().find_data_set("synthetics")->find_attribute("url")->default_on)
      << "people write passwords into addresses";
}

TEST(DatadogCatalogue, SaysThatOlderHostsCannotBeSeen) {
  EXPECT_THAT(datadog().description, HasSubstr("7 days"));
  EXPECT_THAT(datadog().find_data_set("hosts")->description, HasSubstr("cannot be seen"));
}

// Without a proof that nothing follows, a list could end early and nobody would know.
TEST(DatadogCatalogue, ProvesTheEndOfEveryList) {
  using Strategy = Paging::Strategy;
  for (const DataSet& set : datadog().data_sets) {
    const Paging& paging = set.request.paging;
    if (paging.strategy != Strategy::kPageNumber && paging.strategy != Strategy::kOffset) continue;
    EXPECT_TRUE(paging.end == Paging::End::kShort || !paging.total.text().empty()) << set.name;
  }
  EXPECT_THAT(datadog().find_data_set("slos")->request.paging.total.text(), IsEmpty())
      << "its counts were seen to be wrong";
}

TEST(DatadogCatalogue, KeepsKeysOutOfUrls) {
  EXPECT_EQ(datadog().sign_in.strategy, SignIn::Strategy::kHeaders);
  EXPECT_EQ(datadog().sign_in.headers.size(), 2u);
  for (const DataSet& set : datadog().data_sets) {
    for (const auto& [name, value] : set.request.parameters) {
      EXPECT_THAT(value, Not(HasSubstr("key"))) << set.name << ' ' << name;
    }
  }
}

}  // namespace
}  // namespace muster::catalogue
