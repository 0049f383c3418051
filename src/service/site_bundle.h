// The portable form of a site, or of the installation (docs/reference/site-bundle.md): a manifest,
// then the rows of every table, each part with its number of rows and a checksum. Sealed with the
// key of the stored secrets; these stay sealed inside of it as they are in the store.
//
//   TRY(write_bundle(*snapshot, {.site = "acme", ...}, key, sink));
//   const Bundle bundle = TRY(read_bundle(source, key, {.begin = ..., .table = ..., .row = ...}));
//
// One thread at a time. Errors: those of bundle_stream.h; kMalformed `bundle_newer`: a newer muster
// wrote it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/scheduler.h"
#include "crypto/envelope.h"
#include "service/bundle_stream.h"
#include "store/site_copy.h"

namespace muster::service {

struct BundleManifest {
  std::string site;  // "": the installation
  std::string kind;  // production | sandbox | installation
  int schema = 0;    // the newest step of the store that it came from
  base::WallTime created{};
  std::string muster;                // the version that wrote it
  std::vector<store::Table> tables;  // one part each, in this order
};

struct Bundle {
  BundleManifest manifest;
  std::vector<std::uint64_t> rows;  // of each table
  std::uint64_t all_rows() const;
};

// `manifest`: without schema and tables, which the snapshot knows. kSettings `wrong_key`: the
// store's secrets are under another key than this, or are being put under another.
base::Result<Bundle> write_bundle(store::SiteSnapshot& snapshot, BundleManifest manifest,
                                  const crypto::KeyEncryptionKey& key, ByteSink sink);

// What is told while it is read. Nothing of it is proven before read_bundle() has returned ok.
struct BundleTaker {
  std::function<base::Status(const BundleManifest&)> begin;
  std::function<base::Status(const store::Table&)> table;
  std::function<base::Status(store::Row)> row;
};
base::Result<Bundle> read_bundle(ByteSource source, const crypto::KeyEncryptionKey& key,
                                 const BundleTaker& taker);

}  // namespace muster::service
