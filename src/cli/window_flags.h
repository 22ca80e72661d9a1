// Long texts by windows: --window, --stride and --join.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "cli/command.h"
#include "kindred/encoder.h"

namespace kindred::cli {

struct WindowFlags {
  std::optional<std::size_t> window;
  std::optional<std::size_t> stride;
  std::optional<std::string> join;

  /// The group "Windows"; `rows_help` says what becomes of a vector a window.
  void add(Command& command, const std::string& rows_help);
  /// Unset without --window. Errors: bad_input.
  std::optional<WindowOptions> options() const;
};

}  // namespace kindred::cli
