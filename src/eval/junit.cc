// Verdicts as JUnit's XML, by the schema of Jenkins' xUnit plugin.
#include <algorithm>

#include "base/error.h"
#include "eval/markup.h"
#include "eval/report_format.h"

namespace kindred::eval {

std::string to_junit(const Report& report, const std::vector<Verdict>& verdicts) {
  const auto failures = std::count_if(verdicts.begin(), verdicts.end(),
                                      [](const Verdict& verdict) { return verdict.failed; });
  const std::string name = escape_markup(report.title);
  const std::string counts =
      fmt::format("tests=\"{}\" failures=\"{}\" errors=\"0\"", verdicts.size(), failures);
  std::string xml = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"{}\" {}>\n"
      "  <testsuite name=\"{}\" {} skipped=\"0\" time=\"0\">\n",
      name, counts, name, counts);
  for (const Verdict& verdict : verdicts) {
    const std::string promise = escape_markup(verdict.promise);
    const std::string row = escape_markup(verdict.row);
    xml += fmt::format("    <testcase classname=\"{}\" name=\"{}: fail if {}\" time=\"0\"", name,
                       row, promise);
    if (!verdict.failed) {
      xml += "/>\n";
      continue;
    }
    xml += fmt::format(
        ">\n      <failure type=\"threshold\" message=\"{} is {}, which fails {}\"/>\n"
        "    </testcase>\n",
        row, format_value(verdict.value), promise);
  }
  return xml + "  </testsuite>\n</testsuites>\n";
}

}  // namespace kindred::eval
