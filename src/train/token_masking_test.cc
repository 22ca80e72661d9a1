#include "train/token_masking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "io/expect_error.h"
#include "train/token_loss.h"

namespace kindred::train {
namespace {

using testing::ElementsAre;

/// Sequences of 100 tokens: 0, ordinary ids from 10 on, 1.
struct Texts {
  std::vector<std::uint32_t> ids, offsets{0};

  explicit Texts(std::size_t sequences) {
    for (std::size_t b = 0; b < sequences; ++b) {
      for (std::uint32_t t = 0; t < 100; ++t)
        ids.push_back(t == 0 ? 0 : t == 99 ? 1 : 10 + (t * 7 + static_cast<std::uint32_t>(b)) % 80);
      offsets.push_back(static_cast<std::uint32_t>(ids.size()));
    }
  }
  model::PackedTokens packed() const { return {ids, offsets, {}}; }
};

MaskingOptions options() {
  MaskingOptions made;
  made.mask_token = 4;
  made.vocabulary = 1000;
  made.special = {0, 1, 2, 3, 4};
  return made;
}

TEST(TokenMasking, ChoosesAndReplacesInItsShares) {
  const Texts texts(1000);
  const MaskedTokens masked = mask_tokens(texts.packed(), options(), 7);
  double chosen = 0, hidden = 0, changed = 0;
  for (std::size_t t = 0; t < texts.ids.size(); ++t) {
    if (masked.targets[t] == kNoTarget) {
      ASSERT_EQ(masked.ids[t], texts.ids[t]);
      continue;
    }
    ASSERT_EQ(masked.targets[t], texts.ids[t]);
    ASSERT_GT(texts.ids[t], 4U) << "a special token was chosen";
    ++chosen;
    if (masked.ids[t] == 4) {
      ++hidden;
    } else if (masked.ids[t] != texts.ids[t]) {
      ASSERT_GT(masked.ids[t], 4U) << "a special token was drawn";
      ASSERT_LT(masked.ids[t], 1000U);
      ++changed;
    }
  }
  EXPECT_EQ(static_cast<double>(masked.count), chosen);
  const double n = 98'000;  // five standard deviations
  EXPECT_NEAR(chosen / n, 0.15, 5 * std::sqrt(0.15 * 0.85 / n));
  EXPECT_NEAR(hidden / chosen, 0.8, 5 * std::sqrt(0.8 * 0.2 / chosen));
  EXPECT_NEAR(changed / chosen, 0.1, 5 * std::sqrt(0.1 * 0.9 / chosen));
}

TEST(TokenMasking, DependsOnItsSeedAlone) {
  const Texts texts(3);
  const MaskedTokens one = mask_tokens(texts.packed(), options(), 7);
  EXPECT_EQ(mask_tokens(texts.packed(), options(), 7).ids, one.ids);
  EXPECT_EQ(mask_tokens(texts.packed(), options(), 7).targets, one.targets);
  EXPECT_NE(mask_tokens(texts.packed(), options(), 8).targets, one.targets);
}

TEST(TokenMasking, PredictsFromThePlaceBefore) {
  const Texts texts(50);
  MaskingOptions before = options();
  before.from_before = true;
  before.special.clear();
  before.share = 0.9;
  const MaskedTokens masked = mask_tokens(texts.packed(), before, 3);
  std::size_t targets = 0;
  for (std::size_t t = 0; t < texts.ids.size(); ++t) {
    if (masked.targets[t] == kNoTarget) continue;
    ++targets;
    ASSERT_NE(t % 100, 99U) << "the end of a sequence predicts nothing";
    ASSERT_EQ(masked.targets[t], texts.ids[t + 1]);
  }
  EXPECT_EQ(targets, masked.count);
  for (std::size_t b = 0; b < 50; ++b) EXPECT_EQ(masked.ids[b * 100], 0U) << "no place before it";
}

TEST(TokenMasking, ChoosesOneAtLeastWhereAnyCouldBe) {
  const std::vector<std::uint32_t> ids{0, 20, 1}, specials{0, 1}, offsets{0, 3}, two{0, 2};
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    EXPECT_THAT(mask_tokens({ids, offsets, {}}, options(), seed).targets,
                ElementsAre(kNoTarget, 20, kNoTarget));
  EXPECT_EQ(mask_tokens({specials, two, {}}, options(), 1).count, 0U);
}

TEST(TokenMasking, KnowsTheNextTokensOfASequence) {
  const std::vector<std::uint32_t> ids{5, 6, 7, 8, 9}, offsets{0, 3, 3, 4, 5};
  const MaskedTokens next = next_tokens({ids, offsets, {}});
  EXPECT_THAT(next.targets, ElementsAre(6, 7, kNoTarget, kNoTarget, kNoTarget));
  EXPECT_EQ(next.ids, ids);
  EXPECT_EQ(next.count, 2U);
}

TEST(TokenMasking, RefusesWhatCannotBe) {
  MaskingOptions wrong = options();
  wrong.share = 1.5;
  EXPECT_KINDRED_ERROR(validate(wrong), ErrorKind::bad_input, "share of 1.5");
  wrong = options();
  wrong.random = 0.3;
  EXPECT_KINDRED_ERROR(validate(wrong), ErrorKind::bad_input, "1 at most");
  wrong = options();
  wrong.vocabulary = 4;
  EXPECT_KINDRED_ERROR(validate(wrong), ErrorKind::bad_input, "vocabulary of 4");
}

}  // namespace
}  // namespace kindred::train
