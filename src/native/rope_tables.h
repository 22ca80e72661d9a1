// The rotary tables of a model, grown to the longest sequence seen. Tested by executor_test.cc.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "kernels/rope.h"
#include "model/spec.h"

namespace kindred::native {

/// Threads: `get` may run concurrently; a table that was handed out never changes.
class RopeTables {
 public:
  explicit RopeTables(const std::vector<model::RopeSpec>& specs);

  /// A table of set `index` for at least `positions` positions.
  std::shared_ptr<const kernels::RopeTable> get(std::size_t index, std::size_t positions);

 private:
  std::vector<model::RopeSpec> specs_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<const kernels::RopeTable>> tables_;  // guarded by mutex_
};

}  // namespace kindred::native
