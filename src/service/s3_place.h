// Backups in a bucket. Internal to the room.
#pragma once

#include "service/backup_place.h"

namespace muster::service {

base::Result<std::unique_ptr<BackupPlace>> open_bucket_place(const std::string& place,
                                                             const S3Access* s3);
// As files_at() and open_bundle_file() have it.
base::Result<std::vector<BackupFile>> files_in_bucket(const std::string& path, const S3Access* s3);
base::Result<ByteSource> open_in_bucket(const std::string& path, const S3Access* s3);
// "s3://bucket/a" of "s3://bucket/a/b".
std::string parent_in_bucket(const std::string& path);
base::Status check_bucket_place(std::string_view place);

}  // namespace muster::service
