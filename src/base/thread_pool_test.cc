#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace kindred {
namespace {

TEST(ThreadPool, RunsEveryPartOnce) {
  for (int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    for (std::size_t parts : {0, 1, 2, 7, 1000}) {
      std::vector<std::atomic<int>> hits(parts);
      pool.run(parts, [&](std::size_t part, int thread) {
        EXPECT_LT(thread, threads);
        hits[part]++;
      });
      for (auto& hit : hits) EXPECT_EQ(hit.load(), 1);
    }
  }
}

TEST(ThreadPool, RethrowsAndStaysUsable) {
  ThreadPool pool(3);
  EXPECT_THROW(pool.run(10,
                        [](std::size_t part, int) {
                          if (part == 4) throw std::runtime_error("part 4");
                        }),
               std::runtime_error);
  std::atomic<int> sum{0};
  pool.run(10, [&](std::size_t part, int) { sum += static_cast<int>(part); });
  EXPECT_EQ(sum, 45);
}

TEST(ThreadPool, SerialisesConcurrentJobs) {
  ThreadPool pool(2);
  std::atomic<int> total{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c)
    callers.emplace_back([&] {
      for (int i = 0; i < 200; ++i) pool.run(3, [&](std::size_t, int) { total++; });
    });
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(total, 4 * 200 * 3);
}

}  // namespace
}  // namespace kindred
