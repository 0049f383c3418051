#include "net/url.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace muster::net {
namespace {

using base::Error;
using base::ErrorKind;

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_forbidden(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte == 0x7f || c == '\\';
}

Error malformed(std::string_view text, std::string_view what) {
  return {ErrorKind::kSettings, "url",
          fmt::format("'{}' is not a usable URL: {}.", base::printable(without_query(text)), what)};
}

std::uint16_t default_port(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

// A name, or digits and dots. "%2e" and the like are refused: programs differ in how they read
// them.
bool is_host_name(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return is_alphanumeric(c) || c == '.' || c == '-' || c == '_';
  });
}

bool is_ipv6(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return std::string_view("0123456789abcdefABCDEF:.").find(c) != std::string_view::npos;
  });
}

// Fills host and port from "name:443" or "[::1]:443"; false when it is neither.
bool take_authority(std::string_view authority, Url& url) {
  std::string_view host = authority;
  std::string_view port;
  bool has_port = false;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return false;
    host = authority.substr(1, close - 1);
    const std::string_view rest = authority.substr(close + 1);
    has_port = rest.starts_with(':');
    if (!rest.empty() && !has_port) return false;
    if (has_port) port = rest.substr(1);
    if (!is_ipv6(host)) return false;
  } else {
    const std::size_t colon = authority.find(':');
    has_port = colon != std::string_view::npos;
    host = authority.substr(0, colon);
    if (has_port) port = authority.substr(colon + 1);
    if (!is_host_name(host)) return false;
  }
  url.host = base::to_lower_ascii(host);
  url.port = default_port(url.scheme);
  if (!has_port) return true;
  const bool digits =
      std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  const auto number = digits ? base::parse_int(port) : std::nullopt;
  if (!number || *number < 1 || *number > 65'535) return false;
  url.port = static_cast<std::uint16_t>(*number);
  return true;
}

// Undoes exactly the encodings that could hide a segment border or a dot, as a server would once.
std::string reveal_segments(std::string_view path) {
  std::string plain;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const std::string code = base::to_lower_ascii(path.substr(i, 3));
    if (code == "%2e") {
      plain += '.';
    } else if (code == "%2f" || code == "%5c") {
      plain += '/';
    } else {
      plain += path[i];
      continue;
    }
    i += 2;
  }
  return plain;
}

bool has_dot_segment(std::string_view path) {
  const std::string plain = reveal_segments(path);
  for (std::string_view segment : base::split(plain, '/')) {
    segment = segment.substr(0, segment.find(';'));  // some servers drop ";parameters" first
    if (segment == "." || segment == "..") return true;
  }
  return false;
}

bool begins_with_segments(std::string_view path, std::string_view prefix) {
  if (prefix.ends_with('/')) return path.starts_with(prefix);
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

}  // namespace

base::Result<Url> parse_url(std::string_view text) {
  if (std::any_of(text.begin(), text.end(), is_forbidden)) {
    return malformed(text, "it holds a blank, a control character or a backslash");
  }
  if (text.find('#') != std::string_view::npos) {
    return malformed(text, "it has a fragment ('#'), which is never sent");
  }
  const std::size_t colon = text.find("://");
  Url url;
  if (colon != std::string_view::npos) url.scheme = base::to_lower_ascii(text.substr(0, colon));
  if (url.scheme != "https" && url.scheme != "http") {
    return malformed(text, "it does not begin with https://");
  }
  const std::string_view rest = text.substr(colon + 3);
  const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, authority_end);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    url.user_info = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  if (!take_authority(authority, url)) return malformed(text, "its host or port is not valid");
  const std::string_view tail = rest.substr(authority_end);
  const std::size_t question = tail.find('?');
  url.path = tail.substr(0, question);
  if (url.path.empty()) url.path = "/";
  if (question != std::string_view::npos) url.query = tail.substr(question + 1);
  return url;
}

base::Status check_same_origin(std::string_view base_url, std::string_view link,
                               std::string_view sender) {
  const auto foreign = [&](std::string_view difference) {
    return Error{
        ErrorKind::kDenied, "foreign_link",
        fmt::format("{} sent a link that {}; credentials are not sent there.", sender, difference)};
  };
  const Url home = TRY(parse_url(base_url));
  const auto parsed = parse_url(link);
  if (!parsed.ok()) return foreign("cannot be understood");
  const Url& target = *parsed;
  // What says most comes first: another host usually differs in more.
  if (target.host != home.host) {
    return foreign(fmt::format("leads to another host ({} instead of {})",
                               base::printable(target.host), home.host));
  }
  if (target.scheme != home.scheme) {
    return foreign(fmt::format("uses {} instead of {}", target.scheme, home.scheme));
  }
  if (!target.user_info.empty()) return foreign("carries a user name");
  if (target.port != home.port) {
    return foreign(fmt::format("leads to another port ({} instead of {})", target.port, home.port));
  }
  if (has_dot_segment(target.path)) return foreign("has '.' or '..' in its path");
  if (!begins_with_segments(target.path, home.path)) {
    return foreign(fmt::format("leaves the path {}", base::printable(home.path)));
  }
  return {};
}

std::string without_query(std::string_view url) {
  std::string_view bare = url.substr(0, url.find_first_of("?#"));
  const std::size_t scheme_end = bare.find("://");
  if (scheme_end == std::string_view::npos) return std::string(bare);
  const std::string_view scheme = bare.substr(0, scheme_end + 3);
  std::string_view rest = bare.substr(scheme_end + 3);
  // A user name may be a credential.
  if (const auto at = rest.substr(0, rest.find('/')).rfind('@'); at != std::string_view::npos) {
    rest.remove_prefix(at + 1);
  }
  return std::string(scheme) + std::string(rest);
}

std::string without_trailing_slashes(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  return std::string(url);
}

}  // namespace muster::net
