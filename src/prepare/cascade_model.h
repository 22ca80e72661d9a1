// The dynamic Bayesian network of clicks: who reads from the top until satisfied. Tested by
// click_models_test.cc.
#pragma once

#include <vector>

#include "prepare/click_models.h"

namespace kindred::prepare {

/// Learns persistence, mean attraction and mean satisfaction of the searches that are not held out.
ClickModel fit_cascade(const ClickSample& sample);

/// The pairs' attraction and satisfaction where persistence is known.
std::vector<PairEstimate> estimate_cascade(const ClickModel& model, const ClickSample& sample,
                                           bool with_held_out);

}  // namespace kindred::prepare
