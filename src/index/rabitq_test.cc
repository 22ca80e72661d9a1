#include "index/rabitq.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "base/random.h"
#include "index/rotation.h"
#include "kernels/distance.h"

namespace kindred::index {
namespace {

std::vector<float> normal_vector(std::size_t d, double scale, Random& random) {
  std::vector<float> v(d);
  for (float& x : v) x = static_cast<float>(scale * random.normal());
  return v;
}

/// Errors of estimated scores in their standard deviations, over many rotations of the same
/// vectors.
struct Errors {
  double mean = 0.0, deviation = 0.0;
  double beyond_three = 0.0;  ///< share of errors of more than three
};

struct Trial {
  std::size_t d;
  Metric metric;
  unsigned refine_bits;  // 0: the signs
};

Errors measure(const Trial& trial) {
  Random random(21);
  const auto [d, metric, bits] = trial;
  const int rounds = 3000;
  double sum = 0.0, squares = 0.0;
  int beyond = 0;
  for (int round = 0; round < rounds; ++round) {
    const Rotation rotation(d, static_cast<std::uint64_t>(round));
    const std::size_t n = rotation.padded();
    // Residuals that are far from normal before the rotation: a few large values.
    std::vector<float> g0 = normal_vector(d, 1.0, random), x0 = g0, z0 = g0;
    for (int i = 0; i < 5; ++i) x0[random.below(d)] += static_cast<float>(3.0 * random.normal());
    const std::vector<float> away = normal_vector(d, 0.7, random);
    for (std::size_t i = 0; i < d; ++i) z0[i] += 0.3F * (x0[i] - g0[i]) + away[i];
    std::vector<float> g(n), x(n), z(n), r(n);
    rotation.apply(g0.data(), g.data());
    rotation.apply(x0.data(), x.data());
    rotation.apply(z0.data(), z.data());
    for (std::size_t i = 0; i < n; ++i) r[i] = x[i] - g[i];
    const float distance = kernels::squared_l2(z.data(), g.data(), n);
    const float base =
        metric == Metric::euclidean ? -distance : kernels::dot(z.data(), g.data(), n);
    const double exact = metric == Metric::euclidean ? -kernels::squared_l2(z.data(), x.data(), n)
                                                     : kernels::dot(z.data(), x.data(), n);
    const RabitqEncoder encoder(n, metric, bits);
    std::vector<std::uint64_t> signs(n / 64);
    const CodeFactors of_signs = encoder.encode_signs(r.data(), g.data(), 0.0F, signs.data());
    double score = 0.0, error = of_signs.scale * std::sqrt(distance);
    if (bits == 0) {
      double product = 0.0;
      for (std::size_t i = 0; i < n; ++i)
        product += (signs[i / 64] >> (i % 64) & 1) != 0 ? z[i] : -z[i];
      score = base + of_signs.addend + of_signs.scale * product;
      error *= sign_error(n);
    } else {
      std::vector<std::byte> row(encoder.refine_bytes());
      encoder.encode_refine(r.data(), g.data(), 0.0F, row.data());
      CodeFactors factors;
      std::memcpy(&factors, row.data(), sizeof(factors));
      std::vector<std::uint8_t> values(n);
      kernels::unpack_refine_code(row.data() + sizeof(factors), n, bits, values.data());
      const double middle = 0.5 * ((1 << bits) - 1);
      double product = 0.0;
      for (std::size_t i = 0; i < n; ++i) product += (values[i] - middle) * z[i];
      score = base + factors.addend + factors.scale * product;
      error *= refine_error(bits);
    }
    const double relative = (score - exact) / error;
    sum += relative;
    squares += relative * relative;
    beyond += std::abs(relative) > 3.0 ? 1 : 0;
  }
  return {sum / rounds, std::sqrt(squares / rounds), static_cast<double>(beyond) / rounds};
}

TEST(Rabitq, EstimatesAreUnbiasedAndTheirErrorIsTheOnePromised) {
  for (const Metric metric : {Metric::inner_product, Metric::euclidean})
    for (const std::size_t d : {50, 100, 384})
      for (const unsigned bits : {0U, 2U, 3U, 4U, 6U}) {
        const Errors errors = measure({d, metric, bits});
        // 3,000 rotations: the mean's own deviation is 0.018.
        EXPECT_NEAR(errors.mean, 0.0, 0.08) << d << " " << bits;
        EXPECT_GT(errors.deviation, 0.75) << d << " " << bits;
        EXPECT_LT(errors.deviation, 1.2) << d << " " << bits;
        EXPECT_LT(errors.beyond_three, 0.015) << d << " " << bits;
      }
}

TEST(Rabitq, ARowThatIsItsCentroidHasItsExactScore) {
  const std::size_t n = 64;
  const std::vector<float> zero(n), centroid(n, 0.25F);
  for (const Metric metric : {Metric::cosine, Metric::euclidean}) {
    const RabitqEncoder encoder(n, metric, 4);
    std::uint64_t signs = 0;
    const CodeFactors factors = encoder.encode_signs(zero.data(), centroid.data(), 0.0F, &signs);
    EXPECT_EQ(factors.scale, 0.0F);
    EXPECT_EQ(factors.addend, 0.0F);
    std::vector<std::byte> row(encoder.refine_bytes());
    encoder.encode_refine(zero.data(), centroid.data(), 0.0F, row.data());
    CodeFactors refined;
    std::memcpy(&refined, row.data(), sizeof(refined));
    EXPECT_EQ(refined.scale, 0.0F);
    EXPECT_EQ(refined.addend, 0.0F);
  }
}

TEST(Rabitq, ResidualsBelowTheNormalNumbersHaveCodes) {
  const std::size_t n = 64;
  for (const float tiny : {1e-38F, 1e-40F, 1e-45F}) {
    std::vector<float> residual(n, tiny), centroid(n, 0.25F);
    residual[3] = 0.0F;
    const RabitqEncoder encoder(n, Metric::euclidean, 8);
    std::vector<std::byte> row(encoder.refine_bytes());
    encoder.encode_refine(residual.data(), centroid.data(), 0.0F, row.data());
    CodeFactors factors;
    std::memcpy(&factors, row.data(), sizeof(factors));
    EXPECT_NEAR(factors.scale, 0.0F, 1e-30F);
    EXPECT_NEAR(factors.addend, 0.0F, 1e-30F);
    std::vector<std::int8_t> query(n);
    const RefineQuery refine = make_refine_query(residual.data(), n, query.data());
    EXPECT_TRUE(std::isfinite(refine.product(8, 100.0F)));
  }
}

TEST(Rabitq, AnEightBitQueryKeepsTheProduct) {
  Random random(8);
  const std::size_t n = 384;
  const std::vector<float> z = normal_vector(n, 1.0, random);
  std::vector<std::int8_t> query(n);
  const RefineQuery factors = make_refine_query(z.data(), n, query.data());
  std::vector<std::uint8_t> values(n);
  double exact = 0.0;
  std::int32_t product = 0;
  for (std::size_t i = 0; i < n; ++i) {
    values[i] = static_cast<std::uint8_t>(random.below(16));
    exact += (values[i] - 7.5) * z[i];
    product += values[i] * query[i];
  }
  EXPECT_NEAR(factors.product(4, static_cast<float>(product)), exact,
              6 * factors.step / std::sqrt(12.0) * 4.6 * std::sqrt(384.0));
}

}  // namespace
}  // namespace kindred::index
