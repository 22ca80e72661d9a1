// vector_generator ROWS DIMENSION SEED OUT.npy [LIKE.npy]: unit vectors that
// are distributed as embeddings of texts are.
//
// Without LIKE.npy: the mixture of mixture.h. With it: rows are drawn around
// real vectors x as x + a · (y - z), y and z two others of the 64 nearest to x
// in a random sample, so that their local covariance is kept.
//
// Seeds share the mixture (so queries of another seed are of the same
// distribution) but no row.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/cpu.h"
#include "base/random.h"
#include "base/thread_pool.h"
#include "bench/mixture.h"
#include "io/vector_reader.h"
#include "io/vector_writer.h"
#include "kernels/topk.h"

namespace {

using kindred::Random;
using kindred::ThreadPool;
using kindred::bench::Mixture;
using kindred::bench::normalise;

constexpr std::size_t kBlock = 8192;

/// Rows around real vectors.
class Around {
 public:
  Around(const std::string& path, std::uint64_t seed, ThreadPool& pool) : seed_(seed) {
    const auto reader = kindred::io::VectorReader::open(path);
    d_ = reader.dimensions();
    count_ = std::min<std::size_t>(reader.rows(), 100000);
    x_.resize(count_ * d_);
    reader.read_rows(0, count_, x_.data());
    for (std::size_t r = 0; r < count_; ++r) normalise(x_.data() + r * d_, d_);
    near_ = kindred::kernels::top_k(x_.data(), count_, x_.data(), count_, d_, kNear, pool).indices;
  }
  std::size_t dimension() const { return d_; }

  void row(std::size_t index, float* out) const {
    Random random = Random(seed_).split(index);
    const std::size_t at = random.below(count_);
    const std::uint32_t* near = near_.data() + at * kNear;
    const float* x = x_.data() + at * d_;
    const float* y = x_.data() + near[random.below(kNear)] * d_;
    const float* z = x_.data() + near[random.below(kNear)] * d_;
    const auto a = static_cast<float>(0.3 + 0.5 * random.uniform());
    for (std::size_t i = 0; i < d_; ++i) out[i] = x[i] + a * (y[i] - z[i]);
    normalise(out, d_);
  }

 private:
  static constexpr std::size_t kNear = 64;
  std::uint64_t seed_;
  std::size_t d_ = 0, count_ = 0;
  std::vector<float> x_;
  std::vector<std::uint32_t> near_;
};

template <typename Model>
void write(const Model& model, std::size_t rows, std::size_t d, const std::string& path,
           ThreadPool& pool) {
  const auto writer = kindred::io::VectorWriter::create(path, {.dimensions = d});
  std::vector<float> block(kBlock * d);
  for (std::size_t begin = 0; begin < rows; begin += kBlock) {
    const std::size_t count = std::min(kBlock, rows - begin);
    pool.run(count, [&](std::size_t r, int) { model.row(begin + r, block.data() + r * d); });
    writer->append(std::as_bytes(std::span(block).first(count * d)));
  }
  writer->finish();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    fmt::print(stderr, "usage: vector_generator ROWS DIMENSION SEED OUT.npy [LIKE.npy]\n");
    return 2;
  }
  const std::size_t rows = std::strtoull(argv[1], nullptr, 10);
  const std::size_t d = std::strtoull(argv[2], nullptr, 10);
  const std::uint64_t seed = std::strtoull(argv[3], nullptr, 10);
  ThreadPool pool(kindred::available_cores());
  try {
    if (argc > 5) {
      const Around model(argv[5], seed, pool);
      write(model, rows, model.dimension(), argv[4], pool);
    } else {
      write(Mixture(d, seed), rows, d, argv[4], pool);
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "vector_generator: {}\n", error.what());
    return 1;
  }
  return 0;
}
