// Standard output and the terminal: the only place that writes to them.
#pragma once

#include <cstdio>
#include <string_view>

#include <fmt/format.h>

namespace kindred::cli {

/// Writes to standard output: the bytes as they are, or to a terminal what it can show of them (see
/// printable). Errors: exhausted when it cannot be written (disk full); a closed
/// pipe ends the program quietly, as for any filter.
void write_out(std::string_view text);

template <typename... Args>
void print(fmt::format_string<Args...> format, Args&&... args) {
  write_out(fmt::format(format, std::forward<Args>(args)...));
}

/// Thrown by a command that was stopped by SIGINT or SIGTERM after it left everything resumable.
struct Interrupted {};
constexpr int kInterruptedStatus = 130;

/// From now on SIGINT and SIGTERM set a flag instead of ending the program; a second one ends it.
void catch_interrupts();
bool interrupted();

/// Flushes what was written. Errors: exhausted.
void flush_out();

bool stderr_is_terminal();

/// One line on standard error, made printable.
void note(std::string_view text);

}  // namespace kindred::cli
