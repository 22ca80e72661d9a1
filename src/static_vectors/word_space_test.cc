#include "static_vectors/word_space.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/random.h"
#include "static_vectors/overlap.h"

namespace kindred::static_vectors {
namespace {

std::shared_ptr<StaticModel> random_model(std::size_t words, std::size_t d, std::uint64_t seed) {
  Random random(seed);
  auto model = std::make_shared<StaticModel>();
  std::vector<float> values(words * d);
  for (float& value : values) value = static_cast<float>(random.normal());
  for (std::size_t w = 0; w < words; ++w) model->vocabulary.add("w" + std::to_string(w));
  model->input = std::make_shared<FloatTable>(words, d, std::move(values));
  return model;
}

TEST(WordSpace, ManyAtOnceFindWhatOneDoes) {
  ThreadPool pool(3);
  const WordSpace space(random_model(1000, 20, 1), pool);
  const std::vector<std::uint32_t> asked = {0, 7, 999, 512};
  const auto many = space.nearest_of(asked, 5, pool);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto one = space.nearest(space.vector(asked[i]), 5, 0, {&asked[i], 1}, pool);
    ASSERT_EQ(many[i].size(), 5U);
    for (std::size_t r = 0; r < 5; ++r) {
      EXPECT_EQ(many[i][r].id, one[r].id);
      EXPECT_NEAR(many[i][r].score, one[r].score, 1e-5);
    }
  }
}

TEST(WordSpace, ZeroVectorsAreNearNothing) {
  ThreadPool pool(1);
  auto model = random_model(3, 4, 2);
  std::vector<float> values = {1, 2, 3, 4, 0, 0, 0, 0, 4, 3, 2, 1};
  model->input = std::make_shared<FloatTable>(3, 4, std::move(values));
  const WordSpace space(model, pool);
  EXPECT_EQ(space.cosine(0, 1), 0.0F);
  const std::vector<std::uint32_t> none;
  const auto found = space.nearest(space.vector(0), 3, 0, none, pool);
  EXPECT_EQ(found[0].id, 0U);
  EXPECT_EQ(found[2].id, 1U);
}

TEST(BestWords, TiesGoToTheLowerIdAndNanIsLast) {
  BestWords best(3);
  best.offer(5, std::numeric_limits<float>::quiet_NaN());
  best.offer(9, 1.0F);
  best.offer(2, 1.0F);
  best.offer(7, 1.0F);
  const auto found = best.sorted();
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].id, 2U);
  EXPECT_EQ(found[1].id, 7U);
  EXPECT_EQ(found[2].id, 9U);
}

TEST(Overlap, OfTheSameVectorsIsWholeAndOfOthersLittle) {
  ThreadPool pool(2);
  const WordSpace a(random_model(400, 16, 1), pool);
  const WordSpace b(random_model(300, 16, 2), pool);
  OverlapOptions options;
  options.words = 100;
  const OverlapResult same = neighbour_overlap(a, a, options, pool);
  EXPECT_NEAR(same.overlap, 1.0, 1e-9);
  EXPECT_NEAR(same.jaccard, 1.0, 1e-9);
  const OverlapResult other = neighbour_overlap(a, b, options, pool);
  EXPECT_EQ(other.common, 300U);
  EXPECT_EQ(other.words, 100U);
  EXPECT_LT(other.overlap, 0.15);
  EXPECT_LT(other.jaccard, other.overlap);
}

}  // namespace
}  // namespace kindred::static_vectors
