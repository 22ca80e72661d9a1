// InfoNCE in tiles beside the whole matrix: seconds and the peak of memory over inputs and
// gradients, of one forward and backward. One way a process, since a peak never falls.
//
// Usage: loss_bench tiles|whole ROWS [DIMENSIONS = 768] [THREADS = 1]
#include <ATen/Parallel.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "train/info_nce.h"

namespace {

using namespace kindred;

constexpr double kTemperature = 0.02;

/// Pairs, each text with a key of its own and one that some two share.
recipe::Batch pairs(std::uint32_t rows) {
  recipe::Batch batch;
  batch.anchors.resize(rows);
  batch.passages.resize(rows);
  for (std::uint32_t i = 0; i < rows; ++i) {
    batch.anchors[i].keys = {i, 4'000'000'000U + i / 2};
    batch.passages[i].keys = {2'000'000'000U + i, 4'000'000'000U + i / 2};
    batch.positives.push_back({i});
  }
  return batch;
}

/// The same loss as sentence-transformers has it: the matrix, and its softmax, without masks.
at::Tensor whole(const at::Tensor& anchors, const at::Tensor& passages) {
  const at::Tensor scores =
      train::normalized(anchors).matmul(train::normalized(passages).t()).div(kTemperature);
  return scores.logsumexp({1}).sub(scores.diagonal()).mean();
}

double peak_gigabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024.0 / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string way = argc > 2 ? argv[1] : "";
  if (way != "tiles" && way != "whole") {
    fmt::print(stderr, "usage: loss_bench tiles|whole ROWS [DIMENSIONS] [THREADS]\n");
    return 1;
  }
  const long rows = std::atol(argv[2]);
  const long dimensions = argc > 3 ? std::atol(argv[3]) : 768;
  at::set_num_threads(argc > 4 ? std::atoi(argv[4]) : 1);

  const recipe::Batch batch = pairs(static_cast<std::uint32_t>(rows));
  const at::Tensor anchors = at::randn({rows, dimensions}).requires_grad_(true);
  const at::Tensor passages =
      at::randn({rows, dimensions}).add_(anchors.detach().mul(0.1)).requires_grad_(true);
  for (const at::Tensor& x : {anchors, passages}) x.mutable_grad() = x.detach().mul(0.0);
  const double before = peak_gigabytes();

  const auto start = std::chrono::steady_clock::now();
  const at::Tensor loss =
      way == "whole" ? whole(anchors, passages)
                     : train::InfoNce({.temperature = kTemperature})({.batch = batch,
                                                                      .anchors = anchors,
                                                                      .passages = passages,
                                                                      .begin = 0,
                                                                      .end = batch.anchors.size()});
  const auto middle = std::chrono::steady_clock::now();
  loss.backward();
  const auto end = std::chrono::steady_clock::now();
  const auto seconds = [](auto from, auto to) {
    return std::chrono::duration<double>(to - from).count();
  };
  const double n = static_cast<double>(rows);
  fmt::print(
      "{} {} x {}: loss {:.6f}, forward {:.2f} s, backward {:.2f} s, {:.1f} GFLOP/s, peak {:.2f} "
      "GB, "
      "{:.2f} GB over inputs and gradients\n",
      way, rows, dimensions, loss.item<double>(), seconds(start, middle), seconds(middle, end),
      (way == "whole" ? 3 : 4) * 2e-9 * n * n * static_cast<double>(dimensions) /
          seconds(start, end),
      peak_gigabytes(), peak_gigabytes() - before);
}
