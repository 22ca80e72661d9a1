// The variants of one kernel, an instruction set each, and the proof that stands before their use.
// Tested by variants_test.cc.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/cpu.h"
#include "base/warning.h"

namespace kindred::kernels {

/// `Variant` is a pointer (to a function, or to a table of them). No machine has run every variant
/// on every processor; so each is compared with the scalar reference when it is first chosen in a
/// process, and left out, with a warning, where it gives something else.
///
/// Threads: `choose` may be called from any.
template <typename Variant>
class Variants {
 public:
  /// True where `candidate` gives what the scalar reference gives on a small input (some 100 µs).
  using Proof = bool (*)(Variant candidate);

  /// Of a kernel without a variant for some set, the next lower set's is taken.
  constexpr Variants(std::string_view name, Proof proof, Variant scalar, Variant avx2,
                     Variant avx512, Variant avx512bf16 = nullptr, Variant amx = nullptr)
      : name_(name), proof_(proof), variants_{scalar, avx2, avx512, avx512bf16, amx} {}

  /// The variant of the highest set, `isa` at most, that is there and right.
  Variant choose(Isa isa) const {
    const Variant chosen = chosen_[index_of(isa)].load(std::memory_order_acquire);
    return chosen != nullptr ? chosen : first_choice(isa);
  }

  /// The set whose variant `choose(isa)` gives.
  Isa chosen_isa(Isa isa) const {
    for (std::size_t i = index_of(isa); i > 0; --i)
      if (variants_[i] != nullptr && is_right(i)) return kAllIsas[i];
    return Isa::scalar;
  }

  /// Proves every variant up to `isa`, and gives the sets of those that are, or are not, `right`.
  std::vector<Isa> proven(Isa isa, bool right) const {
    std::vector<Isa> found;
    for (std::size_t i = 1; i <= index_of(isa); ++i)
      if (variants_[i] != nullptr && is_right(i) == right) found.push_back(kAllIsas[i]);
    return found;
  }

  std::string_view name() const { return name_; }

 private:
  enum class State : std::uint8_t { unknown, right, wrong };

  static std::size_t index_of(Isa isa) { return static_cast<std::size_t>(isa); }

  Variant first_choice(Isa isa) const {
    const Variant chosen = variants_[index_of(chosen_isa(isa))];
    chosen_[index_of(isa)].store(chosen, std::memory_order_release);
    return chosen;
  }

  // Two threads may prove the same variant at once; they find the same, and one warns.
  bool is_right(std::size_t i) const {
    State state = states_[i].load(std::memory_order_acquire);
    if (state != State::unknown) return state == State::right;
    const State found = proof_(variants_[i]) ? State::right : State::wrong;
    const bool first = states_[i].compare_exchange_strong(state, found, std::memory_order_acq_rel);
    if (first && found == State::wrong)
      warn(
          "the {} kernel for {} gives other results than the scalar reference on this processor; "
          "it is left out ('kindred version' lists what is used; please report it)",
          name_, to_string(kAllIsas[i]));
    return found == State::right;
  }

  std::string_view name_;
  Proof proof_;
  std::array<Variant, kAllIsas.size()> variants_;
  mutable std::array<std::atomic<State>, kAllIsas.size()> states_{};
  mutable std::array<std::atomic<Variant>, kAllIsas.size()> chosen_{};
};

}  // namespace kindred::kernels
