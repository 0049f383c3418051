#include "service/site_bundle.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/text.h"
#include "crypto/sha256.h"
#include "json/value.h"
#include "json/writer.h"
#include "service/site_names.h"

namespace muster::service {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using store::Cell;
using store::ColumnType;
using store::Row;
using store::Table;

constexpr std::int64_t kFormat = 1;
constexpr std::size_t kMostManifest = std::size_t{1} << 20;

// What stands before each record.
constexpr char kManifest = 'M', kPart = 'P', kRow = 'R', kEndOfPart = 'E', kEnd = 'Z';
// ... and before each value.
constexpr char kNull = 'n', kInteger = 'i', kText = 't', kBytes = 'b';

Error unusable(std::string message) {
  return {ErrorKind::kMalformed, "bundle", std::move(message)};
}

template <typename Number>
void append(std::string& out, Number number) {
  for (std::size_t byte = 0; byte < sizeof number; ++byte) {
    out += static_cast<char>(number >> (8 * byte) & 0xFF);
  }
}

std::string manifest_json(const BundleManifest& manifest) {
  std::string text;
  json::Writer out(text);
  out.begin_object().key("format").number(kFormat);
  out.key("schema").number(std::int64_t{manifest.schema});
  out.key("site").string(manifest.site).key("kind").string(manifest.kind);
  out.key("created").string(base::format_utc(manifest.created));
  out.key("muster").string(manifest.muster).key("parts").begin_array();
  for (const Table& table : manifest.tables) {
    out.begin_object().key("table").string(table.name);
    out.key("columns").begin_array();
    for (const store::Column& column : table.columns) {
      out.begin_array().string(column.name).string(store::to_string(column.type)).end_array();
    }
    out.end_array().end_object();
  }
  out.end_array().end_object();
  return text;
}

void append_row(std::string& out, const Table& table, const Row& row) {
  for (std::size_t at = 0; at < row.size(); ++at) {
    const Cell& cell = row[at];
    if (cell.is_null) {
      out += kNull;
    } else if (table.columns[at].type == ColumnType::kInteger) {
      out += kInteger;
      append(out, static_cast<std::uint64_t>(cell.number));
    } else {
      out += table.columns[at].type == ColumnType::kText ? kText : kBytes;
      append(out, static_cast<std::uint32_t>(cell.bytes.size()));
      out += cell.bytes;
    }
  }
}

// A rotation that was interrupted leaves data keys under the key before: they would not open later.
Status check_data_key(const Row& row, const Table& table, const crypto::KeyEncryptionKey& key) {
  for (std::size_t at = 0; at < row.size(); ++at) {
    if (table.columns[at].name != "wrapped") continue;
    if (TRY(crypto::needed_key(row[at].bytes)) == key.id()) continue;
    return Error{ErrorKind::kSettings, "wrong_key",
                 "The key of this store is being changed, or that was interrupted. Run `muster key "
                 "rotate` once more with the same two keys."};
  }
  return {};
}

Status check_key(const store::SiteSnapshot& snapshot, const crypto::KeyEncryptionKey& key) {
  if (snapshot.key_id().empty() || snapshot.key_id() == key.id()) return {};
  return Error{ErrorKind::kSettings, "wrong_key",
               fmt::format("The secrets of this store are under the key {}, and the key given is "
                           "{}. Give the key that belongs to this store.",
                           snapshot.key_id(), key.id())};
}

std::string_view view(const crypto::Sha256& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

class Reader {
 public:
  Reader(BundleIn& in, const BundleTaker& taker) : in_(in), taker_(taker) {}

  Result<Bundle> read() {
    TRY(read_manifest());
    TRY(taker_.begin(bundle_.manifest));
    for (std::size_t part = 0; part < bundle_.manifest.tables.size(); ++part) TRY(read_part(part));
    if (TRY(in_.take(1)).front() != kEnd) return unexpected();
    if (TRY(number<std::uint32_t>()) != bundle_.manifest.tables.size()) return unexpected();
    TRY(in_.expect_end());
    return std::move(bundle_);
  }

 private:
  static Error unexpected() { return unusable("It is not built as a bundle is."); }

  template <typename Number>
  Result<Number> number() {
    const std::string_view bytes = TRY(in_.take(sizeof(Number)));
    sum_.add(bytes);
    Number value = 0;
    for (std::size_t byte = 0; byte < sizeof value; ++byte) {
      value |= static_cast<Number>(static_cast<unsigned char>(bytes[byte])) << (8 * byte);
    }
    return value;
  }

  Status read_manifest();
  Status read_part(std::size_t part);
  Result<Cell> read_cell(ColumnType type);

  BundleIn& in_;
  const BundleTaker& taker_;
  Bundle bundle_;
  crypto::Sha256Sum sum_;  // of the rows of a part
};

std::string text_of(const json::Value& object, std::string_view key) {
  const json::Value* value = object.find(key);
  return value != nullptr && value->is_string() ? std::string(value->text()) : std::string();
}

std::optional<Table> read_table(const json::Value& part) {
  Table table{.name = text_of(part, "table")};
  const json::Value* columns = part.find("columns");
  if (table.name.empty() || columns == nullptr || columns->items().empty()) return std::nullopt;
  for (const json::Value& column : columns->items()) {
    if (column.items().size() != 2) return std::nullopt;
    const std::string_view type = column.items()[1].text();
    store::Column made{.name = std::string(column.items()[0].text())};
    const auto types = {ColumnType::kText, ColumnType::kInteger, ColumnType::kBytes};
    const auto found = std::ranges::find(types, type, store::to_string);
    if (found == types.end() || made.name.empty()) return std::nullopt;
    made.type = *found;
    table.columns.push_back(std::move(made));
  }
  return table;
}

Status Reader::read_manifest() {
  if (TRY(in_.take(1)).front() != kManifest) return unexpected();
  const std::uint32_t size = TRY(number<std::uint32_t>());
  if (size > kMostManifest) return unexpected();
  const std::string_view text = TRY(in_.take(size));
  const json::Document document = TRY(json::Document::parse(std::string(text)));
  const json::Value& root = document.root();
  const auto integer = [&](std::string_view key) {
    const json::Value* value = root.find(key);
    return value == nullptr ? std::int64_t{0} : value->integer().value_or(0);
  };
  if (integer("format") > kFormat) {
    return Error{ErrorKind::kMalformed, "bundle_newer",
                 fmt::format("It has the format {} of a newer muster; this one knows {}. Use that "
                             "one.",
                             integer("format"), kFormat)};
  }
  BundleManifest& manifest = bundle_.manifest;
  manifest.site = text_of(root, "site");
  manifest.kind = text_of(root, "kind");
  manifest.muster = text_of(root, "muster");
  manifest.schema = static_cast<int>(std::clamp<std::int64_t>(integer("schema"), 0, 1'000'000));
  const auto created = base::parse_utc(text_of(root, "created"));
  const json::Value* parts = root.find("parts");
  const bool is_site = manifest.kind == "production" || manifest.kind == "sandbox";
  const bool is_named = is_site ? check_site_name(manifest.site).ok()
                                : manifest.kind == "installation" && manifest.site.empty();
  if (integer("format") != kFormat || !is_named || !created || parts == nullptr ||
      manifest.schema == 0) {
    return unexpected();
  }
  manifest.created = *created;
  for (const json::Value& part : parts->items()) {
    std::optional<Table> table = read_table(part);
    if (!table) return unexpected();
    manifest.tables.push_back(std::move(*table));
  }
  return {};
}

Result<Cell> Reader::read_cell(ColumnType type) {
  const std::string_view head = TRY(in_.take(1));
  sum_.add(head);
  const char tag = head.front();
  Cell cell{.is_null = tag == kNull};
  if (cell.is_null) return cell;
  const char wanted = type == ColumnType::kInteger ? kInteger
                      : type == ColumnType::kText  ? kText
                                                   : kBytes;
  if (tag != wanted) return unexpected();
  if (tag == kInteger) {
    cell.number = static_cast<std::int64_t>(TRY(number<std::uint64_t>()));
    return cell;
  }
  const std::uint32_t size = TRY(number<std::uint32_t>());
  cell.bytes = TRY(in_.take(size));
  sum_.add(cell.bytes);
  return cell;
}

Status Reader::read_part(std::size_t part) {
  const Table& table = bundle_.manifest.tables[part];
  if (TRY(in_.take(1)).front() != kPart || TRY(number<std::uint32_t>()) != part) {
    return unexpected();
  }
  sum_.end();
  TRY(taker_.table(table));
  std::uint64_t rows = 0;
  for (char next; (next = TRY(in_.take(1)).front()) != kEndOfPart; ++rows) {
    if (next != kRow) return unexpected();
    Row row;
    for (const store::Column& column : table.columns) {
      row.push_back(TRY(read_cell(column.type)));
    }
    TRY(taker_.row(std::move(row)));
  }
  const crypto::Sha256 sum = sum_.end();
  if (TRY(number<std::uint64_t>()) != rows || TRY(in_.take(sum.size())) != view(sum)) {
    return unusable(
        fmt::format("Its part {} does not fit its checksum.", base::printable(table.name)));
  }
  bundle_.rows.push_back(rows);
  return {};
}

}  // namespace

std::uint64_t Bundle::all_rows() const {
  return std::accumulate(rows.begin(), rows.end(), std::uint64_t{0});
}

Result<Bundle> write_bundle(store::SiteSnapshot& snapshot, BundleManifest manifest,
                            const crypto::KeyEncryptionKey& key, ByteSink sink) {
  TRY(check_key(snapshot, key));
  manifest.schema = snapshot.schema();
  manifest.tables = snapshot.tables(manifest.site);
  BundleOut out(key, std::move(sink));
  const std::string json = manifest_json(manifest);
  std::string bytes(1, kManifest);
  append(bytes, static_cast<std::uint32_t>(json.size()));
  TRY(out.put(bytes + json));
  Bundle bundle{.manifest = std::move(manifest), .rows = {}};
  for (const Table& table : bundle.manifest.tables) {
    bytes.assign(1, kPart);
    append(bytes, static_cast<std::uint32_t>(bundle.rows.size()));
    TRY(out.put(bytes));
    crypto::Sha256Sum sum;
    std::uint64_t rows = 0;
    const auto take = [&](const Row& row) -> Status {
      if (table.name == "data_keys") TRY(check_data_key(row, table, key));
      bytes.assign(1, kRow);
      append_row(bytes, table, row);
      sum.add(std::string_view(bytes).substr(1));
      ++rows;
      return out.put(bytes);
    };
    TRY(snapshot.read(bundle.manifest.site, table, take));
    bytes.assign(1, kEndOfPart);
    append(bytes, rows);
    bytes += view(sum.end());
    TRY(out.put(bytes));
    bundle.rows.push_back(rows);
  }
  bytes.assign(1, kEnd);
  append(bytes, static_cast<std::uint32_t>(bundle.rows.size()));
  TRY(out.put(bytes));
  TRY(out.end());
  return bundle;
}

Result<Bundle> read_bundle(ByteSource source, const crypto::KeyEncryptionKey& key,
                           const BundleTaker& taker) {
  const std::unique_ptr<BundleIn> in = TRY(BundleIn::open(key, std::move(source)));
  return Reader(*in, taker).read();
}

}  // namespace muster::service
