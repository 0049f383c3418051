#include "store/notices.h"

#include <fmt/format.h>

#include "store/db.h"
#include "store/row_values.h"

namespace muster::store {
namespace {

using base::Result;
using base::Status;

// Another machine was quicker; there may be others.
constexpr int kMostTries = 16;

// Before the other columns of a query, from a table called n.
constexpr std::string_view kNoticeColumns =
    "n.site, n.notice, n.at, n.kind, n.importer, n.run_id, n.subject, n.body";
constexpr int kAfterNotice = 8;

Notice read_notice(const Statement& row) {
  return {.site = row.text(0),
          .notice = row.text(1),
          .at = wall_time(row.integer(2)),
          .kind = row.text(3),
          .importer = row.text(4),
          .run_id = row.text(5),
          .subject = row.text(6),
          .body = row.text(7)};
}

class SqlNotices final : public Notices {
 public:
  explicit SqlNotices(std::unique_ptr<Db> db) : db_(std::move(db)) {}

  Result<bool> add(const Notice& notice, const std::vector<std::string>& channels) override;
  Result<std::vector<NoticeView>> list(std::string_view site, std::size_t limit) override;
  Result<std::optional<Delivery>> take(base::WallTime now, base::Duration lease) override;
  Status delivered(const Delivery& delivery) override {
    return settle(delivery, "sent", std::nullopt, "");
  }
  Status failed(const Delivery& delivery, std::optional<base::WallTime> again,
                std::string_view problem) override {
    return settle(delivery, again ? "waiting" : "given_up", again, problem);
  }

 private:
  struct Candidate {
    std::string site, notice, channel;
    std::int64_t tries = 0;
  };
  Result<std::optional<Candidate>> next(base::WallTime now);
  Result<std::optional<Delivery>> lease(const Candidate& candidate, std::int64_t until);
  Status settle(const Delivery& delivery, std::string_view state,
                std::optional<base::WallTime> again, std::string_view problem);

  const std::unique_ptr<Db> db_;
};

Result<bool> SqlNotices::add(const Notice& notice, const std::vector<std::string>& channels) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_site(notice.site)));
  TRY(
      db_->run("INSERT INTO notices (site, notice, at, kind, importer, run_id, subject, body) "
               "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
               notice.site, notice.notice, micros(notice.at), notice.kind, notice.importer,
               notice.run_id, notice.subject, notice.body));
  if (db_->changed_rows() != 1) return false;
  for (const std::string& channel : channels) {
    TRY(
        db_->run("INSERT INTO notice_deliveries (site, notice, channel, state, tries, next_try, "
                 "problem) VALUES ($1, $2, $3, 'waiting', 0, $4, '')",
                 notice.site, notice.notice, channel, micros(notice.at)));
  }
  TRY(transaction.commit());
  return true;
}

Result<std::vector<NoticeView>> SqlNotices::list(std::string_view site, std::size_t limit) {
  const Db::Hold hold(*db_, of_site(site));
  Statement rows = TRY(db_->query(
      fmt::format("SELECT {}, d.channel, d.state, d.tries, d.problem FROM (SELECT * FROM notices "
                  "WHERE site = $1 ORDER BY at DESC, notice LIMIT $2) n LEFT JOIN "
                  "notice_deliveries d ON d.site = n.site AND d.notice = n.notice "
                  "ORDER BY n.at DESC, n.notice, d.channel",
                  kNoticeColumns),
      site, static_cast<std::int64_t>(limit)));
  std::vector<NoticeView> views;
  while (TRY(rows.step())) {
    Notice notice = read_notice(rows);
    if (views.empty() || views.back().notice.notice != notice.notice) {
      views.push_back({.notice = std::move(notice), .deliveries = {}});
    }
    if (rows.is_null(kAfterNotice)) continue;
    views.back().deliveries.push_back({rows.text(kAfterNotice), rows.text(kAfterNotice + 1),
                                       rows.integer(kAfterNotice + 2),
                                       rows.text(kAfterNotice + 3)});
  }
  return views;
}

Result<std::optional<SqlNotices::Candidate>> SqlNotices::next(base::WallTime now) {
  const Db::Hold hold(*db_, of_installation());
  Statement row =
      TRY(db_->query("SELECT site, notice, channel, tries FROM notice_deliveries WHERE "
                     "state = 'waiting' AND next_try <= $1 AND "
                     "site IN (SELECT site FROM sites WHERE place IN ('', 'pinned')) ORDER BY "
                     "next_try, site LIMIT 1",
                     micros(now)));
  if (!TRY(row.step())) return std::optional<Candidate>();
  return std::optional(Candidate{row.text(0), row.text(1), row.text(2), row.integer(3)});
}

// Nothing: somebody else was quicker.
Result<std::optional<Delivery>> SqlNotices::lease(const Candidate& candidate, std::int64_t until) {
  Transaction transaction = TRY(Transaction::begin(*db_, of_site(candidate.site)));
  TRY(
      db_->run("UPDATE notice_deliveries SET tries = tries + 1, next_try = $1 WHERE site = $2 AND "
               "notice = $3 AND channel = $4 AND tries = $5 AND state = 'waiting' AND EXISTS "
               "(SELECT 1 FROM sites s WHERE s.site = notice_deliveries.site AND "
               "s.place IN ('', 'pinned'))",
               until, candidate.site, candidate.notice, candidate.channel, candidate.tries));
  if (db_->changed_rows() != 1) return std::optional<Delivery>();
  Delivery delivery{.notice = {}, .channel = candidate.channel, .tries = candidate.tries + 1};
  {
    Statement row = TRY(db_->query(
        fmt::format("SELECT {} FROM notices n WHERE n.site = $1 AND n.notice = $2", kNoticeColumns),
        candidate.site, candidate.notice));
    if (!TRY(row.step())) return std::optional<Delivery>();
    delivery.notice = read_notice(row);
  }
  TRY(transaction.commit());
  return std::optional(std::move(delivery));
}

Result<std::optional<Delivery>> SqlNotices::take(base::WallTime now, base::Duration lease_for) {
  const std::int64_t until =
      micros(now) + std::chrono::duration_cast<std::chrono::microseconds>(lease_for).count();
  for (int tries = 0; tries < kMostTries; ++tries) {
    const std::optional<Candidate> candidate = TRY(next(now));
    if (!candidate) break;
    std::optional<Delivery> delivery = TRY(lease(*candidate, until));
    if (delivery) return delivery;
  }
  return std::optional<Delivery>();
}

// Whoever took it later settles it.
Status SqlNotices::settle(const Delivery& delivery, std::string_view state,
                          std::optional<base::WallTime> again, std::string_view problem) {
  const Db::Hold hold(*db_, of_site(delivery.notice.site));
  return db_->run(
      "UPDATE notice_deliveries SET state = $1, next_try = $2, problem = $3 WHERE site = $4 AND "
      "notice = $5 AND channel = $6 AND tries = $7 AND state = 'waiting'",
      state, again ? micros(*again) : 0, problem, delivery.notice.site, delivery.notice.notice,
      delivery.channel, delivery.tries);
}

}  // namespace

Result<std::unique_ptr<Notices>> open_notices(std::string_view url) {
  return std::unique_ptr<Notices>(std::make_unique<SqlNotices>(TRY(open_db(url))));
}

}  // namespace muster::store
