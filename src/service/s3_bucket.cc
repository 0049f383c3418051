#include "service/s3_bucket.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/failpoint.h"
#include "base/text.h"
#include "crypto/md5.h"
#include "crypto/sha256.h"
#include "net/url.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html: parts of at least 5 MiB, and
// at most 10,000 of them. The later ones are larger, so that 200 GiB fit.
constexpr std::size_t kPart = std::size_t{8} << 20;
constexpr std::size_t kLargePart = std::size_t{32} << 20;
constexpr std::size_t kSmallParts = 5'000;
constexpr std::size_t kMostParts = 10'000;
// Read at once.
constexpr std::size_t kPiece = std::size_t{8} << 20;
constexpr std::chrono::minutes kTimeout{5};
constexpr std::uint32_t kAttempts = 8;
constexpr std::size_t kMostPages = 10'000;

Error wrong(std::string message) { return {ErrorKind::kSettings, "backup", std::move(message)}; }

std::string hex_sha256(std::string_view bytes) {
  const crypto::Sha256 sum = crypto::sha256(bytes);
  return base::hex_encode({reinterpret_cast<const char*>(sum.data()), sum.size()});
}

bool is_region(std::string_view region) {
  return !region.empty() && region.size() <= 64 && std::ranges::all_of(region, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string endpoint_of(const S3Settings& settings) {
  return settings.endpoint.empty() ? fmt::format("https://s3.{}.amazonaws.com", settings.region)
                                   : std::string(net::without_trailing_slashes(settings.endpoint));
}

bool is_good(int status) { return status >= 200 && status < 300; }
// What is gone already is gone.
bool is_gone(int status) { return is_good(status) || status == 404; }

std::optional<std::uint64_t> length_in(const net::Response& response) {
  const std::string* const length = net::find_header(response.headers, "Content-Length");
  const auto bytes = length == nullptr ? std::nullopt : base::parse_int(*length);
  if (!bytes || *bytes < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*bytes);
}

// So that S3 notices what was changed on its way.
std::vector<net::Header> checked(std::string_view body) {
  const std::string md5 = crypto::md5(body);
  if (md5.empty()) return {};
  return {{"Content-MD5", base::base64_encode(md5)}};
}

Result<base::Secret> secret_of(const S3Access& access) {
  const S3Settings& settings = access.settings;
  if (settings.stored_secret.empty()) return settings.secret;
  return secret_of_option(access.vault, settings.stored_secret, "--s3-secret", "backup");
}

}  // namespace

Status check_s3(const S3Settings& settings) {
  if (!is_region(settings.region)) {
    return wrong("--s3-region: write a region as the service calls it, such as eu-central-1.");
  }
  const net::Url url = TRY(net::parse_url(endpoint_of(settings)));
  if (url.path != "/" || !url.query.empty() || !url.user_info.empty()) {
    return wrong("--s3-endpoint: write a URL without a path, such as https://s3.example.com.");
  }
  if (settings.key_id.empty() || (settings.secret.empty() && settings.stored_secret.empty())) {
    return wrong(
        "Backups in a bucket need --s3-key-id and --s3-secret, or the variables AWS_ACCESS_KEY_ID "
        "and AWS_SECRET_ACCESS_KEY.");
  }
  return {};
}

Result<std::unique_ptr<S3Bucket>> S3Bucket::open(const S3Access& access, std::string bucket) {
  TRY(check_s3(access.settings));
  base::Secret secret = TRY(secret_of(access));
  auto signing = std::make_shared<const net::Signing>(
      net::Signing{.region = access.settings.region,
                   .key_id = access.settings.key_id,
                   .secret = std::move(secret),
                   .session_token = access.settings.session_token});
  return std::unique_ptr<S3Bucket>(new S3Bucket(access, std::move(bucket), std::move(signing)));
}

S3Bucket::S3Bucket(const S3Access& access, std::string bucket,
                   std::shared_ptr<const net::Signing> signing)
    : settings_(access.settings),
      bucket_(std::move(bucket)),
      signing_(std::move(signing)),
      trust_(std::make_shared<const net::Trust>(access.settings.trust)),
      stop_(access.stop),
      lane_({.name = "backups", .initial_in_flight = 2, .max_in_flight = 2, .attempts = kAttempts},
            {access.scheduler, access.client, access.random, access.logger}) {}

std::string S3Bucket::url_of(const Ask& ask) const {
  std::string url = endpoint_of(settings_);
  if (settings_.is_path_style) {
    url += "/" + bucket_;
  } else {
    url.insert(url.find("://") + 3, bucket_ + ".");
  }
  url += "/" + ask.key;
  return ask.query.empty() ? url : url + "?" + ask.query;
}

Result<net::Response> S3Bucket::send(Ask ask) {
  net::Request request;
  request.method = std::move(ask.method);
  request.url = url_of(ask);
  request.headers = std::move(ask.headers);
  request.headers.push_back({"x-amz-content-sha256", hex_sha256(ask.body)});
  request.body = std::move(ask.body);
  request.trust = trust_;
  request.signing = signing_;
  request.timeout = kTimeout;
  request.max_body = ask.max_body;
  Result<net::Response> response = lane_.send(request, {}, stop_);
  if (response.ok() || response.error().kind == ErrorKind::kCancelled) return response;
  Error error = std::move(response).error();
  if (error.reason != "address_not_allowed" && error.reason != "certificate_not_trusted") {
    error.reason = "backup";
  }
  return error;
}

Error S3Bucket::refusal(const net::Response& response, const std::string& key) const {
  const Result<XmlElement> said = parse_xml(response.body);
  const std::string code =
      said.ok() && base::is_code(said->text_of("Code")) ? std::string(said->text_of("Code")) : "";
  const std::string place = fmt::format("s3://{}/{}", bucket_, key);
  if (response.status == 404) {
    return {ErrorKind::kMissing, "backup",
            fmt::format("There is no {} ({}).", base::printable(place, 500),
                        code.empty() ? "404" : code)};
  }
  const bool is_refused = response.status == 403 || response.status == 401;
  return {is_refused ? ErrorKind::kDenied : ErrorKind::kUnavailable, "backup",
          fmt::format("{} was refused: {}{}.{}", base::printable(place, 500), response.status,
                      code.empty() ? "" : " " + code,
                      is_refused ? " Look at the key, its permissions and the region." : "")};
}

Result<net::Response> S3Bucket::send_well(Ask ask) {
  const std::string key = ask.key;
  net::Response response = TRY(send(std::move(ask)));
  if (is_good(response.status)) return response;
  return refusal(response, key);
}

Result<std::vector<S3Object>> S3Bucket::list(std::string_view prefix) {
  std::vector<S3Object> objects;
  std::string from;
  for (std::size_t page = 0; page < kMostPages; ++page) {
    const std::string token =
        from.empty() ? "" : fmt::format("continuation-token={}&", base::percent_encode(from));
    const net::Response response = TRY(send_well(
        {.query = fmt::format("{}list-type=2&prefix={}", token, base::percent_encode(prefix))}));
    const XmlElement found = TRY(parse_xml(response.body));
    for (const XmlElement* object : found.all("Contents")) {
      const auto bytes = base::parse_int(object->text_of("Size"));
      if (!bytes || *bytes < 0) {
        return Error{ErrorKind::kMalformed, "backup", "A listing of the bucket has no sizes."};
      }
      objects.push_back({std::string(object->text_of("Key")), static_cast<std::uint64_t>(*bytes)});
    }
    if (found.text_of("IsTruncated") != "true") return objects;
    from = found.text_of("NextContinuationToken");
    if (from.empty()) break;
  }
  return Error{ErrorKind::kMalformed, "backup", "A listing of the bucket does not end."};
}

Result<std::uint64_t> S3Bucket::size_of(const std::string& key) {
  const net::Response response = TRY(send_well({.method = "HEAD", .key = key}));
  if (const auto bytes = length_in(response)) return *bytes;
  return Error{ErrorKind::kMalformed, "backup", "An object of the bucket has no size."};
}

Status S3Bucket::put(const std::string& key, std::string bytes) {
  std::vector<net::Header> headers = checked(bytes);
  TRY(send_well(
      {.method = "PUT", .key = key, .body = std::move(bytes), .headers = std::move(headers)}));
  return {};
}

Result<std::string> S3Bucket::get(const std::string& key, std::size_t most) {
  return TRY(send_well({.key = key, .max_body = most})).body;
}

Status S3Bucket::remove(const std::string& key) {
  const net::Response response = TRY(send({.method = "DELETE", .key = key}));
  return is_gone(response.status) ? Status() : Status(refusal(response, key));
}

Result<std::vector<S3Bucket::Begun>> S3Bucket::begun(std::string_view prefix) {
  const net::Response response =
      TRY(send_well({.query = fmt::format("prefix={}&uploads=", base::percent_encode(prefix))}));
  const XmlElement found = TRY(parse_xml(response.body));
  std::vector<Begun> uploads;
  for (const XmlElement* upload : found.all("Upload")) {
    uploads.push_back(
        {std::string(upload->text_of("Key")), std::string(upload->text_of("UploadId"))});
  }
  return uploads;
}

Status S3Bucket::abort(const Begun& begun) {
  const net::Response response =
      TRY(send({.method = "DELETE",
                .key = begun.key,
                .query = "uploadId=" + base::percent_encode(begun.upload)}));
  return is_gone(response.status) ? Status() : Status(refusal(response, begun.key));
}

// An object that may become large, in parts.
class S3Bucket::Multipart final : public S3Upload {
 public:
  Multipart(S3Bucket& bucket, std::string key, std::string upload)
      : bucket_(bucket), begun_{std::move(key), std::move(upload)} {}

  // Where it does not work out, what was begun is found later (begun()).
  ~Multipart() override {
    if (!has_ended_ && !bucket_.stop_.stop_requested()) (void)bucket_.abort(begun_);
  }

  Status write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const std::size_t size = etags_.size() < kSmallParts ? kPart : kLargePart;
      const std::string_view fits = bytes.substr(0, size - waiting_.size());
      waiting_ += fits;
      bytes.remove_prefix(fits.size());
      if (waiting_.size() == size) TRY(send_part());
    }
    return {};
  }

  Result<std::uint64_t> end() override {
    // At least one, also of nothing.
    if (!waiting_.empty() || etags_.empty()) TRY(send_part());
    TRY(MUSTER_FAILPOINT("backup.completing"));
    TRY(complete());
    has_ended_ = true;
    if (const std::uint64_t is = TRY(bucket_.size_of(begun_.key)); is != sent_) {
      return Error{ErrorKind::kUnavailable, "backup",
                   fmt::format("Of {} bytes of {} {} arrived.", sent_,
                               base::printable(begun_.key, 500), is)};
    }
    return sent_;
  }

 private:
  Status send_part() {
    if (etags_.size() == kMostParts) {
      return Error{ErrorKind::kLimit, "backup",
                   fmt::format("{} is too large for a bucket: more than {}.",
                               base::printable(begun_.key, 500), base::format_bytes(sent_))};
    }
    TRY(MUSTER_FAILPOINT("backup.sending"));
    const std::uint64_t size = waiting_.size();
    std::vector<net::Header> headers = checked(waiting_);
    const net::Response response =
        TRY(bucket_.send_well({.method = "PUT",
                               .key = begun_.key,
                               .query = fmt::format("partNumber={}&uploadId={}", etags_.size() + 1,
                                                    base::percent_encode(begun_.upload)),
                               .body = std::exchange(waiting_, {}),
                               .headers = std::move(headers)}));
    const std::string* const etag = net::find_header(response.headers, "ETag");
    if (etag == nullptr) {
      return Error{ErrorKind::kMalformed, "backup",
                   "A part that was sent to the bucket got no ETag."};
    }
    etags_.push_back(*etag);
    sent_ += size;
    return {};
  }

  // Whose answer is lost may be done all the same: then the upload is gone, and the object there.
  Status complete() {
    std::string body = "<CompleteMultipartUpload>";
    for (std::size_t i = 0; i < etags_.size(); ++i) {
      body += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", i + 1,
                          xml_escape(etags_[i]));
    }
    body += "</CompleteMultipartUpload>";
    for (int tries = 0;; ++tries) {
      const net::Response response =
          TRY(bucket_.send({.method = "POST",
                            .key = begun_.key,
                            .query = "uploadId=" + base::percent_encode(begun_.upload),
                            .body = body,
                            .headers = {{"Content-Type", "application/xml"}}}));
      if (response.status == 404) {
        const Result<std::uint64_t> is = bucket_.size_of(begun_.key);
        if (is.ok() && *is == sent_) return {};
      }
      if (!is_good(response.status)) return bucket_.refusal(response, begun_.key);
      // S3 may answer 200 before it knows; what went wrong is then in the body.
      const XmlElement said = TRY(parse_xml(response.body));
      if (said.name != "Error") return {};
      if (tries == 3) return bucket_.refusal(response, begun_.key);
    }
  }

  S3Bucket& bucket_;
  const Begun begun_;
  std::string waiting_;
  std::vector<std::string> etags_;
  std::uint64_t sent_ = 0;
  bool has_ended_ = false;
};

Result<std::unique_ptr<S3Upload>> S3Bucket::upload(const std::string& key) {
  const net::Response response =
      TRY(send_well({.method = "POST", .key = key, .query = "uploads="}));
  const XmlElement said = TRY(parse_xml(response.body));
  std::string upload(said.text_of("UploadId"));
  if (upload.empty()) {
    return Error{ErrorKind::kMalformed, "backup", "The bucket began an upload without a name."};
  }
  return std::unique_ptr<S3Upload>(std::make_unique<Multipart>(*this, key, std::move(upload)));
}

// The same object from beginning to end: pieces of another one that took its place do not fit.
Result<ByteSource> S3Bucket::read(const std::string& key) {
  const net::Response about = TRY(send_well({.method = "HEAD", .key = key}));
  const std::string* const etag = net::find_header(about.headers, "ETag");
  const auto size = length_in(about);
  if (etag == nullptr || !size) {
    return Error{ErrorKind::kMalformed, "backup", "An object of the bucket has no size or ETag."};
  }
  struct Reading {
    std::uint64_t size = 0;
    std::uint64_t next = 0;
    std::string piece;
    std::size_t at = 0;
  };
  const auto reading = std::make_shared<Reading>(Reading{.size = *size});
  return ByteSource([this, key, etag = *etag, reading](std::size_t most) -> Result<std::string> {
    if (reading->at == reading->piece.size() && reading->next < reading->size) {
      const std::uint64_t end = std::min<std::uint64_t>(reading->next + kPiece, reading->size);
      net::Response response =
          TRY(send_well({.key = key,
                         .headers = {{"Range", fmt::format("bytes={}-{}", reading->next, end - 1)},
                                     {"If-Match", etag}},
                         .max_body = kPiece}));
      if (response.body.size() != end - reading->next) {
        return Error{ErrorKind::kMalformed, "backup", "The bucket sent another piece than asked."};
      }
      reading->piece = std::move(response.body);
      reading->at = 0;
      reading->next = end;
    }
    std::string bytes = reading->piece.substr(reading->at, most);
    reading->at += bytes.size();
    return bytes;
  });
}

}  // namespace muster::service
