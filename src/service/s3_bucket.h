// A bucket of a service that speaks S3: objects are put in parts as they are made, read piece by
// piece, listed and deleted. Memory is one part, however large an object is. Requests are signed
// (net::Signing) and sent through a lane, which repeats what failed for a moment.
//
//   S3Bucket bucket(access, "backups");
//   const auto upload = TRY(bucket.upload("muster/a"));
//   TRY(upload->write(bytes)); ... TRY(upload->end());  // else nothing of it stays
//
// One thread at a time. Errors: kDenied `backup` (refused, with S3's code), kMissing `backup` (no
// such bucket or object), kUnavailable `backup`, kMalformed `backup`, kCancelled.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "base/result.h"
#include "base/scheduler.h"
#include "net/http.h"
#include "net/lane.h"
#include "service/bundle_stream.h"
#include "service/s3_answer.h"
#include "service/vault.h"

namespace muster::service {

struct S3Settings {
  std::string endpoint;  // a URL without path; "": that of AWS in `region`
  std::string region = "us-east-1";
  bool is_path_style = false;  // https://host/bucket instead of https://bucket.host
  std::string key_id;
  base::Secret secret;
  std::string stored_secret;  // SITE/NAME of a stored one, instead
  base::Secret session_token;
  net::Trust trust;
};
// kSettings `backup`, naming the option.
base::Status check_s3(const S3Settings& settings);

// What whoever speaks S3 needs. All outlive the bucket.
struct S3Access {
  S3Settings settings;
  base::Scheduler& scheduler;
  net::HttpClient& client;
  base::Random& random;
  base::Logger& logger;
  Vault* vault = nullptr;  // null: no stored secret can be read
  base::Stop stop{};
};

struct S3Object {
  std::string key;
  std::uint64_t bytes = 0;
};

class S3Upload {
 public:
  virtual ~S3Upload() = default;  // nothing of it stays unless it was ended
  virtual base::Status write(std::string_view bytes) = 0;
  virtual base::Result<std::uint64_t> end() = 0;  // its size
};

class S3Bucket {
 public:
  // kSettings when the secret cannot be read.
  static base::Result<std::unique_ptr<S3Bucket>> open(const S3Access& access, std::string bucket);

  base::Result<std::vector<S3Object>> list(std::string_view prefix);
  base::Result<std::uint64_t> size_of(const std::string& key);
  base::Status put(const std::string& key, std::string bytes);
  base::Result<std::string> get(const std::string& key, std::size_t most);
  base::Result<std::unique_ptr<S3Upload>> upload(const std::string& key);
  // The bucket outlives what it gives.
  base::Result<ByteSource> read(const std::string& key);
  base::Status remove(const std::string& key);

  // Uploads that were begun and never ended.
  struct Begun {
    std::string key;
    std::string upload;
  };
  base::Result<std::vector<Begun>> begun(std::string_view prefix);
  base::Status abort(const Begun& begun);

 private:
  class Multipart;
  struct Ask {
    std::string method = "GET";
    std::string key{};
    std::string query{};  // sorted and encoded
    std::string body{};
    std::vector<net::Header> headers{};
    std::size_t max_body = std::size_t{16} << 20;
  };
  S3Bucket(const S3Access& access, std::string bucket, std::shared_ptr<const net::Signing> signing);

  std::string url_of(const Ask& ask) const;
  // Any status.
  base::Result<net::Response> send(Ask ask);
  // 2xx; else what S3 said.
  base::Result<net::Response> send_well(Ask ask);
  base::Error refusal(const net::Response& response, const std::string& key) const;

  const S3Settings settings_;
  const std::string bucket_;
  const std::shared_ptr<const net::Signing> signing_;
  const std::shared_ptr<const net::Trust> trust_;
  const base::Stop stop_;
  net::Lane lane_;
};

}  // namespace muster::service
