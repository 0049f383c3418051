#include "tests/simulation/service/node.h"

#include <fmt/format.h>

#include <map>

#include "store/db.h"
#include "tests/simulation/network.h"

namespace muster::simulation {
namespace {

constexpr const char* kScheme = "simulated";

// Whose database an URL opens: "simulated:NAME:PATH".
std::map<std::string, Node*, std::less<>>& nodes() {
  static std::map<std::string, Node*, std::less<>> by_name;
  return by_name;
}

}  // namespace

class Node::FreezingMonitor final : public base::Scheduler::MonitorState {
 public:
  FreezingMonitor(Node& node, std::unique_ptr<base::Scheduler::MonitorState> inner)
      : node_(node), inner_(std::move(inner)) {}
  void lock() override { inner_->lock(); }
  void unlock() override { inner_->unlock(); }
  void notify_all() override { inner_->notify_all(); }
  void wait_until(base::Instant deadline) override {
    inner_->wait_until(deadline);
    if (node_.world_.scheduler->now() >= node_.frozen_until_) return;
    inner_->unlock();
    node_.wait_while_frozen();
    inner_->lock();
  }

 private:
  Node& node_;
  const std::unique_ptr<base::Scheduler::MonitorState> inner_;
};

class Node::Clock final : public base::Scheduler {
 public:
  explicit Clock(Node& node) : node_(node) {}

  base::Instant now() const override { return node_.world_.scheduler->now(); }
  base::WallTime wall_now() const override { return node_.world_.wall_now(); }
  std::unique_ptr<Thread> start(std::string name, std::function<void()> body) override {
    return node_.world_.scheduler->start(
        name, [label = node_.label() + "/" + name, run = std::move(body)] {
          checker::Observer::name_thread(label);
          run();
        });
  }
  std::unique_ptr<MonitorState> make_monitor() override {
    return std::make_unique<FreezingMonitor>(node_, node_.world_.scheduler->make_monitor());
  }

 private:
  Node& node_;
};

class Node::Client final : public net::HttpClient {
 public:
  Client(Node& node, Watch& watch) : node_(node), watch_(watch), network_(node) {}

  base::Result<net::Response> send(const net::Request& request, const base::Stop& stop) override {
    if (!node_.dead_) watch_.leaves(node_.label(), request);
    base::Result<net::Response> response = network_.send(request, stop);
    watch_.came_back(node_.label(), request, response);
    node_.exchanged();
    node_.wait_while_frozen();
    return response;
  }

 private:
  Node& node_;
  Watch& watch_;
  Network network_;
};

class Node::Database final : public store::Db {
 public:
  Database(Node& node, std::unique_ptr<store::Db> inner)
      : Db(inner->name()), node_(node), inner_(std::move(inner)) {}

  base::Status run_script(std::string_view sql) override {
    TRY(node_.statement());
    return inner_->run_script(sql);
  }
  std::int64_t changed_rows() const override { return inner_->changed_rows(); }
  base::Result<std::vector<std::string>> tables() override { return inner_->tables(); }
  Engine engine() const override { return inner_->engine(); }

 private:
  class Work final : public store::Statement::Work {
   public:
    Work(Node& node, store::Statement inner) : node_(node), inner_(std::move(inner)) {}
    void bind_text(std::string_view text) override { inner_.bind(text); }
    void bind_integer(std::int64_t number) override { inner_.bind(number); }
    void bind_blob(std::string_view bytes) override { inner_.bind(store::Blob{bytes}); }
    void bind_null() override { inner_.bind(std::optional<std::int64_t>()); }
    base::Result<bool> step() override {
      TRY(node_.statement());
      return inner_.step();
    }
    std::string text(int column) const override { return inner_.text(column); }
    std::int64_t integer(int column) const override { return inner_.integer(column); }
    bool is_null(int column) const override { return inner_.is_null(column); }

   private:
    Node& node_;
    store::Statement inner_;
  };

  base::Result<store::Statement> prepare(std::string_view sql) override {
    store::Statement inner = TRY(inner_->query(sql));
    return store::Statement(std::make_unique<Work>(node_, std::move(inner)));
  }
  base::Status begin() override {
    TRY(node_.statement());
    open_.emplace(TRY(store::Transaction::begin(*inner_, scope())));
    return {};
  }
  base::Status begin_reading() override {
    TRY(node_.statement());
    open_.emplace(TRY(store::Transaction::begin_reading(*inner_, scope())));
    return {};
  }
  base::Status commit() override {
    TRY(node_.statement());
    TRY(open_->commit());
    open_.reset();
    return {};
  }
  void roll_back() override { open_.reset(); }

  Node& node_;
  const std::unique_ptr<store::Db> inner_;
  std::optional<store::Transaction> open_;
};

Node::Node(World& world, NodeSettings settings, Watch& watch)
    : world_(world),
      settings_(std::move(settings)),
      clock_(std::make_unique<Clock>(*this)),
      client_(std::make_unique<Client>(*this, watch)),
      random_(base::make_seeded_random(settings_.seed)),
      logger_(base::make_sink_logger(base::LogLevel::kInfo, base::LogFormat::kText,
                                     [this](std::string_view line) {
                                       if (!dead_)
                                         world_.observer.note(settings_.name, std::string(line));
                                     })),
      monitor_(*world.scheduler) {
  nodes()[settings_.name] = this;
  store::add_engine(
      kScheme, [](const std::string& rest) -> base::Result<std::unique_ptr<store::Db>> {
        const std::size_t colon = rest.find(':');
        auto inner = TRY(store::open_sqlite(rest.substr(colon + 1)));
        return std::unique_ptr<store::Db>(
            std::make_unique<Database>(*nodes().at(rest.substr(0, colon)), std::move(inner)));
      });
}

Node::~Node() {
  stop();
  nodes().erase(settings_.name);
}

base::Status Node::start() {
  world_.observer.note(settings_.name, "starts");
  service_.emplace(
      service::ServiceTools{*clock_, *client_, *random_, *logger_, library()},
      service::ServiceSettings{
          .database = fmt::format("{}:{}:{}", kScheme, settings_.name, world_.store_path()),
          .node = settings_.name,
          .workers = settings_.workers,
          .key = std::nullopt,
          .pauses = settings_.pauses});
  return service_->start();
}

void Node::live_until(base::Instant end) {
  base::Monitor::Lock lock(monitor_);
  lock.wait_until(*world_.scheduler, end, [this] { return dead_; });
}

void Node::stop() {
  if (!service_) return;
  if (!dead_) world_.observer.note(settings_.name, "is stopped");
  service_.reset();
}

void Node::kill() {
  if (dead_) return;
  world_.observer.note(settings_.name, "is killed");
  dead_ = true;
  monitor_.notify_all();
}

void Node::freeze(base::Duration time) {
  world_.observer.note(settings_.name,
                       fmt::format("is frozen for {} s", time / std::chrono::seconds(1)));
  frozen_until_ = world_.scheduler->now() + time;
}

void Node::wait_while_frozen() {
  while (world_.scheduler->now() < frozen_until_) {
    base::sleep_until(*world_.scheduler, frozen_until_, base::Stop());
  }
}

bool Node::step() {
  if (exchanges_left_ > 0 && --exchanges_left_ == 0) kill();
  return !dead_;
}

void Node::exchanged() {
  if (exchanges_before_freezing_ > 0 && --exchanges_before_freezing_ == 0) freeze(freezes_for_);
}

base::Status Node::statement() {
  if (statements_left_ > 0 && --statements_left_ == 0) kill();
  if (dead_) {
    return base::Error{base::ErrorKind::kUnavailable, "store_unavailable", "The process is dead."};
  }
  if (world_.is_disk_full) {
    return base::Error{base::ErrorKind::kUnavailable, "store_unavailable",
                       "The database cannot be written: the disk is full."};
  }
  return {};
}

}  // namespace muster::simulation
