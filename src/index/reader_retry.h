// Reading what a writer in another process is changing. Tested by reader_test.cc.
#pragma once

#include "kindred/error.h"

namespace kindred::index {

/// Gives `attempt` the state that `look` sees until it succeeds: a writer may replace the manifest
/// and remove files between a reader's look at it and at them. Gives up when the attempt fails
/// although nothing has changed. Errors: those of the last attempt.
template <typename Look, typename Attempt>
auto retry_while_it_changes(const Look& look, const Attempt& attempt) {
  // A log that is read while it is appended to may look damaged once, with the manifest unchanged.
  constexpr int kTries = 100, kUnchanged = 2;
  int unchanged = 0;
  for (int tries = 1;; ++tries) {
    const auto before = look();
    try {
      return attempt(before);
    } catch (const Error&) {
      if (look() == before) ++unchanged;
      if (tries == kTries || unchanged > kUnchanged) throw;
    }
  }
}

}  // namespace kindred::index
