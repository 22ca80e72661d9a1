// What the processor at hand can do, and which kernels run on it.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace kindred {

/// A kernel has a variant for some of the instruction sets. A variant is compared with the scalar
/// reference once in a process, before its first use; one that gives something else is left out
/// with a warning, and the next lower one is taken.
struct KernelChoice {
  std::string kernel;               ///< "matmul int8", "attention", …
  std::string instruction_set;      ///< of the variant that is used
  std::vector<std::string> proven;  ///< sets whose variants gave what the reference gives
  std::vector<std::string> wrong;   ///< sets whose variants did not
};

struct Machine {
  int processors = 0;  ///< that this process may run on
  int cores = 0;       ///< physical ones of them, within the control group's limit
  /// That the processor and the operating system support, the lowest first.
  std::vector<std::string> instruction_sets;
  std::string highest;  ///< that is used: the last of them, or what `limit_instruction_set` named
  std::vector<KernelChoice> kernels;
};

/// Proves every variant up to `highest` that has not been proven yet. Thread-safe.
Machine machine();

/// From now on nothing that is opened uses a higher set than this (scalar, avx2, avx512,
/// avx512bf16, amx), encoders and indexes alike. Thread-safe. Errors: bad_input for another name.
void limit_instruction_set(const std::string& name);

/// Given one line each time the library has something to say although it goes on.
using WarningHandler = std::function<void(const std::string&)>;

/// An empty handler (the default) writes the line to standard error. The handler may be called from
/// any thread, one call at a time, and must not cause warnings itself. Thread-safe.
void set_warning_handler(WarningHandler handler);

}  // namespace kindred
