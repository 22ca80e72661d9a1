#include "cli/console.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/error.h"
#include "base/printable.h"

namespace kindred::cli {
namespace {

std::atomic<bool> stop_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int) {
  stop_asked.store(true);
}

}  // namespace

void catch_interrupts() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() {
  return stop_asked.load();
}

void write_out(std::string_view text) {
  static const bool to_terminal = isatty(STDOUT_FILENO) != 0;
  const std::string shown = to_terminal ? printable(text, "\n\t") : std::string();
  if (to_terminal) text = shown;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size())
    fail(ErrorKind::exhausted, "standard output cannot be written: {}", std::strerror(errno));
}

void flush_out() {
  if (std::fflush(stdout) != 0)
    fail(ErrorKind::exhausted, "standard output cannot be written: {}", std::strerror(errno));
}

bool stderr_is_terminal() {
  return isatty(STDERR_FILENO) != 0;
}

void note(std::string_view text) {
  fmt::print(stderr, "{}\n", printable(text));
}

}  // namespace kindred::cli
