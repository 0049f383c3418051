// What a place of backups says: labels that anybody who can write there may have changed, and the
// XML of whatever speaks S3.
#include "service/backup_label.h"
#include "service/backup_place.h"
#include "service/s3_answer.h"
#include "tests/fuzz/fuzz.h"

using namespace muster;
using fuzz::Input;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  switch (input.choice(3)) {
    case 0: {
      const auto label = service::parse_label(input.rest());
      if (!label.ok()) return fuzz::require_printable(label.error().text()), 0;
      const auto again = service::parse_label(service::to_json(*label));
      require(again.ok() && again->kind == label->kind &&
              again->files.size() == label->files.size());
      break;
    }
    case 1: {
      const auto root = service::parse_xml(input.rest());
      if (!root.ok()) return fuzz::require_printable(root.error().text()), 0;
      require(!root->name.empty());
      require(service::parse_xml("<a>" + service::xml_escape(root->text) + "</a>").ok());
      break;
    }
    default: {
      const std::string name = input.rest();
      if (service::kind_in_name(name) != service::BackupKind::kManual) {
        require(name.find('-') != std::string::npos);
      }
      if (service::is_backup_name(name)) require(name.find('/') == std::string::npos);
      (void)service::check_place(name);
    }
  }
  return 0;
}
