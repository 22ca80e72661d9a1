#include "train/initial.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "base/random.h"

namespace kindred::train {
namespace {

Random generator(std::uint64_t seed, std::string_view name) {
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return Random(seed ^ hash);
}

template <typename Draw>
at::Tensor filled(at::IntArrayRef shape, const Draw& draw) {
  at::Tensor tensor = at::empty(shape, at::kFloat);
  auto* values = tensor.data_ptr<float>();
  for (std::int64_t i = 0; i < tensor.numel(); ++i) values[i] = static_cast<float>(draw());
  return tensor;
}

}  // namespace

at::Tensor random_normal(at::IntArrayRef shape, double deviation, std::uint64_t seed,
                         std::string_view name) {
  Random random = generator(seed, name);
  return filled(shape, [&] { return deviation * random.normal(); });
}

at::Tensor random_projection(std::int64_t out, std::int64_t in, std::uint64_t seed,
                             std::string_view name) {
  Random random = generator(seed, name);
  const double bound = 1.0 / std::sqrt(static_cast<double>(in));
  return filled({out, in}, [&] { return bound * (2.0 * random.uniform() - 1.0); });
}

at::Tensor zeros_of(at::IntArrayRef shape, at::Device device) {
  return at::zeros(shape, at::TensorOptions(at::kFloat).device(device));
}

}  // namespace kindred::train
