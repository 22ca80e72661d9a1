// Processes that are threads of one, for tests.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>

#include <barrier>
#include <functional>
#include <thread>
#include <vector>

#include "train/processes.h"

namespace kindred::train {

/// What the threads share.
struct Meeting {
  explicit Meeting(int size) : barrier(size), slots(static_cast<std::size_t>(size)) {}
  std::barrier<> barrier;
  std::vector<at::Tensor> slots;
};

class ThreadProcess final : public Processes {
 public:
  ThreadProcess(int rank, Meeting& meeting) : rank_(rank), meeting_(meeting) {}
  int rank() const override { return rank_; }
  int size() const override { return static_cast<int>(meeting_.slots.size()); }
  void sum(at::Tensor& tensor) override {
    const std::vector<at::Tensor> all = exchange(tensor);
    at::Tensor total = all[0].clone();
    for (std::size_t i = 1; i < all.size(); ++i) total.add_(all[i]);
    meeting_.barrier.arrive_and_wait();
    tensor.detach().copy_(total);
  }
  void broadcast(at::Tensor& tensor, int root) override {
    const at::Tensor value = exchange(tensor)[static_cast<std::size_t>(root)].clone();
    meeting_.barrier.arrive_and_wait();
    tensor.detach().copy_(value);
  }
  at::Tensor gather_rows(const at::Tensor& rows) override {
    const at::Tensor all = at::cat(exchange(rows));
    meeting_.barrier.arrive_and_wait();
    return all;
  }
  void barrier() override { meeting_.barrier.arrive_and_wait(); }

 private:
  std::vector<at::Tensor> exchange(const at::Tensor& tensor) {
    meeting_.slots[static_cast<std::size_t>(rank_)] = tensor.detach();
    meeting_.barrier.arrive_and_wait();
    return meeting_.slots;
  }
  int rank_;
  Meeting& meeting_;
};

/// Runs `work` as each of `size` processes.
inline void run_as_processes(int size, const std::function<void(Processes&)>& work) {
  Meeting meeting(size);
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank)
    threads.emplace_back([&, rank] {
      ThreadProcess process(rank, meeting);
      work(process);
    });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace kindred::train
