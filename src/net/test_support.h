// For the tests of this room: a raw client, a throw-away certificate, a temporary folder.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

namespace muster::net::test {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "muster_net_XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::string file(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// A self-signed certificate for localhost and 127.0.0.1, made by the openssl program.
struct Certificate {
  TemporaryFolder folder;
  std::string certificate_file = folder.file("certificate.pem");
  std::string private_key_file = folder.file("key.pem");
  bool made = std::system(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 "
                           "-nodes -days 2 -subj /CN=localhost "
                           "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout " +
                           private_key_file + " -out " + certificate_file + " 2>/dev/null")
                              .c_str()) == 0;
};

// Sends exactly these bytes, so that a test can say what no proper client would.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  // Everything until the peer closes, `until` was seen or time is up.
  std::string receive(std::string_view until = {},
                      std::chrono::milliseconds time = std::chrono::seconds(3)) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    while (until.empty() || received_.find(until) == std::string::npos) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          deadline - std::chrono::steady_clock::now());
      pollfd entry{socket_, POLLIN, 0};
      if (left.count() <= 0 || ::poll(&entry, 1, static_cast<int>(left.count())) <= 0) break;
      char buffer[16384];
      const ssize_t size = ::recv(socket_, buffer, sizeof buffer, 0);
      if (size <= 0) {
        closed_ = true;
        reset_ = size < 0;
        break;
      }
      received_.append(buffer, static_cast<std::size_t>(size));
    }
    return std::exchange(received_, {});
  }

  bool closed() const { return closed_; }  // seen by receive()
  bool reset() const { return reset_; }

 private:
  int socket_;
  bool connected_ = false;
  bool closed_ = false;
  bool reset_ = false;
  std::string received_;
};

}  // namespace muster::net::test
