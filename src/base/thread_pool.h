// A fixed set of threads that run the parts of one job at a time. Tested by thread_pool_test.cc.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace kindred {

/// Runs `fn(part, thread)` for every part of a job, on the caller's thread and `threads - 1` of its
/// own. Workers spin briefly between jobs (a forward pass is dozens of jobs some 20 µs apart), then
/// sleep. Each worker is pinned to one processor of the process's set when `pin` is set.
///
/// Threads: `run` may be called from several threads; jobs are run one after another. A part must
/// not call `run` on the same pool. An exception of a part is rethrown by `run` after all parts
/// ended.
class ThreadPool {
 public:
  explicit ThreadPool(int threads = 1, bool pin = false);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const noexcept { return threads_; }

  /// `thread` is in [0, threads()): an index for per-thread scratch. Parts are handed out in order.
  void run(std::size_t parts, const std::function<void(std::size_t part, int thread)>& fn);

 private:
  struct State;
  int threads_;
  std::unique_ptr<State> state_;  // null when threads_ == 1
};

}  // namespace kindred
