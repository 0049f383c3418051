#include "run/submitting.h"

#include <optional>

#include "base/queue.h"

namespace muster::run {

using base::Error;
using base::ErrorKind;
using base::Status;
using base::Stop;

namespace {

struct Outgoing {
  std::size_t data_set = 0;
  assets::Chunk chunk;
};

class Submitting {
 public:
  Submitting(const mapping::Plan& plan, SubmittingTools tools, const Stop& stop,
             std::vector<std::uint64_t>& submitted)
      : plan_(plan),
        tools_(tools),
        submitted_(submitted),
        outer_stop_(stop, [this] { stop_source_.request_stop(); }),
        monitor_(tools.scheduler),
        chunks_(tools.scheduler, assets::kChunksInFlight) {}

  Status run(const std::vector<std::unique_ptr<Collection>>& collections,
             const std::vector<std::unique_ptr<Joins>>& joins);

 private:
  bool cut(std::size_t data_set, const Collection& collection, const Joins& joins);
  bool flush(std::size_t data_set);
  void send();

  const mapping::Plan& plan_;
  SubmittingTools tools_;
  std::vector<std::uint64_t>& submitted_;
  std::stop_source stop_source_;
  std::stop_callback<std::function<void()>> outer_stop_;
  base::Monitor monitor_;  // guards error_, submitted_
  std::optional<Error> error_;
  base::Queue<Outgoing> chunks_;
  std::uint64_t sequence_ = 0;
  assets::Chunk open_;
};

bool Submitting::flush(std::size_t data_set) {
  if (open_.count == 0) return true;
  open_.sequence = ++sequence_;
  open_.selector = plan_.type_of(data_set).selector;
  const bool taken = chunks_.push({data_set, std::move(open_)}, stop_source_.get_token());
  open_ = {};
  return taken;
}

bool Submitting::cut(std::size_t data_set, const Collection& collection, const Joins& joins) {
  Spool::Reader reader(collection.spool());
  std::string_view object;
  for (std::size_t i = 0; reader.next(object); ++i) {
    if (!collection.is_live(i)) continue;
    if (open_.count == assets::kMaxChunkObjects && !flush(data_set)) return false;
    const std::size_t before = open_.objects.size();
    if (open_.count > 0) open_.objects += ",\n";
    const std::size_t begin = open_.objects.size();
    joins.append(i, object, open_.objects);
    ++open_.count;
    if (open_.objects.size() <= assets::kMaxChunkBytes || open_.count == 1) continue;
    // One too many: it opens the next chunk.
    std::string last = open_.objects.substr(begin);
    open_.objects.resize(before);
    --open_.count;
    if (!flush(data_set)) return false;
    open_.objects = std::move(last);
    open_.count = 1;
  }
  return flush(data_set);
}

void Submitting::send() {
  const Stop stop = stop_source_.get_token();
  bool failed = false;
  while (auto outgoing = chunks_.pop(stop)) {
    Status sent = tools_.delivery.submit(outgoing->chunk, stop);
    base::Monitor::Lock lock(monitor_);
    if (sent.ok()) {
      submitted_[outgoing->data_set] += outgoing->chunk.count;
      tools_.progress.data_sets[outgoing->data_set].submitted += outgoing->chunk.count;
      tools_.progress.objects_submitted += outgoing->chunk.count;
      continue;
    }
    if (!error_ && !(sent.error().kind == ErrorKind::kCancelled && stop.stop_requested())) {
      error_ = std::move(sent).error();
    }
    failed = true;
    break;
  }
  // Outside the lock: stopping runs the wake-ups of everybody who waits.
  if (failed) stop_source_.request_stop();
}

Status Submitting::run(const std::vector<std::unique_ptr<Collection>>& collections,
                       const std::vector<std::unique_ptr<Joins>>& joins) {
  submitted_.assign(collections.size(), 0);
  std::vector<std::unique_ptr<base::Scheduler::Thread>> senders;
  for (std::size_t i = 0; i < assets::kChunksInFlight; ++i) {
    senders.push_back(
        tools_.scheduler.start("submit " + std::to_string(i + 1), [this] { send(); }));
  }
  for (std::size_t i = 0; i < collections.size(); ++i) {
    if (!cut(i, *collections[i], *joins[i])) break;
    tools_.delivery.progress(tools_.progress.objects_submitted, tools_.progress.objects_total,
                             stop_source_.get_token());
  }
  chunks_.close();
  for (auto& sender : senders) sender->join();
  base::Monitor::Lock lock(monitor_);
  if (error_) return std::move(*error_);
  if (stop_source_.stop_requested()) {
    return Error{ErrorKind::kCancelled, "cancelled",
                 "The run was cancelled while sending to the destination.", ""};
  }
  return {};
}

}  // namespace

Status submit_everything(const mapping::Plan& plan,
                         const std::vector<std::unique_ptr<Collection>>& collections,
                         const std::vector<std::unique_ptr<Joins>>& joins, SubmittingTools tools,
                         const Stop& stop, std::vector<std::uint64_t>& submitted) {
  return Submitting(plan, tools, stop, submitted).run(collections, joins);
}

}  // namespace muster::run
