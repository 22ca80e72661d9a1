#include "eval/report_format.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace kindred::eval {

std::string format_value(std::optional<double> value) {
  if (!value || std::isnan(*value)) return "–";
  const double size = std::abs(*value);
  if (size >= 1000.0) return fmt::format("{:.0f}", *value);
  return size >= 10.0 ? fmt::format("{:.2f}", *value) : fmt::format("{:.4f}", *value);
}

std::string format_interval(const std::optional<Interval>& interval) {
  if (!interval) return {};
  return std::max(std::abs(interval->low), std::abs(interval->high)) >= 10.0
             ? fmt::format("[{:.1f}, {:.1f}]", interval->low, interval->high)
             : fmt::format("[{:.3f}, {:.3f}]", interval->low, interval->high);
}

std::string format_p(double p) {
  return p < 0.001 ? "< 0.001" : fmt::format("{:.3f}", p);
}

std::string format_difference(double value) {
  return fmt::format("{:+.4f}", value);
}

bool shows_counts(const Table& table) {
  return std::any_of(table.rows.begin(), table.rows.end(),
                     [](const Table::Row& row) { return row.count > 0; });
}

std::string describe(const Comparison& comparison, double corrected) {
  if (corrected >= 0.05) return "no difference shown";
  return fmt::format("{} is better",
                     comparison.test.difference > 0.0 ? comparison.b : comparison.a);
}

std::vector<double> corrected_p(const Report& report) {
  std::vector<double> p;
  for (const Comparison& comparison : report.comparisons) p.push_back(comparison.test.p);
  return holm(p);
}

std::string comparisons_note(const Report& report) {
  return fmt::format(
      "Paired randomisation tests, two-sided; intervals of 95 % by the bootstrap. Verdicts at the "
      "level of .05{}.",
      report.comparisons.size() > 1
          ? fmt::format(" by p corrected for {} comparisons (Holm)", report.comparisons.size())
          : "");
}

}  // namespace kindred::eval
