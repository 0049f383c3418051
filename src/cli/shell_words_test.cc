#include "cli/shell_words.h"

#include <gtest/gtest.h>

namespace muster::cli {
namespace {

TEST(ShellWords, StandInQuotesOnlyWhenAShellWouldReadSomethingIntoThem) {
  EXPECT_EQ(shell_quoted("sqlite:/var/lib/muster-1.db"), "sqlite:/var/lib/muster-1.db");
  EXPECT_EQ(shell_quoted("My Importers.yaml"), "'My Importers.yaml'");
  EXPECT_EQ(shell_quoted("it's $HOME"), R"('it'\''s $HOME')");
  EXPECT_EQ(shell_quoted("~/x"), "'~/x'");
  EXPECT_EQ(shell_quoted(""), "''");
}

}  // namespace
}  // namespace muster::cli
