// One writer a collection. Tested by writer_lock_test.cc.
#pragma once

#include <string>

#include "io/descriptor.h"

namespace kindred::index {

/// Held until destroyed, or until its process ends, however that happens.
class WriterLock {
 public:
  /// Locks the file LOCK in `directory`. Errors: bad_input while another holds it.
  static WriterLock take(const std::string& directory);

 private:
  explicit WriterLock(io::Descriptor file) : file_(std::move(file)) {}
  io::Descriptor file_;
};

}  // namespace kindred::index
