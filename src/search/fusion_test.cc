#include "search/fusion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "io/expect_error.h"
#include "search/tune.h"

namespace kindred::search {
namespace {

TEST(Fuse, AddsReciprocalRanks) {
  const std::vector<RankedKey> vector = {{1, 0.9}, {2, 0.8}, {3, 0.1}};
  const std::vector<RankedKey> words = {{3, 12.0}, {4, 11.0}};
  const auto fused = fuse({vector, words}, FusionOptions::of(FusionMethod::reciprocal_rank));
  ASSERT_EQ(fused.size(), 4U);
  EXPECT_EQ(fused[0].key, 3U);
  EXPECT_DOUBLE_EQ(fused[0].score, 0.5 / 63 + 0.5 / 61);
  EXPECT_DOUBLE_EQ(fused[0].vector_part, 0.5 / 63);
  EXPECT_EQ(fused[1].key, 1U);
  EXPECT_EQ(fused[2].key, 2U);  // equal to 4: the lower key
  EXPECT_EQ(fused[3].key, 4U);
}

TEST(Fuse, AddsNormalisedScores) {
  const std::vector<RankedKey> vector = {{1, -1.0}, {2, -2.0}, {3, -3.0}};
  const std::vector<RankedKey> words = {{2, 10.0}};
  const auto fused =
      fuse({vector, words}, {.method = FusionMethod::weighted_scores, .vector_weight = 0.6});
  EXPECT_EQ(fused[0].key, 2U);
  EXPECT_DOUBLE_EQ(fused[0].score, 0.3 + 0.4);
  EXPECT_DOUBLE_EQ(fused[1].score, 0.6);
  EXPECT_DOUBLE_EQ(fused[2].score, 0.0);
  EXPECT_TRUE(fuse({}, {}).empty());
}

TEST(Fuse, BoundsTheWordsByWhatTheyCouldScore) {
  const FusionOptions half{.method = FusionMethod::bounded_scores, .vector_weight = 0.5};
  const std::vector<RankedKey> vector = {{1, 0.90}, {2, 0.85}, {3, 0.80}};
  // Nearly all of the query's words: they decide. The list is whole: the last has its share.
  const std::vector<RankedKey> words = {{3, 19.0}, {2, 12.0}};
  auto fused = fuse({vector, words, 20.0}, half);
  EXPECT_EQ(fused[0].key, 2U);
  EXPECT_NEAR(fused[0].score, 0.25 + 0.5 * 12.0 / 20.0, 1e-12);
  EXPECT_EQ(fused[1].key, 1U);
  EXPECT_DOUBLE_EQ(fused[2].words_part, 0.475);
  // A few of many words: the vectors do.
  fused = fuse({vector, words, 200.0}, half);
  EXPECT_EQ(fused[0].key, 1U);
  EXPECT_EQ(fused[2].key, 3U);
  EXPECT_DOUBLE_EQ(fused[2].score, 0.5 * 19.0 / 200.0);
  // Cut off, the list says of what it lacks only that it is no better than the last.
  const std::vector<RankedKey> cut = {{3, 19.0}, {2, 10.0}, {4, 9.0}};
  fused = fuse({vector, cut, 20.0, /*words_cut=*/true}, half);
  EXPECT_EQ(fused.back().key, 4U);
  EXPECT_EQ(fused.back().score, 0.0);
  EXPECT_DOUBLE_EQ(fused.front().score, 0.5);  // of key 1; key 3 has 0.5 × 10 / 20
  // The bound is at least what was scored.
  EXPECT_DOUBLE_EQ(fuse({vector, words, 0.0}, half)[0].words_part, 0.5 * 12.0 / 19.0);
}

TEST(Fuse, RefusesWeightsOutsideZeroToOne) {
  EXPECT_KINDRED_ERROR((FusionOptions{.vector_weight = 1.5}.validate()), ErrorKind::bad_input,
                       "1.5");
  EXPECT_KINDRED_ERROR((FusionOptions{.rank_constant = -1.0}.validate()), ErrorKind::bad_input,
                       "-1");
}

TEST(Tune, LeansOnTheListThatIsRight) {
  // The vectors place the relevant key among the first three, the words anywhere among the same
  // keys.
  Random random(1);
  std::vector<LabelledQuery> queries;
  for (int q = 0; q < 600; ++q) {
    LabelledQuery query;
    std::vector<std::uint64_t> keys(50);
    for (std::uint64_t& key : keys) key = random();
    query.gains[keys[random.below(3)]] = 1.0;
    for (const std::uint64_t key : keys)
      query.vector.push_back({key, 1.0 - 0.01 * static_cast<double>(query.vector.size())});
    random.shuffle(std::span(keys));
    for (const std::uint64_t key : keys)
      query.words.push_back({key, 50.0 - static_cast<double>(query.words.size())});
    queries.push_back(std::move(query));
  }
  const TuneResult result = tune(queries);
  EXPECT_EQ(result.held_out_queries, 180U);
  EXPECT_EQ(result.tuning_queries, 420U);
  EXPECT_GT(result.best.vector_weight, 0.5);
  EXPECT_GT(result.best_ndcg, result.words_ndcg + 0.3);
  EXPECT_GE(result.best_ndcg + 0.05, result.vector_ndcg);
  EXPECT_GT(result.best_ndcg, result.default_ndcg);
  EXPECT_GT(result.best_mrr, result.words_mrr + 0.3);
  EXPECT_GE(result.best_mrr + 0.05, result.vector_mrr);
  EXPECT_GT(result.best_mrr, result.default_mrr);
  EXPECT_KINDRED_ERROR(tune(std::span(queries).first(1)), ErrorKind::bad_input, "1 of 1");
}

}  // namespace
}  // namespace kindred::search
