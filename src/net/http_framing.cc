#include "net/http_framing.h"

#include <algorithm>

#include "base/text.h"

namespace muster::net {
namespace {

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_alphanumeric(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Cuts the next line off `rest`, without its line end.
std::string_view next_line(std::string_view& rest) {
  const std::size_t end = rest.find("\r\n");
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
  return line;
}

bool is_host(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alphanumeric(c) || std::string_view("-._~:[]").find(c) != std::string_view::npos;
  });
}

bool is_length(std::string_view text) {
  constexpr std::size_t kMostDigits = 18;  // always fits 63 bits
  return !text.empty() && text.size() <= kMostDigits &&
         std::all_of(text.begin(), text.end(), is_digit);
}

struct Framing {
  int hosts = 0;
  int lengths = 0;
  int encodings = 0;
};

std::optional<std::string_view> check_field(std::string_view line, Framing& framing) {
  if (line.front() == ' ' || line.front() == '\t') return "A header is folded over two lines.";
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return "A header has no proper name.";
  }
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = base::trim(line.substr(colon + 1));
  if (base::equals_ignoring_case(name, "host")) {
    ++framing.hosts;
    if (!is_host(value)) return "The Host header is not a host.";
  } else if (base::equals_ignoring_case(name, "content-length")) {
    ++framing.lengths;
    if (!is_length(value)) return "Content-Length is not a number.";
  } else if (base::equals_ignoring_case(name, "transfer-encoding")) {
    ++framing.encodings;
    if (!base::equals_ignoring_case(value, "chunked")) return "Transfer-Encoding must be chunked.";
  }
  return std::nullopt;
}

std::optional<std::string_view> check_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t second = line.find(' ', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos) return "The request line is incomplete.";
  if (!is_token(line.substr(0, first))) return "The method is not a word.";
  const std::string_view target = line.substr(first + 1, second - first - 1);
  // The absolute form would carry a second host that could contradict the Host header.
  if (target.empty() || (target.front() != '/' && target != "*")) {
    return "The target must begin with a slash.";
  }
  const std::string_view version = line.substr(second + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return "The version must be HTTP/1.1.";
  return std::nullopt;
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alphanumeric(c) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return is_control(c) && c != '\t'; });
}

HeadScanner::Outcome HeadScanner::scan(std::string_view received) {
  while (position_ < received.size()) {
    const char c = received[position_];
    const bool after_return = position_ > line_start_ && received[position_ - 1] == '\r';
    if (after_return != (c == '\n')) return Outcome::kBad;
    if (c == '\n') {
      const bool empty_line = position_ == line_start_ + 1;
      line_start_ = ++position_;
      if (empty_line) return Outcome::kComplete;
      continue;
    }
    if (is_control(c) && c != '\t' && c != '\r') return Outcome::kBad;
    ++position_;
  }
  return Outcome::kIncomplete;
}

std::optional<std::string_view> check_head(std::string_view head) {
  const std::string_view request_line = next_line(head);
  if (const auto fault = check_request_line(request_line)) return fault;
  Framing framing;
  for (std::string_view line = next_line(head); !line.empty(); line = next_line(head)) {
    if (const auto fault = check_field(line, framing)) return fault;
  }
  if (framing.hosts != 1) return "There must be exactly one Host header.";
  if (framing.lengths > 1) return "Content-Length is repeated.";
  if (framing.encodings > 1) return "Transfer-Encoding is repeated.";
  if (framing.lengths + framing.encodings > 1) {
    return "Content-Length and Transfer-Encoding exclude each other.";
  }
  if (framing.encodings == 1 && request_line.ends_with("HTTP/1.0")) {
    return "HTTP/1.0 has no Transfer-Encoding.";
  }
  return std::nullopt;
}

}  // namespace muster::net
