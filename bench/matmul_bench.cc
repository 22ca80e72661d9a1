// Question: how near to the processor's limit are our matrix products, and how do they compare with
// oneDNN's? Prints a table; with oneDNN absent, our figures alone.
//   matmul_bench [--rows 1,8,…] [--shape n,k]… [--threads 1,2] [--precision fp32,int8]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "bench/matmul_peer.h"
#include "bench/peak.h"
#include "kernels/matmul.h"

namespace {

using kindred::kernels::Epilogue;
using kindred::kernels::MatmulActivation;
using kindred::kernels::PackedMatrix;
using kindred::kernels::WeightType;

struct Shape {
  std::size_t n, k;
  bool gelu;  // the encoder's widening product ends in one
};

struct Case {
  Shape shape;
  std::size_t m;
  int threads;
  std::string precision;
  double ours = 0.0;  // 1e9 operations/s, an addition and a multiplication being two
  double peer = 0.0;
};

/// Seconds a call takes: the median of rounds that last about 3 ms each.
template <typename F>
double seconds_per_call(const F& call) {
  using Clock = std::chrono::steady_clock;
  const auto time = [&](std::size_t calls) {
    const auto start = Clock::now();
    for (std::size_t i = 0; i < calls; ++i) call();
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  time(3);
  std::size_t calls = 1;
  while (time(calls) < 3e-3) calls *= 2;
  std::vector<double> rounds(15);
  for (double& round : rounds) round = time(calls) / static_cast<double>(calls);
  std::nth_element(rounds.begin(), rounds.begin() + 7, rounds.end());
  return rounds[7];
}

struct Data {
  std::vector<float> x, w, bias, y;

  Data(const Shape& shape, std::size_t m)
      : x(m * shape.k), w(shape.n * shape.k), bias(shape.n), y(m * shape.n) {
    std::mt19937 generator(7);
    std::normal_distribution<float> normal;
    for (float& value : x) value = normal(generator);
    for (float& value : w) value = 0.05F * normal(generator);
    for (float& value : bias) value = normal(generator);
  }
};

double operations(const Case& c) {
  return 2.0 * static_cast<double>(c.m) * static_cast<double>(c.shape.n) *
         static_cast<double>(c.shape.k);
}

double measure_ours(const Case& c, Data& data) {
  const WeightType type = c.precision == "fp32"   ? WeightType::fp32
                          : c.precision == "bf16" ? WeightType::bf16
                                                  : WeightType::int8;
  const auto matrix =
      PackedMatrix::pack(c.shape.n, c.shape.k, type, false, [&](std::size_t row, float* out) {
        std::copy_n(data.w.data() + row * c.shape.k, c.shape.k, out);
      });
  kindred::ThreadPool pool(c.threads);
  const Epilogue epilogue{
      .bias = data.bias.data(),
      .activation = c.shape.gelu ? MatmulActivation::gelu_erf : MatmulActivation::none};
  const double seconds = seconds_per_call([&] {
    kindred::kernels::matmul(data.x.data(), c.m, c.shape.k, matrix, epilogue, data.y.data(),
                             c.shape.n, pool);
  });
  return operations(c) / seconds * 1e-9;
}

double measure_peer(const Case& c, Data& data) {
  const auto product =
      kindred::bench::make_peer_product({.m = c.m,
                                         .n = c.shape.n,
                                         .k = c.shape.k,
                                         .gelu = c.shape.gelu,
                                         .precision = c.precision,
                                         .threads = c.threads},
                                        data.x.data(), data.w.data(), data.bias.data());
  if (!product) return 0.0;
  return operations(c) / seconds_per_call([&] { product(data.y.data()); }) * 1e-9;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  return parts;
}

std::vector<std::size_t> numbers(const std::string& text) {
  std::vector<std::size_t> result;
  for (const std::string& part : split(text)) result.push_back(std::stoul(part));
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<Shape> shapes;
  std::vector<std::size_t> rows{1, 8, 20, 64, 128, 512, 2048};
  std::vector<std::size_t> threads{1, 2};
  std::vector<std::string> precisions{"fp32", "bf16", "int8"};
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--rows") rows = numbers(argv[i + 1]);
    if (name == "--threads") threads = numbers(argv[i + 1]);
    if (name == "--precision") precisions = split(argv[i + 1]);
    if (name == "--shape") {
      const auto sizes = numbers(argv[i + 1]);
      shapes.push_back({sizes.at(0), sizes.at(1), sizes.at(0) > sizes.at(1) * 3});
    }
  }
  if (shapes.empty())
    shapes = {{1152, 384, false}, {384, 384, false},  {1536, 384, true},
              {384, 1536, false}, {1536, 576, false}, {576, 1536, false}};

  std::vector<Case> cases;
  for (const std::string& precision : precisions)
    for (const Shape& shape : shapes)
      for (const std::size_t t : threads)
        for (const std::size_t m : rows)
          cases.push_back({shape, m, static_cast<int>(t), precision});
  // Ours first: the peer's threads go on spinning for a while after each of its products.
  for (Case& c : cases) {
    Data data(c.shape, c.m);
    c.ours = measure_ours(c, data);
  }
  std::vector<kindred::bench::Peak> peaks;
  for (const std::size_t t : threads)
    peaks.push_back(kindred::bench::measure_peak(static_cast<int>(t)));
  for (Case& c : cases) {
    Data data(c.shape, c.m);
    c.peer = measure_peer(c, data);
  }

  const auto peak_of = [&](const Case& c) {
    const auto& peak = peaks[static_cast<std::size_t>(
        std::find(threads.begin(), threads.end(), static_cast<std::size_t>(c.threads)) -
        threads.begin())];
    return c.precision == "fp32" ? peak.fp32 : c.precision == "bf16" ? peak.bf16 : peak.int8;
  };
  std::printf("instruction set: %s\n", std::string(to_string(kindred::best_isa())).c_str());
  for (std::size_t i = 0; i < threads.size(); ++i)
    std::printf("peak with %zu threads: fp32 %.0f, bf16 %.0f, int8 %.0f GOPS\n", threads[i],
                peaks[i].fp32, peaks[i].bf16, peaks[i].int8);
  std::printf("%-6s %5s %5s %3s %5s | %8s %8s %8s %6s\n", "", "n", "k", "thr", "m", "ours",
              "of peak", "oneDNN", "ratio");
  for (const Case& c : cases)
    std::printf("%-6s %5zu %5zu %3d %5zu | %8.1f %7.0f%% %8.1f %6.2f\n", c.precision.c_str(),
                c.shape.n, c.shape.k, c.threads, c.m, c.ours, 100.0 * c.ours / peak_of(c), c.peer,
                c.peer > 0.0 ? c.ours / c.peer : 0.0);
}
