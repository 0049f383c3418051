// Runs every case below this folder; README.md describes them.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "assets/mapping_document.h"
#include "base/checkout_for_tests.h"
#include "json/writer.h"
#include "run/run.h"
#include "tests/golden/scripted_source.h"
#include "tests/support/memory_store.h"

namespace muster::tests {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOrigin = "https://source.example";

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// What every secret of a case holds; README.md describes secret.txt.
std::string secret_of(const fs::path& folder) {
  constexpr std::string_view kKey = "{private_key}";
  if (!fs::exists(folder / "secret.txt")) return "s3cret";
  std::string text = read(folder / "secret.txt");
  const std::size_t at = text.find(kKey);
  if (at == std::string::npos) return text;
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_RSA_gen(2048), &EVP_PKEY_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* pem = nullptr;
  const long size = BIO_get_mem_data(out.get(), &pem);
  std::string quoted;
  json::append_quoted(quoted, {pem, static_cast<std::size_t>(size)});
  return text.replace(at, kKey.size(), quoted, 1, quoted.size() - 2);
}

// Short values on one line, others a member a line: differences are read by people.
void append_pretty(std::string& out, const json::Value& value, std::size_t indent = 0) {
  std::string flat;
  json::Writer(flat).value(value);
  const bool nested = value.is_object() || value.is_array();
  if (!nested || flat.size() + indent <= 120) {
    out += flat;
    return;
  }
  const std::string pad(indent + 1, ' ');
  const char* separator = "\n";
  out += value.is_object() ? "{" : "[";
  for (const json::Member& member : value.members()) {
    out += separator + pad;
    json::append_quoted(out, member.key);
    out += ": ";
    append_pretty(out, member.value, indent + 1);
    separator = ",\n";
  }
  for (const json::Value& item : value.items()) {
    out += separator + pad;
    append_pretty(out, item, indent + 1);
    separator = ",\n";
  }
  out += "\n" + std::string(indent, ' ') + (value.is_object() ? "}" : "]");
}

// A destination that keeps what it is given and takes all of it.
class Recorder : public assets::Destination, public assets::Delivery {
 public:
  base::Result<assets::Readiness> check(const base::Stop&) override {
    return assets::Readiness{.ready = true};
  }
  base::Status prepare(const catalogue::ObjectSchema& schema, const assets::Leftover&,
                       const assets::DeliveryNotes&, const base::Stop&) override {
    schema_ = schema;
    return {};
  }
  base::Status release(const assets::Leftover&, const base::Stop&) override { return {}; }
  base::Result<std::unique_ptr<assets::Delivery>> start(assets::Pass, std::string_view,
                                                        const assets::DeliveryNotes& notes,
                                                        const base::Stop&) override {
    TRY(notes.starting(std::nullopt));
    TRY(notes.started("e-1"));
    struct Handle : assets::Delivery {
      Handle(Recorder& to, std::function<base::Status()> note)
          : recorder(to), completing(std::move(note)) {}
      base::Status submit(const assets::Chunk& chunk, const base::Stop& stop) override {
        return recorder.submit(chunk, stop);
      }
      void progress(std::uint64_t, std::uint64_t, const base::Stop&) override {}
      base::Result<assets::Outcome> complete(const base::Stop& stop) override {
        TRY(completing());
        return recorder.complete(stop);
      }
      void abort(std::string_view) override {}
      Recorder& recorder;
      std::function<base::Status()> completing;
    };
    return std::unique_ptr<assets::Delivery>(std::make_unique<Handle>(*this, notes.completing));
  }
  base::Status submit(const assets::Chunk& chunk, const base::Stop&) override {
    chunks_[chunk.selector][chunk.sequence] = chunk;
    return {};
  }
  void progress(std::uint64_t, std::uint64_t, const base::Stop&) override {}
  base::Result<assets::Outcome> complete(const base::Stop&) override {
    assets::Outcome outcome{.execution_id = "e-1", .result = "OK"};
    for (const auto& type : schema_.types) {
      for (const auto& [sequence, chunk] : chunks_[type.selector]) {
        outcome.types[type.name].accepted += chunk.count;
      }
    }
    return outcome;
  }
  void abort(std::string_view) override {}

  std::string mapping() const {
    if (schema_.types.empty()) return "nothing was sent\n";
    std::string text;
    append_pretty(text, json::Document::parse(assets::mapping_document(schema_))->root());
    return text + "\n";
  }
  std::string objects() const {
    std::string text;
    for (const auto& [selector, chunks] : chunks_) {
      for (const auto& [sequence, chunk] : chunks) text += selector + ":\n" + chunk.objects + "\n";
    }
    return text.empty() ? "nothing was sent\n" : text;
  }

 private:
  catalogue::ObjectSchema schema_;
  std::map<std::string, std::map<std::uint64_t, assets::Chunk>> chunks_;
};

std::string in_words(const run::Report& report) {
  std::string text =
      fmt::format("{}: {}: {}\n", run::to_string(report.state), report.reason, report.message);
  for (const auto& set : report.data_sets) {
    text += fmt::format(
        "{}: {}{} pages, {} fetched, {} repeated, {} filtered, {} rejected, {} formatted\n",
        set.name, set.complete ? "" : "incomplete, ", set.pages, set.fetched, set.repeated,
        set.filtered, set.rejected, set.formatted);
  }
  for (const auto& set : report.data_sets) {
    for (const auto& match : set.identity.matches) {
      text += fmt::format("{} is {}: {}: {} records, {} known to others\n", set.name,
                          set.identity.name, match.rule, match.records, match.known);
    }
  }
  for (const auto& relation : report.relations) {
    text += fmt::format("{}: {}{} parents, {} pairs, {} gone, {} hidden, {} of unknown type",
                        relation.name, relation.complete ? "" : "incomplete, ", relation.parents,
                        relation.pairs, relation.gone, relation.hidden, relation.unknown_type);
    if (relation.without_key > 0) text += fmt::format(", {} without a key", relation.without_key);
    text += '\n';
  }
  for (const auto& reject : report.rejects) {
    text += fmt::format("rejected: {} \"{}\": {}: {}\n", reject.data_set, reject.key, reject.reason,
                        reject.detail);
  }
  for (const auto& finding : report.gate.findings) text += "finding: " + finding.text + "\n";
  for (const auto& notice : report.notices) text += "notice: " + notice + "\n";
  return text;
}

class Golden : public testing::TestWithParam<std::string> {
 protected:
  void compare(const std::string& name, const std::string& actual) {
    const fs::path path = folder_ / "expected" / name;
    if (std::getenv("MUSTER_GOLDEN_UPDATE") != nullptr) {
      write(path, actual);
      return;
    }
    EXPECT_EQ(actual, read(path)) << path << "\nMUSTER_GOLDEN_UPDATE=1 writes it anew.";
  }

  const fs::path folder_ = fs::path(base::checkout_for_tests()) / "tests" / "golden" / GetParam();
};

TEST_P(Golden, IsAskedMappedAndReportedAsExpected) {
  const auto scheduler = base::make_simulated_scheduler(1);
  const auto random = base::make_seeded_random(1);
  const auto logger = base::make_null_logger();
  ScriptedSource source(*scheduler, read(folder_ / "answers.txt"), kOrigin);
  catalogue::Library library = catalogue::Library::bundled();
  if (fs::exists(folder_ / "catalogue")) {
    for (const auto& finding : library.add_directory((folder_ / "catalogue").string())) {
      ADD_FAILURE() << finding.text();
    }
  }
  auto file = run::load_importers_text(read(folder_ / "importer.yaml"), "importer.yaml", library);
  for (const auto& finding : file.findings) {
    if (!finding.is_warning) ADD_FAILURE() << finding.text();
  }
  ASSERT_EQ(file.importers.size(), 1u);
  const run::Importer& importer = file.importers[0];

  source::ConnectionValues values;
  values.values = importer.values;
  const base::Secret secret(secret_of(folder_));
  for (const auto& [name, place] : importer.secrets) values.secrets[name] = secret;
  values.trust = std::make_shared<const net::Trust>();
  Recorder recorder;
  MemoryStore store;
  run::Progress progress;
  const run::Report report =
      run::execute(importer, std::move(values), {},
                   {*scheduler, source, *random, *logger, store, recorder}, progress, {});

  std::string requests;
  for (const std::string& request : source.requests()) requests += request + "\n";
  compare("requests.txt", requests);
  compare("mapping.json", recorder.mapping());
  compare("objects.txt", recorder.objects());
  compare("report.txt", in_words(report));
  EXPECT_EQ(source.unasked(), std::vector<std::string>()) << "answers nobody asked for";
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  const fs::path root = fs::path(base::checkout_for_tests()) / "tests" / "golden";
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().filename() != "answers.txt") continue;
    names.push_back(fs::relative(entry.path().parent_path(), root).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, testing::ValuesIn(cases()), [](const auto& one) {
  std::string name = one.param;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
});

}  // namespace
}  // namespace muster::tests
