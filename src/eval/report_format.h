// Numbers and verdicts as every form of a report shows them. Tested by report_test.cc.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "eval/report.h"

namespace kindred::eval {

/// "0.8534"; "–" where there is none; fewer decimals for what is large.
std::string format_value(std::optional<double> value);
/// "[0.841, 0.866]"; empty where there is none.
std::string format_interval(const std::optional<Interval>& interval);
/// "0.032", "< 0.001".
std::string format_p(double p);
/// "+0.0213", "-0.0021".
std::string format_difference(double value);

/// Whether a table shows of how many queries its rows are.
bool shows_counts(const Table& table);

/// What a comparison says at the level of .05, by the p that was corrected.
std::string describe(const Comparison& comparison, double corrected);
/// Of a report's comparisons, in their order, Holm's.
std::vector<double> corrected_p(const Report& report);
/// The sentence below the comparisons.
std::string comparisons_note(const Report& report);

}  // namespace kindred::eval
