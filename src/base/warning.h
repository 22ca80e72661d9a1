// What a person should hear of although the work goes on.
#pragma once

#include <fmt/format.h>

#include <string_view>

#include "kindred/machine.h"

namespace kindred {

/// One line to the handler that `set_warning_handler` named, standard error unless there is one.
/// Thread-safe.
void warn_line(const std::string& message);

template <typename... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  warn_line(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace kindred
