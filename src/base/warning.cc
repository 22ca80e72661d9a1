#include "base/warning.h"

#include <cstdio>
#include <mutex>
#include <utility>

namespace kindred {
namespace {

std::mutex mutex;
WarningHandler handler;  // guarded by mutex

}  // namespace

void set_warning_handler(WarningHandler given) {
  const std::lock_guard lock(mutex);
  handler = std::move(given);
}

void warn_line(const std::string& message) {
  const std::lock_guard lock(mutex);
  if (handler)
    handler(message);
  else
    std::fprintf(stderr, "kindred: warning: %s\n", message.c_str());
}

}  // namespace kindred
