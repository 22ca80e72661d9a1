// What the processor at hand can do.
#pragma once

#include <string_view>

namespace kindred {

/// Instruction sets that kernels are written for, each containing those before it.
enum class Isa {
  scalar,      ///< portable C++: the reference that every other variant is tested against
  avx2,        ///< AVX2 + FMA + F16C
  avx512,      ///< AVX-512 F/BW/DQ/VL + VNNI
  avx512bf16,  ///< + AVX512_BF16
  amx,         ///< + AMX tile, int8, bf16
};

std::string_view to_string(Isa isa) noexcept;

/// The best set that both the processor and the operating system support (for AMX: after the
/// kernel granted the tile state to this process). Measured once, thread-safe.
Isa best_isa() noexcept;

/// All sets up to `best_isa()` can run.
inline bool can_run(Isa isa) noexcept {
  return isa <= best_isa();
}

/// Processors that this process may run on, at least 1.
int available_cpus() noexcept;

/// Physical cores that this process may use, at least 1: its processors with hardware siblings
/// counted once, and no more than the processor time that its control group grants (a container's
/// limit). What a compute-bound thread pool should have.
int available_cores() noexcept;

}  // namespace kindred
