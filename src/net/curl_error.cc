#include "net/curl_error.h"

#include <fmt/format.h>
#include <openssl/x509.h>

#include <cstring>

#include "base/text.h"

namespace muster::net {
namespace {

using base::Error;
using base::ErrorKind;

Error unavailable(std::string message) {
  return {ErrorKind::kUnavailable, "source_unavailable", std::move(message)};
}

Error untrusted(std::string message) {
  return {ErrorKind::kDenied, "certificate_not_trusted", std::move(message)};
}

Error describe_certificate(const CurlFailure& failure, const std::string& host) {
  // The verdict is on the chain only; libcurl compares the names itself and says so in words.
  if (failure.detail.find("does not match") != std::string_view::npos ||
      failure.detail.find("target host name") != std::string_view::npos) {
    return untrusted(fmt::format(
        "The TLS certificate of {} was issued for another name. Check the address.", host));
  }
  long verdict = X509_V_OK;
  curl_easy_getinfo(failure.easy, CURLINFO_SSL_VERIFYRESULT, &verdict);
  switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return untrusted(
          fmt::format("The TLS certificate of {} has expired. It must be renewed there.", host));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return untrusted(fmt::format(
          "The TLS certificate of {} is not valid yet. Check this machine's clock.", host));
    default:
      return untrusted(fmt::format(
          "The TLS certificate of {0} is not trusted ({1}). If {0} uses a private CA, set ca_file.",
          host, X509_verify_cert_error_string(verdict)));
  }
}

Error describe_connect(const CurlFailure& failure, const Url& url) {
  long reason = 0;
  curl_easy_getinfo(failure.easy, CURLINFO_OS_ERRNO, &reason);
  return unavailable(
      fmt::format("Could not connect to {} port {}: {}.", url.host, url.port,
                  reason == 0 ? "no address answered" : std::strerror(static_cast<int>(reason))));
}

Error describe_timeout(const CurlFailure& failure, const Request& request, const Url& url) {
  curl_off_t connected = 0;
  curl_easy_getinfo(failure.easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
  if (connected == 0) {
    return unavailable(fmt::format(
        "{} port {} did not accept a connection in time. Check the address and the firewall.",
        url.host, url.port));
  }
  return unavailable(fmt::format("{} did not finish its answer within {}.", url.host,
                                 base::format_duration(request.timeout)));
}

}  // namespace

Error describe(const CurlFailure& failure, const Request& request, const Url& url) {
  const std::string& host = url.host;
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return unavailable(
          fmt::format("Could not resolve {}: check the name and this machine's DNS.", host));
    case CURLE_COULDNT_CONNECT: return describe_connect(failure, url);
    case CURLE_OPERATION_TIMEDOUT: return describe_timeout(failure, request, url);
    case CURLE_PEER_FAILED_VERIFICATION: return describe_certificate(failure, host);
    case CURLE_SSL_CACERT_BADFILE:
      return {ErrorKind::kSettings, "ca_file",
              fmt::format("Cannot read certificates from ca_file {}.", request.trust->ca_file)};
    case CURLE_SSL_CONNECT_ERROR:
      return unavailable(fmt::format("{} port {} and this machine could not agree on TLS ({}).",
                                     host, url.port, base::printable(failure.detail)));
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
      return unavailable(
          fmt::format("{} closed the connection before its answer was complete.", host));
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_HTTP2:
      return unavailable(fmt::format("{} port {} did not answer in HTTP.", host, url.port));
    case CURLE_URL_MALFORMAT:
      return {
          ErrorKind::kSettings, "url",
          fmt::format("'{}' is not a usable URL.", base::printable(without_query(request.url)))};
    default:
      return unavailable(
          fmt::format("The exchange with {} failed: {}.", host, curl_easy_strerror(failure.code)));
  }
}

Error cancelled() { return {ErrorKind::kCancelled, "cancelled", "Stopped as asked."}; }

}  // namespace muster::net
