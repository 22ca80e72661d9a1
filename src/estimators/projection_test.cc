// Goldens of numpy and scikit-learn: tests/reference/make_projection_goldens.py.
#include "estimators/projection.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/random.h"
#include "io/expect_error.h"
#include "io/file.h"

namespace kindred::estimators {
namespace {

constexpr std::size_t kD = 10;

const nlohmann::json& golden() {
  static const nlohmann::json json = nlohmann::json::parse(
      io::read_text_file(KINDRED_TEST_DATA "/golden/projection/projection.json"));
  return json;
}

std::vector<float> flat(const nlohmann::json& rows) {
  std::vector<float> values;
  for (const auto& row : rows)
    for (const auto& value : row) values.push_back(value.get<float>());
  return values;
}

Moments moments_of(const std::vector<float>& vectors, std::size_t d) {
  ThreadPool pool;
  Moments moments(d);
  moments.add(vectors.data(), vectors.size() / d, pool);
  return moments;
}

Projection fit(const Moments& moments, ProjectionMethod method, std::size_t dimensions = 0,
               std::size_t removed = 0) {
  ThreadPool pool;
  return fit_projection(moments, {method, dimensions, removed, false}, pool);
}

std::vector<float> applied(const Projection& p, const std::vector<float>& vectors) {
  ThreadPool pool;
  std::vector<float> out(vectors.size() / p.in * p.out);
  p.apply(vectors.data(), vectors.size() / p.in, out.data(), pool);
  return out;
}

// Column by column up to its sign.
void expect_like(const std::vector<float>& values, const nlohmann::json& rows, double tolerance) {
  const std::size_t columns = rows[0].size();
  ASSERT_EQ(values.size(), rows.size() * columns);
  for (std::size_t c = 0; c < columns; ++c) {
    double dot = 0.0;
    for (std::size_t r = 0; r < rows.size(); ++r)
      dot += static_cast<double>(values[r * columns + c]) * rows[r][c].get<double>();
    const double sign = dot < 0.0 ? -1.0 : 1.0;
    for (std::size_t r = 0; r < rows.size(); ++r)
      ASSERT_NEAR(sign * static_cast<double>(values[r * columns + c]), rows[r][c].get<double>(),
                  tolerance)
          << r << ", " << c;
  }
}

TEST(Moments, AreNumpysHoweverTheRowsCome) {
  ThreadPool pool(2);
  const std::vector<float> vectors = flat(golden()["vectors"]);
  Moments moments(kD);
  for (std::size_t begin = 0; begin < 60; begin += 7)
    moments.add(vectors.data() + begin * kD, std::min<std::size_t>(7, 60 - begin), pool);
  EXPECT_EQ(moments.rows(), 60U);
  const auto covariance = moments.covariance();
  for (std::size_t i = 0; i < kD; ++i) {
    EXPECT_NEAR(moments.mean()[i], golden()["mean"][i].get<double>(), 1e-10);
    for (std::size_t k = 0; k < kD; ++k)
      EXPECT_NEAR(covariance[i * kD + k], golden()["covariance"][i][k].get<double>(), 1e-9);
  }
}

TEST(Moments, KeepTheirDigitsFarFromZero) {
  // Values 1e6 + {0, 0.25, 0.5, 0.75}: sums of squares in float, or without a shift, lose them.
  std::vector<float> vectors;
  for (std::size_t r = 0; r < 4000; ++r)
    vectors.push_back(1e6F + 0.25F * static_cast<float>(r % 4));
  const auto moments = moments_of(vectors, 1);
  EXPECT_NEAR(moments.mean()[0], 1e6 + 0.375, 1e-9);
  EXPECT_NEAR(moments.covariance()[0], 0.078125 * 4000 / 3999, 1e-12);
}

TEST(Moments, GiveTheSameBitsOnAnyNumberOfThreads) {
  Random random(3);
  std::vector<float> vectors(700 * 300);
  for (float& value : vectors) value = static_cast<float>(random.uniform());
  ThreadPool one(1);
  ThreadPool three(3);
  Moments a(300);
  Moments b(300);
  a.add(vectors.data(), 700, one);
  b.add(vectors.data(), 700, three);
  EXPECT_EQ(a.covariance(), b.covariance());
}

TEST(Moments, RefuseNaNWithItsRow) {
  ThreadPool pool;
  Moments moments(2);
  const float fine[] = {1.0F, 2.0F};
  const float bad[] = {1.0F, 2.0F, std::numeric_limits<float>::quiet_NaN(), 0.0F};
  moments.add(fine, 1, pool);
  EXPECT_KINDRED_ERROR(moments.add(bad, 2, pool), ErrorKind::bad_input, "row 2 ");
}

TEST(Projection, PcaIsScikitLearns) {
  const std::vector<float> vectors = flat(golden()["vectors"]);
  const Projection p = fit(moments_of(vectors, kD), ProjectionMethod::pca, 4);
  const std::vector<float> components = flat(golden()["pca_components"]);
  for (std::size_t i = 0; i < components.size(); ++i)  // signs too: the same rule
    EXPECT_NEAR(p.weight[i], components[i], 1e-6F);
  expect_like(applied(p, vectors), golden()["pca_transform"], 1e-3);
  EXPECT_NEAR(p.explained, golden()["pca_explained"].get<double>(), 1e-9);
}

TEST(Projection, WhiteningIsThatOfItsAuthors) {
  const std::vector<float> vectors = flat(golden()["vectors"]);
  const Projection p = fit(moments_of(vectors, kD), ProjectionMethod::whiten, 6);
  expect_like(applied(p, vectors), golden()["whitened"], 1e-3);
}

TEST(Projection, WhitenedVectorsHaveTheIdentityForACovariance) {
  const std::vector<float> vectors = flat(golden()["vectors"]);
  const Projection p = fit(moments_of(vectors, kD), ProjectionMethod::whiten);
  EXPECT_EQ(p.out, kD);
  const auto covariance = moments_of(applied(p, vectors), kD).covariance();
  for (std::size_t i = 0; i < kD; ++i)
    for (std::size_t k = 0; k < kD; ++k)
      EXPECT_NEAR(covariance[i * kD + k], i == k ? 1.0 : 0.0, 1e-3);
}

TEST(Projection, AllButTheTopTakesComponentsAway) {
  const std::vector<float> vectors = flat(golden()["vectors"]);
  const Projection p = fit(moments_of(vectors, kD), ProjectionMethod::all_but_the_top, 0, 2);
  const std::vector<float> out = applied(p, vectors);
  const std::vector<float> wanted = flat(golden()["without_top_2"]);
  for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(out[i], wanted[i], 1e-3F);
}

TEST(Projection, CentringTakesTheMeanAwayAlone) {
  const std::vector<float> vectors = flat(golden()["vectors"]);
  const std::vector<float> out =
      applied(fit(moments_of(vectors, kD), ProjectionMethod::center), vectors);
  for (std::size_t i = 0; i < out.size(); ++i)
    EXPECT_NEAR(out[i], vectors[i] - golden()["mean"][i % kD].get<float>(), 1e-4F);
}

TEST(Projection, FewerVectorsThanDimensionsSpanOneLess) {
  std::vector<float> vectors = flat(golden()["vectors"]);
  vectors.resize(5 * kD);
  const Moments moments = moments_of(vectors, kD);
  const Projection p = fit(moments, ProjectionMethod::whiten);
  EXPECT_EQ(p.out, 4U);
  for (const float value : p.weight) ASSERT_TRUE(std::isfinite(value));
  EXPECT_KINDRED_ERROR(fit(moments, ProjectionMethod::whiten, 5), ErrorKind::bad_input, "span 4;");
  ThreadPool pool;
  EXPECT_EQ(fit_projection(moments, {ProjectionMethod::pca, 9, 0, true}, pool).out, 4U);
}

TEST(Projection, DimensionsThatRepeatOthersAreNotBlownUp) {
  // The last column is the sum of the others: whitening it would divide rounding by itself.
  std::vector<float> vectors = flat(golden()["vectors"]);
  for (std::size_t r = 0; r < 60; ++r) {
    float sum = 0.0F;
    for (std::size_t k = 0; k + 1 < kD; ++k) sum += vectors[r * kD + k];
    vectors[r * kD + kD - 1] = sum;
  }
  EXPECT_EQ(fit(moments_of(vectors, kD), ProjectionMethod::whiten).out, kD - 1);
}

TEST(Projection, RefusesWhatItCannotFit) {
  const std::vector<float> same(30 * kD, 0.5F);
  EXPECT_KINDRED_ERROR(fit(moments_of(same, kD), ProjectionMethod::pca), ErrorKind::bad_input,
                       "are the same");
  EXPECT_KINDRED_ERROR(fit(moments_of({}, kD), ProjectionMethod::center), ErrorKind::bad_input,
                       "0 vectors");
  const std::vector<float> vectors = flat(golden()["vectors"]);
  EXPECT_KINDRED_ERROR(fit(moments_of(vectors, kD), ProjectionMethod::all_but_the_top, 0, 10),
                       ErrorKind::bad_input, "remove fewer");
  EXPECT_KINDRED_ERROR(parse_projection_method("zca"), ErrorKind::bad_input, "all-but-the-top");
}

}  // namespace
}  // namespace kindred::estimators
