// A lock shared by readers that does not let them keep a writer waiting for ever.
#pragma once

#include <mutex>
#include <shared_mutex>

namespace kindred::search {

/// std::shared_mutex may prefer readers without end. Here a reader that comes after a waiting
/// writer waits for it.
class FairMutex {
 public:
  void lock() {
    const std::lock_guard turn(turn_);
    mutex_.lock();
  }
  void unlock() { mutex_.unlock(); }
  void lock_shared() {
    const std::lock_guard turn(turn_);
    mutex_.lock_shared();
  }
  void unlock_shared() { mutex_.unlock_shared(); }

 private:
  std::mutex turn_;
  std::shared_mutex mutex_;
};

}  // namespace kindred::search
