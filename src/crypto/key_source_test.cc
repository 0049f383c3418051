#include "crypto/key_source.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/text.h"

namespace muster::crypto {
namespace {

using base::ErrorKind;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kText = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
constexpr std::string_view kOtherText = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8";

class KeySource : public ::testing::Test {
 protected:
  KeySource() {
    std::string pattern = std::filesystem::temp_directory_path() / "muster_crypto_XXXXXX";
    folder_ = mkdtemp(pattern.data());
    ::unsetenv("MUSTER_KEY");
    ::unsetenv("CREDENTIALS_DIRECTORY");
  }
  ~KeySource() override {
    ::unsetenv("MUSTER_KEY");
    ::unsetenv("CREDENTIALS_DIRECTORY");
    std::filesystem::remove_all(folder_);
  }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string file(const std::string& name, std::string_view text, mode_t mode = 0600) const {
    std::ofstream(path(name)) << text;
    ::chmod(path(name).c_str(), mode);
    return path(name);
  }
  static std::string refusal(const base::Result<KeyEncryptionKey>& result) {
    if (result.ok()) return "a key";
    EXPECT_EQ(result.error().kind, ErrorKind::kSettings);
    EXPECT_EQ(result.error().reason, "encryption_key");
    return result.error().text();
  }

  std::string folder_;
};

TEST_F(KeySource, ReadsAKeyInEitherAlphabetWithOrWithoutPadding) {
  const std::string bytes = std::string(30, '\xfb') + "\xff\xfe";
  const std::string id = KeyEncryptionKey(base::Secret(bytes)).id();
  const std::string url_safe = base::base64url_encode(bytes), usual = base::base64_encode(bytes);
  ASSERT_NE(url_safe.substr(0, 43), usual.substr(0, 43));
  for (const std::string& text : {url_safe, url_safe + "=", usual, usual.substr(0, 43),
                                  url_safe + "\n", usual + "\r\n", usual + "\n\n"}) {
    const auto key = parse_key(text);
    ASSERT_TRUE(key.ok()) << text;
    EXPECT_EQ(key->id(), id);
  }
}

TEST_F(KeySource, RefusesWhatIsNoKeyWithoutRepeatingIt) {
  const std::string text(kText);
  for (const std::string& bad :
       {text.substr(1), text + "A", text + "AAAA", " " + text, text + " ", text.substr(0, 42) + "*",
        text + "==", text + "\n" + std::string(kOtherText), std::string(32, 'x'),
        std::string("-_") + text.substr(4) + "+/", text.substr(0, 42) + "9",
        std::string("sesame open")}) {
    EXPECT_THAT(refusal(parse_key(bad)), HasSubstr("base64 text of 32 random bytes"));
    EXPECT_THAT(refusal(parse_key(bad)), Not(HasSubstr(bad)));
  }
  EXPECT_THAT(refusal(parse_key("\n")), HasSubstr("is empty"));
}

TEST_F(KeySource, ReadsAFileOfItsOwnerAlsoThroughALink) {
  const std::string id = parse_key(kText)->id();
  const std::string real = file("real", kText);
  std::filesystem::create_symlink(real, path("link"));
  EXPECT_EQ(take_key(real)->id(), id);
  EXPECT_EQ(take_key(path("link"))->id(), id);
  EXPECT_EQ(take_key(file("read_only", kText, 0400))->id(), id);
}

TEST_F(KeySource, RefusesAFileThatOthersMayUse) {
  for (const mode_t mode : {0640, 0604, 0620, 0602, 0644, 0444}) {
    const std::string open_to_others = file("key", kText, mode);
    EXPECT_THAT(refusal(take_key(open_to_others)), HasSubstr("chmod 600 " + open_to_others))
        << std::oct << mode;
  }
}

TEST_F(KeySource, RefusesALinkToAFileThatOthersMayUse) {
  std::filesystem::create_symlink(file("real", kText, 0644), path("link"));
  EXPECT_THAT(refusal(take_key(path("link"))), HasSubstr("0644"));
}

TEST_F(KeySource, RefusesWhatIsNoFileAndDoesNotWaitForIt) {
  EXPECT_THAT(refusal(take_key(path("missing"))), HasSubstr("No such file"));
  EXPECT_THAT(refusal(take_key(folder_)), HasSubstr("is not a file"));
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_THAT(refusal(take_key(path("pipe"))), HasSubstr("is not a file"));
}

TEST_F(KeySource, NamesTheFileThatHoldsNoKey) {
  EXPECT_THAT(refusal(take_key(file("short", kText.substr(2)))), HasSubstr(path("short")));
  EXPECT_THAT(refusal(take_key(file("empty", ""))), HasSubstr(path("empty")));
  EXPECT_THAT(refusal(take_key(file("long", std::string(5000, 'A')))), HasSubstr(path("long")));
  // A whole key at the beginning of something longer is not taken for all of it.
  EXPECT_THAT(refusal(take_key(file("more", std::string(kText) + std::string(5000, '\n') + "x"))),
              HasSubstr(path("more")));
}

TEST_F(KeySource, TakesTheKeyOutOfTheEnvironment) {
  ::setenv("MUSTER_KEY", std::string(kText).c_str(), 1);
  const char* const before = std::getenv("MUSTER_KEY");
  EXPECT_EQ(take_key("")->id(), parse_key(kText)->id());
  EXPECT_EQ(std::getenv("MUSTER_KEY"), nullptr);
  EXPECT_EQ(std::string_view(before), "");
}

TEST_F(KeySource, TakesTheVariableAwayEvenWhenItIsOfNoUse) {
  ::setenv("MUSTER_KEY", "sesame open", 1);
  EXPECT_THAT(refusal(take_key("")), HasSubstr("MUSTER_KEY"));
  EXPECT_EQ(std::getenv("MUSTER_KEY"), nullptr);
  ::setenv("MUSTER_KEY", std::string(kText).c_str(), 1);
  EXPECT_THAT(refusal(take_key(file("key", kText))), HasSubstr("more than once"));
  EXPECT_EQ(std::getenv("MUSTER_KEY"), nullptr);
}

TEST_F(KeySource, ReadsTheCredentialOfSystemdWithItsAccessList) {
  ::setenv("CREDENTIALS_DIRECTORY", folder_.c_str(), 1);
  file("muster-key", kText, 0440);
  EXPECT_EQ(take_key("")->id(), parse_key(kText)->id());
  file("muster-key", kText, 0444);
  EXPECT_THAT(refusal(take_key("")), HasSubstr("0444"));
}

TEST_F(KeySource, TakesExactlyOnePlace) {
  const std::string named = file("key", kText);
  ::setenv("CREDENTIALS_DIRECTORY", folder_.c_str(), 1);
  file("muster-key", kText);
  EXPECT_THAT(refusal(take_key(named)),
              HasSubstr("by --key-file and the systemd credential muster-key"));
  ::setenv("MUSTER_KEY", std::string(kText).c_str(), 1);
  EXPECT_THAT(refusal(take_key("")), HasSubstr("by MUSTER_KEY and the systemd credential"));
  ::unsetenv("CREDENTIALS_DIRECTORY");
  ::setenv("MUSTER_KEY", std::string(kText).c_str(), 1);
  EXPECT_THAT(refusal(take_key(named)), HasSubstr("by --key-file and MUSTER_KEY"));
}

TEST_F(KeySource, PassesOverPlacesWithoutAKey) {
  ::setenv("CREDENTIALS_DIRECTORY", folder_.c_str(), 1);  // of other credentials
  ::setenv("MUSTER_KEY", "", 1);
  EXPECT_EQ(take_key(file("key", kText))->id(), parse_key(kText)->id());
}

TEST_F(KeySource, SaysWhatToDoWithoutAKey) {
  const std::string text = refusal(take_key(""));
  for (const char* place : {"--key-file PATH", "MUSTER_KEY", "credential muster-key"}) {
    EXPECT_THAT(text, HasSubstr(place));
  }
  ::setenv("MUSTER_KEY", "", 1);
  EXPECT_THAT(refusal(take_key("")), HasSubstr("The key is empty"));
}

TEST_F(KeySource, MakesAKeyThatOnlyItsOwnerReads) {
  const mode_t before = ::umask(0);
  const auto made = generate_key_file(path("new"));
  ::umask(before);
  ASSERT_TRUE(made.ok()) << made.error().text();
  struct stat about {};
  ASSERT_EQ(::stat(path("new").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0600u);
  EXPECT_EQ(about.st_size, 44);
  EXPECT_EQ(read_key_file(path("new"))->id(), made->id());
}

TEST_F(KeySource, NeverReplacesAFile) {
  const std::string old = file("old", kText);
  EXPECT_THAT(refusal(generate_key_file(old)), HasSubstr("stays as it is"));
  EXPECT_EQ(read_key_file(old)->id(), parse_key(kText)->id());
  std::filesystem::create_symlink(path("nowhere"), path("link"));
  EXPECT_THAT(refusal(generate_key_file(path("link"))), HasSubstr("stays as it is"));
  EXPECT_FALSE(std::filesystem::exists(path("nowhere")));
  EXPECT_THAT(refusal(generate_key_file(path("no/folder"))), HasSubstr("No such file"));
}

}  // namespace
}  // namespace muster::crypto
