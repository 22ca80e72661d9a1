// The factor that turns values into steps. Tested by rabitq_test.cc and code_scan_test.cc.
#pragma once

#include <limits>

namespace kindred::kernels {

/// 1 / step, or 0 for a step that is not a normal number: its inverse may be infinite.
inline float inverse_of(float step) noexcept {
  return step >= std::numeric_limits<float>::min() ? 1.0F / step : 0.0F;
}

}  // namespace kindred::kernels
