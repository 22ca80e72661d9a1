// How much memory there is to plan with.
#pragma once

#include <cstdint>

namespace kindred::index {

/// Bytes that this process may still use without swapping: what the machine has available, and no
/// more than its control group grants.
std::uint64_t free_memory() noexcept;

}  // namespace kindred::index
