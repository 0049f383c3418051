#include "sandbox/append.h"

#include <chrono>

namespace muster::sandbox {
namespace {

void put_two(char* at, unsigned value) {
  at[0] = static_cast<char>('0' + value / 10);
  at[1] = static_cast<char>('0' + value % 10);
}

}  // namespace

void append_timestamp(std::string& out, std::int64_t seconds) {
  using namespace std::chrono;
  const std::int64_t day = seconds >= 0 ? seconds / 86400 : -((86399 - seconds) / 86400);
  const auto second = static_cast<unsigned>(seconds - day * 86400);
  const year_month_day date{sys_days{days{day}}};
  char text[] = "0000-00-00T00:00:00Z";
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  put_two(text, year / 100);
  put_two(text + 2, year % 100);
  put_two(text + 5, static_cast<unsigned>(date.month()));
  put_two(text + 8, static_cast<unsigned>(date.day()));
  put_two(text + 11, second / 3600);
  put_two(text + 14, second / 60 % 60);
  put_two(text + 17, second % 60);
  out.append(text, 20);
}

}  // namespace muster::sandbox
