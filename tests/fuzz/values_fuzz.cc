// Single values on their way: repaired text, JSON written and read again, values brought into an
// attribute's type, keys and certificates from an admin's files.
#include <vector>

#include "base/secret.h"
#include "crypto/jose.h"
#include "json/repairer.h"
#include "json/value.h"
#include "json/writer.h"
#include "mapping/coerce.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace muster;
using catalogue::AttributeType;
using fuzz::Input;
using fuzz::require;
using mapping::Coerced;

bool same(const json::Value& a, const json::Value& b) {
  if (a.kind() != b.kind() || a.text() != b.text()) return false;
  if (a.items().size() != b.items().size() || a.members().size() != b.members().size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.items().size(); ++i) {
    if (!same(a.items()[i], b.items()[i])) return false;
  }
  for (std::size_t i = 0; i < a.members().size(); ++i) {
    const auto &left = a.members()[i], &right = b.members()[i];
    if (left.key != right.key || !same(left.value, right.value)) return false;
  }
  return true;
}

// Any bytes as a string, and whatever can be parsed, come back as they were written.
void try_writing(Input& input) {
  const std::string text = input.rest();
  std::string repaired = text;
  base::repair_utf8(repaired);
  std::string out;
  json::Writer(out).begin_object().key(text).string(text).end_object();
  const auto written = json::Document::parse(out);
  require(written.ok() && written->repaired() == 0);
  require(written->root().members().size() == 1);
  require(written->root().members()[0].key == repaired);
  require(written->root().members()[0].value.text() == repaired);

  const auto parsed = json::Document::parse(text);
  if (!parsed.ok()) return;
  std::string again;
  json::Writer(again).value(parsed->root());
  for (const std::string& form : {again, json::pretty(parsed->root())}) {
    const auto reread = json::Document::parse(form);
    require(reread.ok() && same(reread->root(), parsed->root()));
  }
}

// It does not matter how the bytes are cut, and what was repaired needs no repair.
void try_repairing(Input& input) {
  const std::size_t step = 1 + input.byte() % 32;
  const std::string text = input.rest();
  json::Repairer at_once, in_steps, once_more;
  const std::string whole(at_once.repair(text, true));
  std::string pieces;
  for (std::size_t at = 0; at < text.size(); at += step) {
    pieces += in_steps.repair(std::string_view(text).substr(at, step), false);
  }
  pieces += in_steps.repair({}, true);
  require(pieces == whole && in_steps.repaired() == at_once.repaired());
  require(once_more.repair(whole, true) == whole && once_more.repaired() == 0);
  require(base::is_valid_utf8(whole));
}

std::optional<base::WallTime> time_of(const std::string& text) {
  if (auto time = base::parse_utc(text)) return time;
  // ISO 8601 has offsets without a colon too.
  if (text.size() > 5 && text.find('T') != std::string::npos) {
    if (auto time = base::parse_utc(std::string(text).insert(text.size() - 2, ":"))) return time;
  }
  return text.size() == 10 ? base::parse_utc(text + "T00:00:00Z") : std::nullopt;
}

void check_coerced(const std::string& text, const json::Value& value, AttributeType type) {
  using namespace std::chrono;
  std::string again;
  switch (type) {
    case AttributeType::kInteger: require(value.integer().has_value()); break;
    case AttributeType::kDouble: require(value.real() == base::parse_double(text)); break;
    case AttributeType::kBoolean: require(value.is_bool()); break;
    case AttributeType::kDate:
    case AttributeType::kDateTime: {
      const auto before = time_of(text);
      const auto after = time_of(std::string(value.text()));
      require(before.has_value() && after.has_value());
      require(*after == (type == AttributeType::kDate ? base::WallTime(floor<days>(*before))
                                                      : base::WallTime(floor<seconds>(*before))));
      require(value.text().size() == (type == AttributeType::kDate ? 10 : 20));
      break;
    }
    default: {
      std::string repaired = text;
      base::repair_utf8(repaired);
      require(value.text() == repaired);
    }
  }
}

// What is written is JSON of the right kind and means what was read; nothing else is written.
void try_coercing(Input& input) {
  const std::string text = input.rest();
  for (const AttributeType type :
       {AttributeType::kText, AttributeType::kInteger, AttributeType::kDouble,
        AttributeType::kBoolean, AttributeType::kDate, AttributeType::kDateTime}) {
    std::string out = "[";
    const Coerced verdict = mapping::append_coerced(out, text, type);
    if (verdict != Coerced::kWritten) {
      require(out == "[");
      const bool is_time = type == AttributeType::kDate || type == AttributeType::kDateTime;
      if (is_time) require(!time_of(text));
      continue;
    }
    const auto document = json::Document::parse(out + "]");
    require(document.ok() && document->root().items().size() == 1);
    const json::Value& value = document->root().items()[0];
    check_coerced(text, value, type);
    std::string again = "[";
    require(mapping::append_coerced(again, value, type) == Coerced::kWritten && again == out);
  }
}

void try_pem(Input& input) {
  constexpr crypto::Algorithm kAlgorithms[] = {crypto::Algorithm::kEs256, crypto::Algorithm::kPs256,
                                               crypto::Algorithm::kRs256};
  const auto algorithm = kAlgorithms[input.choice(3)];
  const std::string token = input.part();
  const std::string pem = input.rest();
  const auto certificate = crypto::read_certificate(pem);
  if (certificate.ok()) {
    require(certificate->thumbprint_sha256.size() == 43);
    fuzz::require_printable(certificate->subject);
  }
  const auto verified = crypto::verify_jwt(algorithm, token, pem);
  const auto made = crypto::sign_jwt(algorithm, R"({"alg":"x"})", token, base::Secret(pem));
  if (made.ok()) require(base::split(*made, '.').size() == 3);
  for (const base::Error* error :
       {verified.ok() ? nullptr : &verified.error(), made.ok() ? nullptr : &made.error(),
        certificate.ok() ? nullptr : &certificate.error()}) {
    // A key must not come back in a message.
    if (error != nullptr) require(pem.size() < 8 || error->message.find(pem) == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  switch (input.choice(4)) {
    case 0: try_writing(input); break;
    case 1: try_repairing(input); break;
    case 2: try_coercing(input); break;
    default: try_pem(input);
  }
  return 0;
}
