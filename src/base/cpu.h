// What the processor at hand can do.
#pragma once

#include <array>
#include <string_view>

namespace kindred {

/// Instruction sets that kernels are written for, each containing those before it.
enum class Isa {
  scalar,      ///< portable C++: the reference that every other variant is tested against
  avx2,        ///< AVX2 + FMA + F16C + BMI2
  avx512,      ///< AVX-512 F/BW/DQ/VL + VNNI
  avx512bf16,  ///< + AVX512_BF16
  amx,         ///< + AMX tile, int8, bf16
};

inline constexpr std::array kAllIsas = {Isa::scalar, Isa::avx2, Isa::avx512, Isa::avx512bf16,
                                        Isa::amx};

std::string_view to_string(Isa isa) noexcept;
/// Errors: bad_input, listing the sets.
Isa parse_isa(std::string_view name);

/// The best set that both the processor and the operating system support (for AMX: after the
/// kernel granted the tile state to this process). Measured once, thread-safe.
Isa supported_isa() noexcept;

/// All sets up to `supported_isa()` can run.
inline bool can_run(Isa isa) noexcept {
  return isa <= supported_isa();
}

/// What kernels are chosen by where nothing else is asked: the supported set, or a lower one that
/// `limit_isa` named.
Isa best_isa() noexcept;

/// From now on `best_isa()` is `highest` at most. Thread-safe; what was opened before stays.
void limit_isa(Isa highest) noexcept;

/// Processors that this process may run on, at least 1.
int available_cpus() noexcept;

/// Physical cores that this process may use, at least 1: its processors with hardware siblings
/// counted once, and no more than the processor time that its control group grants (a container's
/// limit). What a compute-bound thread pool should have.
int available_cores() noexcept;

}  // namespace kindred
