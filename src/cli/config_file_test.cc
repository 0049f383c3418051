// Options from a file, through the program's own front door.
#include "cli/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/test_support.h"

namespace muster::cli {
namespace {

using test::Answer;
using test::muster;
using testing::HasSubstr;

class ConfigFileTest : public test::InFolder {};

TEST_F(ConfigFileTest, TellsAllThatIsWrongAtOnce) {
  const std::string file = write("muster.yaml",
                                 "worker: 3\n"
                                 "workers: 100\n"
                                 "listen: [a, b]\n"
                                 "private-webhooks: maybe\n"
                                 "oidc-scope: [openid, { a: b }]\n"
                                 "node: \"\"\n"
                                 "config: other.yaml\n"
                                 "log-level: loud\n");
  const Answer refused = muster({"serve", "--config", file});
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.err,
            file + ":1:1: \"worker\" is no option of `muster serve`; did you mean workers?\n" +
                file + ":2:10: workers: a whole number from 1 to 64 is needed.\n" +   //
                file + ":3:9: listen: write ADDRESS:PORT here.\n" +                   //
                file + ":4:19: private-webhooks: write true or false.\n" +            //
                file + ":5:22: oidc-scope: write SCOPE here, or a list of them.\n" +  //
                file + ":6:7: node: must not be empty.\n" +                           //
                file + ":7:1: \"config\" is no option of `muster serve`.\n" +         //
                file + ":8:12: log-level: \"loud\" is none of debug, info, warn, error, off.\n");
  EXPECT_THAT(muster({"worker", "--config=" + write("m.yaml", "public-url: https://x")}).err,
              HasSubstr("m.yaml:1:1: \"public-url\" is no option of `muster worker`"));
  EXPECT_THAT(muster({"serve", "--config", write("m.yaml", "a: [")}).err, HasSubstr("m.yaml:"));
  EXPECT_THAT(muster({"serve", "--config", write("m.yaml", "- a\n")}).err,
              HasSubstr("m.yaml:1:1: Write one option per line"));
  EXPECT_EQ(muster({"serve", "--config", (folder_ / "none.yaml").string()}).code, 2);
  EXPECT_EQ(muster({"serve", "--config"}).code, 2);
}

// What is refused last says which value was taken.
TEST_F(ConfigFileTest, GivesOptionsAndTheCommandLineWins) {
  const std::string file = write("muster.yaml", "listen: from-file\nworkers: 2\n");
  EXPECT_THAT(muster({"worker", "--config", file}).err, HasSubstr("not \"from-file\""));
  for (const auto& given : {std::vector<std::string>{"--listen", "from-words"},
                            std::vector<std::string>{"--listen=from-words"}}) {
    std::vector<std::string> words = {"--log-level", "off", "worker", "--config", file};
    words.insert(words.end(), given.begin(), given.end());
    EXPECT_THAT(muster(words).err, HasSubstr("not \"from-words\""));
  }
  EXPECT_THAT(muster({"serve", "--config", write("m.yaml", "mail-server: smtp://x:587\n")}).err,
              HasSubstr("--mail-from"))
      << "what belongs together does so in the file, too";
  EXPECT_THAT(muster({"serve", "--config", write("m.yaml", "# nothing\n"), "--listen", "x"}).err,
              HasSubstr("--listen"));
}

}  // namespace
}  // namespace muster::cli
