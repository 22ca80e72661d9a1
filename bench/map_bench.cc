// How long a map of vectors takes and how much of their neighbourhoods it keeps.
//
// Usage: map_bench VECTORS.npy THREADS SEED [OUT.npy]
// One JSON line: {"seconds", "neighbors" (seconds of them), "trustworthiness" (of 15, by cosine)}.
// Beside umap-learn: bench/map.py.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/thread_pool.h"
#include "estimators/neighbor_graph.h"
#include "estimators/trustworthiness.h"
#include "estimators/umap.h"
#include "io/npy.h"
#include "io/vector_reader.h"
#include "kindred/error.h"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

int measure(int argc, char** argv) {
  using namespace kindred::estimators;
  const auto file = kindred::io::VectorReader::open(argv[1]);
  std::vector<float> x(file.rows() * file.dimensions());
  file.read_rows(0, file.rows(), x.data());
  kindred::ThreadPool pool(std::atoi(argv[2]));
  UmapOptions options;
  options.seed = static_cast<std::uint64_t>(std::atoll(argv[3]));
  const auto start = Clock::now();
  const MetricSpace space(x.data(), file.rows(), file.dimensions(), options.distance, pool);
  const NeighborGraph neighbors = neighbor_graph(space, options.neighbors - 1, pool);
  const double of_neighbors = seconds_since(start);
  const std::vector<float> map = umap(space, neighbors, options, pool);
  const double seconds = seconds_since(start);
  const bool ranked = file.rows() <= 50'000;  // it compares every row with every other
  std::printf("{\"seconds\": %.2f, \"neighbors\": %.2f, \"trustworthiness\": %.4f}\n", seconds,
              of_neighbors, ranked ? trustworthiness(space, map.data(), 2, 15, pool) : 0.0);
  if (argc > 4)
    kindred::io::write_npy(argv[4], kindred::io::DType::f32,
                           std::array<std::size_t, 2>{file.rows(), 2},
                           std::as_bytes(std::span(map)));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("usage: map_bench VECTORS.npy THREADS SEED [OUT.npy]\n", stderr);
    return 2;
  }
  try {
    return measure(argc, argv);
  } catch (const kindred::Error& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
