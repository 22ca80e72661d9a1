// Products against double precision.
#include "kernels/matmul.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace kindred::kernels {
namespace {

TEST(Matmul, Basic) {
  ThreadPool pool(2);
  std::mt19937 rng(1);
  std::normal_distribution<float> d;
  for (WeightType type : {WeightType::fp32, WeightType::bf16, WeightType::int8})
    for (std::size_t m : {1, 2, 3, 5, 7, 20, 70, 300})
      for (std::size_t n : {16, 50, 384})
        for (std::size_t k : {48, 101, 384}) {
          std::vector<float> w(n * k), x(m * k), y(m * n), b(n);
          for (float& v : w) v = d(rng);
          for (float& v : x) v = d(rng);
          for (float& v : b) v = d(rng);
          auto p = PackedMatrix::pack(n, k, type, false, [&](std::size_t r, float* o) {
            std::copy_n(w.data() + r * k, k, o);
          });
          matmul(x.data(), m, k, p, {.bias = b.data(), .activation = MatmulActivation::gelu_erf},
                 y.data(), n, pool);
          for (std::size_t i = 0; i < m; ++i)
            for (std::size_t j = 0; j < n; ++j) {
              double s = b[j];
              for (std::size_t q = 0; q < k; ++q) s += double(x[i * k + q]) * w[j * k + q];
              s = 0.5 * s * std::erfc(-s / std::sqrt(2.0));
              ASSERT_NEAR(y[i * n + j], s, (type == WeightType::fp32 ? 1e-5 : 5e-2) * std::sqrt(k)) << m << " " << n << " " << k;
            }
        }
}

}  // namespace
}  // namespace kindred::kernels
