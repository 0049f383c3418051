#include "store/idempotency.h"

#include "store/db.h"
#include "store/row_values.h"

namespace muster::store {
namespace {

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;

constexpr std::chrono::microseconds kKept = std::chrono::hours(24);

class SqlIdempotency final : public Idempotency {
 public:
  explicit SqlIdempotency(std::unique_ptr<Db> db) : db_(std::move(db)) {}

  Result<std::optional<KeyedAnswer>> begin(const KeyedRequest& request,
                                           base::WallTime now) override;
  Status answered(const KeyedRequest& request, const KeyedAnswer& answer) override {
    const Db::Hold hold(*db_, Scope());
    return db_->run(
        "UPDATE idempotency_keys SET status = $1, answer = $2 WHERE admin = $3 AND "
        "idempotency_key = $4 AND status = 0",
        std::int64_t{answer.status}, answer.body, request.admin, request.key);
  }
  Status given_up(const KeyedRequest& request) override {
    const Db::Hold hold(*db_, Scope());
    return db_->run(
        "DELETE FROM idempotency_keys WHERE admin = $1 AND idempotency_key = $2 AND status = 0",
        request.admin, request.key);
  }

 private:
  const std::unique_ptr<Db> db_;
};

Result<std::optional<KeyedAnswer>> SqlIdempotency::begin(const KeyedRequest& request,
                                                         base::WallTime now) {
  Transaction transaction = TRY(Transaction::begin(*db_, Scope()));
  TRY(db_->run("DELETE FROM idempotency_keys WHERE created < $1", micros(now - kKept)));
  TRY(
      db_->run("INSERT INTO idempotency_keys (admin, idempotency_key, request_hash, created, "
               "status, answer, about) VALUES ($1, $2, $3, $4, 0, '', $5) ON CONFLICT DO NOTHING",
               request.admin, request.key, Blob{request.hash}, micros(now), request.about));
  if (db_->changed_rows() == 1) {
    TRY(transaction.commit());
    return std::optional<KeyedAnswer>();
  }
  Statement row =
      TRY(db_->query("SELECT request_hash, status, answer FROM idempotency_keys WHERE admin = $1 "
                     "AND idempotency_key = $2",
                     request.admin, request.key));
  if (!TRY(row.step()) || row.integer(1) == 0) {
    return Error{ErrorKind::kConflict, "request_under_way",
                 "A request with this Idempotency-Key is being answered, or its answer was lost "
                 "when the service ended. Look whether it was done before you send another."};
  }
  if (row.text(0) != request.hash) {
    return Error{ErrorKind::kSettings, "idempotency_key",
                 "This Idempotency-Key came with another request before."};
  }
  return std::optional(KeyedAnswer{static_cast<int>(row.integer(1)), row.text(2)});
}

}  // namespace

Result<std::unique_ptr<Idempotency>> open_idempotency(std::string_view url) {
  return std::unique_ptr<Idempotency>(std::make_unique<SqlIdempotency>(TRY(open_db(url))));
}

}  // namespace muster::store
