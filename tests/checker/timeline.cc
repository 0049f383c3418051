// The history for a person who looks for the cause of a violation.
#include <fmt/format.h>

#include <algorithm>

#include "tests/checker/checker.h"

namespace muster::checker {
namespace {

struct Line {
  Order at = 0;
  std::string run, text;
};

std::string shortened(std::string text, std::size_t most = 150) {
  if (text.size() <= most) return text;
  text.resize(most);
  return text + "...";
}

std::string describe(const Call& call) {
  std::string text = fmt::format("{} {}", call.method, shortened(call.target));
  if (call.inside_batch) return "  in the batch: " + text;
  if (call.submission) {
    const Submission& sent = *call.submission;
    if (sent.completes) text += "  COMPLETES";
    for (const auto& [selector, objects] : sent.objects) {
      text += fmt::format("  {} {} as {}", objects.size(), selector, sent.client_generated_id);
    }
  }
  return text;
}

std::string describe_answer(const Call& call) {
  std::string text = call.status == 0 ? std::string("no answer") : std::to_string(call.status);
  if (call.page) {
    text += fmt::format(", {} records, {}", call.page->keys.size(),
                        call.page->next.empty() ? "the last page" : "more follow");
  }
  if (!call.text.empty()) text += " (" + call.text + ")";
  return text;
}

std::string objects_text(const Holdings& held) {
  std::string text;
  for (const auto& [type, objects] : held.types) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", objects.size(), type);
  }
  return text.empty() ? "nothing" : text;
}

}  // namespace

std::string timeline(const History& history) {
  std::vector<Line> lines;
  for (const Call& call : history.calls) {
    if (call.inside_batch) {
      lines.push_back({call.answered, call.run, describe(call) + "  " + describe_answer(call)});
      continue;
    }
    lines.push_back({call.at, call.run, "> " + describe(call)});
    const std::string back =
        fmt::format("< {}  {} {}", describe_answer(call), call.method, shortened(call.target, 60));
    if (call.answered != 0) lines.push_back({call.answered, call.run, back});
  }
  for (const Note& note : history.notes) lines.push_back({note.at, note.run, note.text});
  for (const Holdings& held : history.holdings) {
    lines.push_back({held.at, held.importer, "Assets holds " + objects_text(held)});
  }
  std::ranges::stable_sort(lines, {}, &Line::at);
  std::string text;
  for (const Line& line : lines) {
    static const Moment kUnknown;
    const Moment& when = line.at < history.moments.size() ? history.moments[line.at] : kUnknown;
    text += fmt::format("{:>14.6f} s  {:<28} {}\n", static_cast<double>(when.micros) / 1e6,
                        when.thread.empty() ? line.run : when.thread, line.text);
  }
  return text;
}

}  // namespace muster::checker
