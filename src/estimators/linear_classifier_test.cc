#include "estimators/linear_classifier.h"

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

using Floats = std::vector<float>;
using Labels = std::vector<std::uint32_t>;

TEST(LinearClassifier, IsScikitLearns) {
  const auto cases = nlohmann::json::parse(
      io::read_text_file(std::string(KINDRED_TEST_DATA) + "/golden/classifiers/linear.json"));
  ASSERT_EQ(cases.size(), 8U);
  ThreadPool pool(2);
  for (const auto& c : cases) {
    SCOPED_TRACE(c["name"].get<std::string>());
    const Floats values = c["values"];
    const Labels labels = c["labels"];
    const LabelledVectors data{values, c["dimensions"], labels, c["classes"]};
    LinearOptions options;
    options.c = c["c"];
    options.balanced = c["balanced"];
    const LinearClassifier fitted = fit_linear(data, options, pool);
    const Floats at = c["at"];
    const auto p = fitted.probabilities(at, pool);
    ASSERT_EQ(p.size(), c["probabilities"].size());
    for (std::size_t i = 0; i < p.size(); ++i)
      EXPECT_NEAR(p[i], c["probabilities"][i].get<double>(), 2e-4) << i;
  }
}

struct Blobs {
  Floats values;
  Labels labels;
  LabelledVectors data(std::size_t classes) const { return {values, 8, labels, classes}; }
};

Blobs blobs(std::size_t classes, std::size_t each) {
  Blobs b;
  Random random(5);
  std::vector<Floats> centres(classes);
  for (Floats& centre : centres)
    for (int i = 0; i < 8; ++i) centre.push_back(static_cast<float>(random.normal()));
  for (std::size_t row = 0; row < classes * each; ++row) {
    b.labels.push_back(static_cast<std::uint32_t>(row % classes));
    for (int i = 0; i < 8; ++i)
      b.values.push_back(centres[row % classes][static_cast<std::size_t>(i)] +
                         0.4F * static_cast<float>(random.normal()));
  }
  return b;
}

TEST(LinearClassifier, HasTheSameBitsWhateverTheThreads) {
  const Blobs b = blobs(5, 40);
  ThreadPool one(1), three(3);
  const auto a = fit_linear(b.data(5), {}, one);
  const auto c = fit_linear(b.data(5), {}, three);
  EXPECT_EQ(a.weights, c.weights);
  EXPECT_EQ(a.biases, c.biases);
}

TEST(LinearClassifier, LearnsItsClasses) {
  const Blobs b = blobs(5, 40);
  ThreadPool pool(1);
  LinearOptions options;
  options.c = 10.0;
  const auto p = fit_linear(b.data(5), options, pool).probabilities(b.values, pool);
  std::size_t right = 0;
  for (std::size_t row = 0; row < 200; ++row) {
    double sum = 0.0;
    std::size_t best = 0;
    for (std::size_t k = 0; k < 5; ++k) {
      sum += p[row * 5 + k];
      if (p[row * 5 + k] > p[row * 5 + best]) best = k;
    }
    EXPECT_NEAR(sum, 1.0, 1e-12);
    right += best == b.labels[row] ? 1 : 0;
  }
  EXPECT_GT(right, 190U);
}

TEST(LinearClassifier, RefusesWhatTeachesNothing) {
  Blobs b = blobs(2, 4);
  ThreadPool pool(1);
  EXPECT_KINDRED_ERROR(fit_linear(b.data(1), {}, pool), ErrorKind::bad_input, "needs two");
  EXPECT_KINDRED_ERROR(fit_linear(b.data(3), {}, pool), ErrorKind::bad_input, "class 2");
  LinearOptions options;
  options.c = 0.0;
  EXPECT_KINDRED_ERROR(fit_linear(b.data(2), options, pool), ErrorKind::bad_input, "C is 0");
  b.values[9] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_KINDRED_ERROR(fit_linear(b.data(2), {}, pool), ErrorKind::bad_input, "row 1");
  b.values.pop_back();
  EXPECT_KINDRED_ERROR(fit_linear(b.data(2), {}, pool), ErrorKind::bad_input, "8 rows");
}

TEST(LinearClassifier, EqualVectorsGiveTheShares) {
  ThreadPool pool(1);
  const Floats values(8, 0.5F);
  const Labels labels = {0, 0, 0, 1};
  const auto c = fit_linear({values, 2, labels, 2}, {}, pool);
  const auto p = c.probabilities(std::span(values).first(2), pool);
  EXPECT_NEAR(p[0], 0.75, 0.01);
}

TEST(Softmax, OverflowsNothing) {
  std::vector<double> z = {1e6, 0.0, -1e6};
  softmax(z);
  EXPECT_EQ(z, (std::vector<double>{1.0, 0.0, 0.0}));
}

}  // namespace
}  // namespace kindred::estimators
