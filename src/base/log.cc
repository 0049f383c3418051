#include "base/log.h"

#include <spdlog/common.h>
#include <spdlog/formatter.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <limits>
#include <mutex>

#include "base/text.h"

namespace muster::base {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarn: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
    case LogLevel::kOff: return spdlog::level::off;
  }
  return spdlog::level::off;
}

std::string_view level_name(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::debug: return "debug";
    case spdlog::level::info: return "info";
    case spdlog::level::warn: return "warn";
    default: return "error";
  }
}

std::string_view message_of(const spdlog::details::log_msg& event) {
  return {event.payload.data(), event.payload.size()};
}

std::string time_of(const spdlog::details::log_msg& event) {
  return format_utc(std::chrono::floor<std::chrono::microseconds>(event.time));
}

void append(spdlog::memory_buf_t& line, std::string_view text) {
  line.append(text.data(), text.data() + text.size());
}

constexpr auto kWhole = std::numeric_limits<std::size_t>::max();

// spdlog's patterns do not escape, so a newline in a value would forge a line; these two do.
class TextFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& event, spdlog::memory_buf_t& line) override {
    append(line, fmt::format("{} {:5} {}\n", time_of(event), level_name(event.level),
                             printable(message_of(event), kWhole)));
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<TextFormatter>();
  }
};

class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& event, spdlog::memory_buf_t& line) override {
    append(line, fmt::format(R"({{"time":"{}","level":"{}","message":")", time_of(event),
                             level_name(event.level)));
    // What is printable has no control characters left and is UTF-8.
    for (char c : printable(message_of(event), kWhole)) {
      if (c == '"' || c == '\\') line.push_back('\\');
      line.push_back(c);
    }
    append(line, "\"}\n");
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonFormatter>();
  }
};

std::unique_ptr<spdlog::formatter> make_formatter(LogFormat format) {
  if (format == LogFormat::kJson) return std::make_unique<JsonFormatter>();
  return std::make_unique<TextFormatter>();
}

class FunctionSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FunctionSink(std::function<void(std::string_view)> receiver)
      : receiver_(std::move(receiver)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& event) override {
    spdlog::memory_buf_t line;
    formatter_->format(event, line);
    receiver_({line.data(), line.size() - 1});  // without the line's end
  }
  void flush_() override {}

  const std::function<void(std::string_view)> receiver_;
};

class SpdlogLogger final : public Logger {
 public:
  SpdlogLogger(LogLevel level, LogFormat format, spdlog::sink_ptr sink)
      : logger_("muster", std::move(sink)) {
    logger_.set_level(to_spdlog(level));
    logger_.set_formatter(make_formatter(format));
  }

  bool enabled(LogLevel level) const override { return logger_.should_log(to_spdlog(level)); }

  void write(LogLevel level, std::string_view message) override {
    logger_.log(to_spdlog(level), spdlog::string_view_t(message.data(), message.size()));
  }

 private:
  spdlog::logger logger_;
};

class NullLogger final : public Logger {
 public:
  bool enabled(LogLevel) const override { return false; }
  void write(LogLevel, std::string_view) override {}
};

}  // namespace

std::unique_ptr<Logger> make_stderr_logger(LogLevel level, LogFormat format) {
  return std::make_unique<SpdlogLogger>(level, format,
                                        std::make_shared<spdlog::sinks::stderr_sink_mt>());
}

std::unique_ptr<Logger> make_null_logger() { return std::make_unique<NullLogger>(); }

std::unique_ptr<Logger> make_sink_logger(LogLevel level, LogFormat format,
                                         std::function<void(std::string_view)> sink) {
  return std::make_unique<SpdlogLogger>(level, format,
                                        std::make_shared<FunctionSink>(std::move(sink)));
}

}  // namespace muster::base
