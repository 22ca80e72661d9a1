#include "base/thread_pool.h"

#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace kindred {
namespace {

inline void relax() noexcept {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

// Long enough to bridge the gaps inside a forward pass, short enough not to burn an idle server.
constexpr auto kSpin = std::chrono::microseconds(60);

void pin_to_processor(int index) noexcept {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return;
  const int count = CPU_COUNT(&allowed);
  if (count < 1) return;
  int wanted = index % count;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed) || wanted-- > 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
    return;
  }
}

}  // namespace

struct ThreadPool::State {
  std::mutex job_mutex;  // one job at a time
  const std::function<void(std::size_t, int)>* fn = nullptr;
  std::size_t parts = 0;
  std::atomic<std::size_t> next{0};
  std::atomic<std::uint32_t> generation{0};  // a new value starts a job
  std::atomic<int> working{0};               // workers that have not ended the current job
  std::atomic<bool> stop{false};
  std::mutex error_mutex;
  std::exception_ptr error;
  std::vector<std::thread> workers;

  void work(int thread) {
    for (std::size_t part; (part = next.fetch_add(1, std::memory_order_relaxed)) < parts;) {
      try {
        (*fn)(part, thread);
      } catch (...) {
        const std::lock_guard lock(error_mutex);
        if (!error) error = std::current_exception();
      }
    }
  }

  void loop(int thread, bool pin) {
    if (pin) pin_to_processor(thread);
    std::uint32_t seen = 0;
    while (true) {
      const auto until = std::chrono::steady_clock::now() + kSpin;
      while (generation.load(std::memory_order_acquire) == seen) {
        relax();
        if (std::chrono::steady_clock::now() > until)
          generation.wait(seen, std::memory_order_acquire);
      }
      seen = generation.load(std::memory_order_acquire);
      if (stop.load(std::memory_order_acquire)) return;
      work(thread);
      if (working.fetch_sub(1, std::memory_order_acq_rel) == 1) working.notify_one();
    }
  }
};

ThreadPool::ThreadPool(int threads, bool pin) : threads_(threads < 1 ? 1 : threads) {
  if (threads_ == 1) return;
  state_ = std::make_unique<State>();
  for (int i = 1; i < threads_; ++i)
    state_->workers.emplace_back([this, i, pin] { state_->loop(i, pin); });
}

ThreadPool::~ThreadPool() {
  if (!state_) return;
  state_->stop.store(true, std::memory_order_release);
  state_->generation.fetch_add(1, std::memory_order_acq_rel);
  state_->generation.notify_all();
  for (std::thread& worker : state_->workers) worker.join();
}

void ThreadPool::run(std::size_t parts, const std::function<void(std::size_t, int)>& fn) {
  if (!state_ || parts <= 1) {
    for (std::size_t part = 0; part < parts; ++part) fn(part, 0);
    return;
  }
  State& s = *state_;
  const std::lock_guard job(s.job_mutex);
  s.fn = &fn;
  s.parts = parts;
  s.error = nullptr;
  s.next.store(0, std::memory_order_relaxed);
  s.working.store(threads_ - 1, std::memory_order_relaxed);
  s.generation.fetch_add(1, std::memory_order_acq_rel);
  s.generation.notify_all();
  s.work(0);
  const auto until = std::chrono::steady_clock::now() + kSpin;
  for (int left; (left = s.working.load(std::memory_order_acquire)) != 0;) {
    relax();
    if (std::chrono::steady_clock::now() > until) s.working.wait(left, std::memory_order_acquire);
  }
  if (s.error) std::rethrow_exception(s.error);
}

}  // namespace kindred
