// Any bytes as a promise and as every text of a report: an Error, or pages in which they are text
// alone, and JSON that can be read.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "eval/markup.h"
#include "eval/report.h"
#include "kindred/error.h"

namespace {

using namespace kindred::eval;

Report report_of(const std::string& text) {
  Report report;
  report.title = text;
  report.facts = {{text, text}};
  Table table{.key = text, .title = text, .note = text, .columns = {text, "recall@10"}};
  table.rows = {{text, {{0.5, Interval{0.4, 0.6}}, {}}, 3}, {"other", {{0.25}, {0.75}}, 0}};
  report.tables = {table};
  report.comparisons = {{text, text, text, {}}};
  report.charts.push_back({text, text, text, {text, "2"}, {{text, {0.5, 0.25}}}});
  report.worst.push_back(
      {text, text, text, {{text, 0.5}}, {{text, {{text, text, 1.0}}}}, {{text, text, {}}}});
  report.map = Map{text, {{0.0F, 1.0F, text, text}, {1.0F, 0.0F, "b", "b"}}};
  return report;
}

std::size_t count_of(const std::string& text, char c) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), c));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // What is empty has other tags.
  const std::string text = "x" + std::string(reinterpret_cast<const char*>(data), size);
  const Report report = report_of(text);
  std::vector<Verdict> verdicts;
  try {
    const FailIf promise = FailIf::parse(text);
    if (promise.column.empty()) std::abort();
    verdicts = judge(report, {promise});
    if (verdicts.empty()) std::abort();
  } catch (const kindred::Error& error) {
    if (error.kind() == kindred::ErrorKind::internal) std::abort();
  }
  verdicts.push_back({text, text, 0.5, true});

  static const std::size_t tags = count_of(to_html(report_of("x")), '<');
  if (count_of(to_html(report), '<') != tags) std::abort();
  static const std::size_t elements =
      count_of(to_junit(report_of("x"), {{"x", "x", 0.5, true}}), '<');
  if (count_of(to_junit(report, {verdicts.back()}), '<') != elements) std::abort();
  if (escape_markup(text).find_first_of("<>\"'") != std::string::npos) std::abort();
  if (to_markdown(report).find('<') != std::string::npos) std::abort();
  if (shortened(text, 10).size() < text.size() && display_width(shortened(text, 10)) > 10)
    std::abort();
  (void)nlohmann::json::parse(to_json(report));
  const std::string plain = to_text(report);
  for (const char c : plain)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n') std::abort();
  return 0;
}
