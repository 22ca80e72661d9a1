// Raising kindred::Error with a formatted message.
#pragma once

#include <fmt/format.h>

#include "kindred/error.h"

namespace kindred {

/// Throws Error. The message should say what, where, the likely cause and the next step.
template <typename... Args>
[[noreturn]] void fail(ErrorKind kind, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(kind, fmt::format(format, std::forward<Args>(args)...));
}

/// Throws ErrorKind::internal unless `condition`: for bugs of ours, never for input.
inline void require(bool condition, const char* what) {
  if (!condition) [[unlikely]]
    throw Error(ErrorKind::internal, std::string("internal: ") + what);
}

}  // namespace kindred
