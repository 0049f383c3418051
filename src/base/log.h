// The logger: one escaped line per event on stderr (or to a file), text or JSON.
//
// Messages are fmt strings; arguments that come from outside are escaped, so no value can forge a
// second line. Never log source values; Secret prints itself as [secret].
//
//   log.info("page {} of {}: {} records", page, data_set, count);
#pragma once

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace muster::base {

enum class LogLevel { kDebug, kInfo, kWarn, kError, kOff };
enum class LogFormat { kText, kJson };

// Any thread.
class Logger {
 public:
  virtual ~Logger() = default;
  virtual bool enabled(LogLevel level) const = 0;
  virtual void write(LogLevel level, std::string_view message) = 0;

  template <typename... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(LogLevel::kDebug))
      write(LogLevel::kDebug, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(LogLevel::kInfo))
      write(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void warn(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(LogLevel::kWarn))
      write(LogLevel::kWarn, fmt::format(format, std::forward<Args>(args)...));
  }
  template <typename... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(LogLevel::kError))
      write(LogLevel::kError, fmt::format(format, std::forward<Args>(args)...));
  }
};

std::unique_ptr<Logger> make_stderr_logger(LogLevel level, LogFormat format);
std::unique_ptr<Logger> make_null_logger();
// For tests: every line goes to `sink`.
std::unique_ptr<Logger> make_sink_logger(LogLevel level, LogFormat format,
                                         std::function<void(std::string_view)> sink);

}  // namespace muster::base
