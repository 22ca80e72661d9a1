#include "static_vectors/batch_trainer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

namespace kindred::static_vectors {
namespace {

using Matrix = std::vector<std::vector<double>>;

Matrix values_of(const Parameters& p) {
  Matrix values(p.rows());
  for (std::size_t i = 0; i < p.rows(); ++i) values[i].assign(p.row(i), p.row(i) + p.columns());
  return values;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0.0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  return sum;
}

void add(std::vector<double>& to, double factor, const std::vector<double>& from) {
  for (std::size_t k = 0; k < to.size(); ++k) to[k] += factor * from[k];
}

double sigmoid(double x) {
  return 1.0 / (1.0 + std::exp(-x));
}

struct Case {
  bool cbow, subwords, tree;
};

// One batch over two sentences, computed pair by pair in double.
class BatchTrainerTest : public testing::TestWithParam<Case> {
 protected:
  static constexpr std::size_t kWords = 12, kBuckets = 6, kColumns = 20;
  static constexpr float kRate = 0.1F;

  void SetUp() override {
    std::vector<std::uint64_t> counts;
    for (std::size_t i = 0; i < kWords; ++i) counts.push_back(100 - 7 * i);
    input_.emplace(kWords + kBuckets, kColumns);
    output_.emplace(kWords, kColumns);
    input_->fill_uniform(0.5F, Random(1));
    output_->fill_uniform(0.5F, Random(2));
    if (GetParam().subwords) {
      rows_.begin.push_back(0);
      for (std::uint32_t word = 0; word < kWords; ++word) {
        rows_.rows.push_back(word);
        for (std::uint32_t n = 0; n < word % 4; ++n)  // one bucket may come twice
          rows_.rows.push_back(kWords + (word * 5 + n * n) % kBuckets);
        rows_.begin.push_back(rows_.rows.size());
      }
    }
    keep_ = keep_chances(counts, 0.0);
    if (GetParam().tree)
      tree_.emplace(counts);
    else
      noise_.emplace(std::vector<double>(counts.begin(), counts.end()));
    setup_.cbow = GetParam().cbow;
    setup_.input = &*input_;
    setup_.output = &*output_;
    setup_.rows = &rows_;
    setup_.noise = noise_ ? &*noise_ : nullptr;
    setup_.tree = tree_ ? &*tree_ : nullptr;
    setup_.keep = keep_;
    setup_.window.radius = 3;
    setup_.negatives = 4;
    setup_.batch = 64;
    setup_.shared_negatives = 7;
    setup_.isa = best_isa();
  }

  std::vector<std::size_t> rows_of(std::uint32_t word) const {
    if (rows_.plain()) return {word};
    const auto rows = rows_.of(word);
    return {rows.begin(), rows.end()};
  }

  // The rows whose mean is the input at a position, and the words that it predicts.
  std::vector<std::size_t> input_rows(const Windows& w, std::size_t at) const {
    if (!setup_.cbow) return rows_of(w.words[at]);
    std::vector<std::size_t> rows;
    for (std::size_t near = w.first[at]; near < w.last[at]; ++near)
      if (near != at)
        for (const std::size_t row : rows_of(w.words[near])) rows.push_back(row);
    return rows;
  }

  void expect_step(const std::vector<std::uint32_t>& tokens, Random random) {
    Matrix in = values_of(*input_), out = values_of(*output_);
    Random copy = random;
    Windows w;
    fill_windows(tokens, keep_, setup_.window, copy, w);
    std::vector<std::uint32_t> noise;
    for (std::size_t m = 0; noise_ && m < setup_.shared_negatives; ++m)
      noise.push_back(noise_->draw(copy));

    Matrix x, gradient(w.size(), std::vector<double>(kColumns));
    for (std::size_t at = 0; at < w.size(); ++at) {
      auto& mean = x.emplace_back(kColumns);
      const auto rows = input_rows(w, at);
      for (const std::size_t row : rows) add(mean, 1.0 / static_cast<double>(rows.size()), in[row]);
    }
    const Matrix before = out;
    for (std::size_t target = 0; target < w.size(); ++target) {
      const Matrix nodes = out;
      for (std::size_t at = 0; at < w.size(); ++at) {
        const bool near = target >= w.first[at] && target < w.last[at] && target != at;
        if (setup_.cbow ? at != target || w.last[at] - w.first[at] < 2 : !near) continue;
        learn(x[at], gradient[at], w.words[target], noise, before, nodes, out);
      }
    }
    for (std::size_t at = 0; at < w.size(); ++at)
      for (const std::size_t row : input_rows(w, at)) add(in[row], 1.0, gradient[at]);

    TrainingTally tally;
    BatchTrainer(setup_).train(tokens, kRate, random, tally);
    expect_near(*input_, in);
    expect_near(*output_, out);
    EXPECT_EQ(tally.words, 11U);
    EXPECT_GT(tally.loss, 0.0);
  }

  void learn(const std::vector<double>& x, std::vector<double>& gradient, std::uint32_t target,
             const std::vector<std::uint32_t>& noise, const Matrix& before, const Matrix& nodes,
             Matrix& out) const {
    const auto step = [&](const std::vector<double>& row, std::vector<double>& to, double label,
                          double weight) {
      const double g = kRate * weight * (label - sigmoid(dot(x, row)));
      add(gradient, g, row);
      add(to, g, x);
    };
    if (tree_) {
      for (std::size_t l = 0; l < tree_->path(target).size(); ++l) {
        const std::uint32_t node = tree_->path(target)[l];
        step(nodes[node], out[node], tree_->code(target)[l], 1.0);
      }
      return;
    }
    step(before[target], out[target], 1.0, 1.0);
    const double weight =
        static_cast<double>(setup_.negatives) / static_cast<double>(setup_.shared_negatives);
    for (const std::uint32_t word : noise)
      if (word != target) step(before[word], out[word], 0.0, weight);
  }

  static void expect_near(const Parameters& found, const Matrix& expected) {
    for (std::size_t i = 0; i < found.rows(); ++i)
      for (std::size_t k = 0; k < found.width(); ++k)
        ASSERT_NEAR(found.row(i)[k], k < kColumns ? expected[i][k] : 0.0, 1e-5) << i << ' ' << k;
  }

  std::optional<Parameters> input_, output_;
  WordRows rows_;
  std::vector<std::uint32_t> keep_;
  std::optional<AliasTable> noise_;
  std::optional<HuffmanTree> tree_;
  TrainingSetup setup_;
};

TEST_P(BatchTrainerTest, AStepIsTheSumOfItsPairs) {
  expect_step({0, 5, 0, 3, 11, 2, 2, kSentenceEnd, 7, kSentenceEnd, 1, 0, 4}, Random(9));
}

INSTANTIATE_TEST_SUITE_P(Kinds, BatchTrainerTest,
                         testing::Values(Case{false, false, false}, Case{false, true, false},
                                         Case{false, false, true}, Case{false, true, true},
                                         Case{true, false, false}, Case{true, true, false},
                                         Case{true, false, true}, Case{true, true, true}),
                         [](const auto& kind) {
                           return std::string(kind.param.cbow ? "Cbow" : "SkipGram") +
                                  (kind.param.subwords ? "Subwords" : "Words") +
                                  (kind.param.tree ? "Tree" : "Noise");
                         });

TEST(BatchTrainer, LearnsWhatStandsTogether) {
  // Words 0 to 3 stand together, and 4 to 7.
  Parameters input(8, 16), output(8, 16);
  input.fill_uniform(0.06F, Random(3));
  const std::vector<std::uint64_t> counts(8, 100);
  const std::vector<std::uint32_t> keep = keep_chances(counts, 0.0);
  const AliasTable noise(std::vector<double>(8, 1.0));
  WordRows rows;
  TrainingSetup setup;
  setup.input = &input;
  setup.output = &output;
  setup.rows = &rows;
  setup.noise = &noise;
  setup.keep = keep;
  setup.batch = 1;
  BatchTrainer trainer(setup);
  Random random(5);
  TrainingTally first, last;
  for (int round = 0; round < 300; ++round) {
    std::vector<std::uint32_t> tokens;
    for (int i = 0; i < 20; ++i) {
      for (int k = 0; k < 6; ++k)
        tokens.push_back(static_cast<std::uint32_t>(random.below(4) + 4 * (i % 2)));
      tokens.push_back(kSentenceEnd);
    }
    trainer.train(tokens, 0.1F * static_cast<float>(301 - round) / 300.0F,
                  random.split(static_cast<std::uint64_t>(round)), round == 0 ? first : last);
  }
  EXPECT_LT(last.loss / last.measured, first.loss / first.measured);
  const auto product = [&](std::size_t a, std::size_t b) {
    double sum = 0.0;
    for (std::size_t k = 0; k < 16; ++k) sum += input.row(a)[k] * output.row(b)[k];
    return sum;
  };
  // Where the loss is least, a score is ln(P(b | a) / (negatives × P(b))) (Levy and Goldberg,
  // 2014).
  EXPECT_NEAR(product(0, 1), std::log(0.25 / (5 * 0.125)), 0.1);
  EXPECT_LT(product(0, 5), -3.0);
}

}  // namespace
}  // namespace kindred::static_vectors
