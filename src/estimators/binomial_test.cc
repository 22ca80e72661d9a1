#include "estimators/binomial.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "io/file.h"

namespace kindred::estimators {
namespace {

TEST(Binomial, IsSciPys) {
  const auto all = nlohmann::json::parse(
      io::read_text_file(std::string(KINDRED_TEST_DATA) + "/golden/calibration/curves.json"));
  ASSERT_EQ(all["binomial"].size(), 8U);
  for (const auto& b : all["binomial"]) {
    const std::size_t k = b["k"], n = b["n"];
    const double cdf = b["cdf"];
    EXPECT_NEAR(binomial_cdf(k, n, b["p"]), cdf, 1e-9 * cdf + 1e-12) << k << " of " << n;
    EXPECT_NEAR(binomial_lower_bound(k, n, 0.95), b["lower95"].get<double>(), 1e-9) << k << n;
  }
  EXPECT_EQ(binomial_lower_bound(0, 0, 0.95), 0.0);
}

}  // namespace
}  // namespace kindred::estimators
