#include "crypto/key_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/text.h"
#include "crypto/libsodium.h"

namespace muster::crypto {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Secret;

constexpr const char* kVariable = "MUSTER_KEY";
constexpr std::size_t kMostText = 1024;  // more is no key, whatever stands around it

Error unusable(std::string message) {
  return {ErrorKind::kSettings, "encryption_key", std::move(message)};
}

Error failed(std::string_view what, const std::string& path, int code) {
  return unusable(fmt::format("The key file {} cannot be {}: {}.", base::printable(path), what,
                              std::generic_category().message(code)));
}

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }
  bool close() { return ::close(std::exchange(descriptor_, -1)) == 0; }

 private:
  int descriptor_;
};

// systemd lets the service read by an access list, which shows as the group's right to read.
enum class Readers { kOwner, kOwnerAndAccessList };

base::Status check_private(const std::string& path, const struct stat& about, Readers readers) {
  if (!S_ISREG(about.st_mode)) {
    return unusable(fmt::format("The key file {} is not a file.", base::printable(path)));
  }
  const mode_t forbidden = readers == Readers::kOwner ? 077 : 037;
  if ((about.st_mode & forbidden) == 0) return {};
  return unusable(
      fmt::format("The key file {0} has the mode {1:04o}: others than its owner may use it. Run "
                  "`chmod 600 {0}`, "
                  "and rotate the key if somebody may have read it.",
                  base::printable(path), about.st_mode & 07777));
}

Result<Secret> read_text(const std::string& path, int file) {
  std::string text = secret_buffer(kMostText + 1);
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(file, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const int code = errno;
      sodium_memzero(text.data(), text.size());
      return failed("read", path, code);
    }
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  Secret read(std::move(text));
  if (size <= kMostText) return read;
  return unusable(
      fmt::format("{} is too long for a key; is it the right file?", base::printable(path)));
}

Result<KeyEncryptionKey> read_file(const std::string& path, Readers readers) {
  // Without O_NONBLOCK opening a pipe would wait for its writer.
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about {};
  if (file.get() < 0 || ::fstat(file.get(), &about) != 0) return failed("read", path, errno);
  TRY(check_private(path, about, readers));
  const Secret text = TRY(read_text(path, file.get()));
  return TRY_AT(parse_key(text.reveal()), base::printable(path));
}

// Copies the variable and takes it away, from /proc/PID/environ too.
Secret take_variable(char* value) {
  std::string text = secret_buffer(std::strlen(value));
  text.assign(value);
  sodium_memzero(value, text.size());
  ::unsetenv(kVariable);
  return Secret(std::move(text));
}

std::string credential_path() {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr || *directory == '\0') return {};
  std::string path = std::string(directory) + "/muster-key";
  // One that is there and cannot be looked at is reported when it is read.
  return ::access(path.c_str(), F_OK) == 0 || errno != ENOENT ? path : std::string();
}

base::Status write_and_flush(File& file, const std::string& path, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("written", path, errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0 || !file.close()) return failed("written", path, errno);
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const File folder(
      ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || ::fsync(folder.get()) != 0) return failed("written", path, errno);
  return {};
}

}  // namespace

Result<KeyEncryptionKey> parse_key(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  const bool is_url_safe = text.find_first_of("+/") == std::string_view::npos;
  const bool is_padded = text.ends_with('=');
  const int variant = is_url_safe ? is_padded ? sodium_base64_VARIANT_URLSAFE
                                              : sodium_base64_VARIANT_URLSAFE_NO_PADDING
                      : is_padded ? sodium_base64_VARIANT_ORIGINAL
                                  : sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
  std::string bytes = secret_buffer(Key::kBytes);
  std::size_t size = 0;
  const char* end = nullptr;
  const bool is_whole = sodium_base642bin(raw(bytes), bytes.size(), text.data(), text.size(),
                                          nullptr, &size, &end, variant) == 0 &&
                        end == text.data() + text.size() && size == Key::kBytes;
  Secret secret(std::move(bytes));
  if (is_whole) return KeyEncryptionKey(std::move(secret));
  return unusable(
      text.empty() ? "The key is empty. `muster key generate PATH` makes one."
                   : "This is no key: a key is the base64 text of 32 random bytes, 43 or 44 "
                     "characters. `muster key generate PATH` makes one, `openssl rand -base64 32` "
                     "too.");
}

Result<KeyEncryptionKey> read_key_file(const std::string& path) {
  return read_file(path, Readers::kOwner);
}

Result<KeyEncryptionKey> take_key(const std::string& key_file) {
  std::optional<KeyEncryptionKey> key = TRY(take_key_if_given(key_file));
  if (key) return std::move(*key);
  return unusable(
      "No key for the stored secrets is given. Name its file with --key-file PATH, set MUSTER_KEY, "
      "or give the systemd credential muster-key. `muster key generate PATH` makes a new one.");
}

Result<std::optional<KeyEncryptionKey>> take_key_if_given(const std::string& key_file) {
  const std::string credential = credential_path();
  char* variable = std::getenv(kVariable);
  // Compose files pass on variables that nobody set as empty ones.
  const bool has_other = !key_file.empty() || !credential.empty();
  if (variable != nullptr && *variable == '\0' && has_other) variable = nullptr;
  std::vector<std::string> places;
  if (!key_file.empty()) places.push_back("--key-file");
  if (variable != nullptr) places.push_back(kVariable);
  if (!credential.empty()) places.push_back("the systemd credential muster-key");
  // Out of the environment in any case: what starts later must not inherit it.
  const Secret from_variable = variable == nullptr ? Secret() : take_variable(variable);
  if (places.size() > 1) {
    return unusable(fmt::format("The key is given more than once: by {}. Keep one of them.",
                                fmt::join(places, " and ")));
  }
  if (places.empty()) return std::optional<KeyEncryptionKey>();
  return std::optional(!key_file.empty() ? TRY(read_key_file(key_file))
                       : variable != nullptr
                           ? TRY_AT(parse_key(from_variable.reveal()), kVariable)
                           : TRY(read_file(credential, Readers::kOwnerAndAccessList)));
}

Result<KeyEncryptionKey> generate_key_file(const std::string& path) {
  KeyEncryptionKey key = KeyEncryptionKey::generate();
  File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.get() < 0 && errno == EEXIST) {
    return unusable(fmt::format(
        "{} is there already and stays as it is: secrets sealed with a lost key cannot be opened. "
        "Name another file.",
        base::printable(path)));
  }
  if (file.get() < 0) return failed("made", path, errno);
  std::string text = secret_buffer(
      sodium_base64_ENCODED_LEN(Key::kBytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING));
  sodium_bin2base64(text.data(), text.size(), raw(key.bytes().reveal()), Key::kBytes,
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.back() = '\n';  // instead of the NUL
  const Secret line(std::move(text));
  if (base::Status written = write_and_flush(file, path, line.reveal()); !written.ok()) {
    ::unlink(path.c_str());  // it is ours, and half a key would stand in the way of the next
    return std::move(written).error();
  }
  return key;
}

}  // namespace muster::crypto
