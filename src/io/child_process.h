// A process that works until it is killed. For tests only.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <new>
#include <stdexcept>
#include <string_view>

namespace kindred::io {

class ChildProcess {
 public:
  /// `work` never returns; what it stores in `progress` is seen here.
  explicit ChildProcess(const std::function<void(std::atomic<std::uint64_t>& progress)>& work) {
    void* shared = ::mmap(nullptr, sizeof(std::atomic<std::uint64_t>), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) throw std::runtime_error("no shared memory");
    progress_ = new (shared) std::atomic<std::uint64_t>(0);
    child_ = ::fork();
    if (child_ < 0) throw std::runtime_error("no process");
    if (child_ > 0) return;
    try {
      work(*progress_);
    } catch (const std::exception& error) {
      const std::string_view what = error.what();
      (void)!::write(STDERR_FILENO, what.data(), what.size());
    }
    ::_exit(2);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess() {
    ::kill(child_, SIGKILL);
    int status = 0;
    ::waitpid(child_, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the process ended by itself";
    ::munmap(progress_, sizeof(*progress_));
  }

  std::uint64_t progress() const { return progress_->load(); }

 private:
  std::atomic<std::uint64_t>* progress_ = nullptr;
  pid_t child_ = -1;
};

}  // namespace kindred::io
