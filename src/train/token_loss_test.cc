#include "train/token_loss.h"

#include "io/expect_error.h"
#include "train/loss_fixture.h"

namespace kindred::train {
namespace {

constexpr std::int64_t kNone = kNoTarget;

/// All logits at once.
at::Tensor plain(const at::Tensor& hidden, const at::Tensor& output, const at::Tensor& bias,
                 const std::vector<std::int64_t>& targets, double divisor) {
  at::Tensor logits = hidden.matmul(output.t());
  if (bias.defined()) logits = logits.add(bias);
  const at::Tensor logarithms = logits.log_softmax(1);
  at::Tensor sum = logarithms.new_zeros({});
  for (std::size_t t = 0; t < targets.size(); ++t)
    if (targets[t] != kNone) sum = sum.sub(logarithms[static_cast<long>(t)][targets[t]]);
  return sum.div(divisor);
}

class TokenLoss : public testing::Test {
 protected:
  at::Tensor hidden_ = random_vectors(7, 5, 1), output_ = random_vectors(11, 5, 2);
  at::Tensor bias_ = random_vectors(1, 11, 3).detach().view({-1}).requires_grad_(true);
  std::vector<std::int64_t> targets_{3, kNone, 10, 0, 3, kNone, 7};
};

TEST_F(TokenLoss, IsTheWholeMatrixInTiles) {
  const Gradient expected =
      gradient(plain(hidden_, output_, bias_, targets_, 9.0), {hidden_, output_, bias_});
  const Gradient unbiased =
      gradient(plain(hidden_, output_, {}, targets_, 9.0), {hidden_, output_});
  for (const TokenTile& tile : {TokenTile{1, 1}, {2, 4}, {3, 11}, {4, 100}, {}}) {
    SCOPED_TRACE(testing::Message() << tile.rows << " × " << tile.columns);
    expect_equal(gradient(token_cross_entropy(hidden_, output_, bias_, targets_, 9.0, tile),
                          {hidden_, output_, bias_}),
                 expected, 1e-12);
    expect_equal(gradient(token_cross_entropy(hidden_, output_, {}, targets_, 9.0, tile),
                          {hidden_, output_}),
                 unbiased, 1e-12);
  }
}

TEST_F(TokenLoss, HasTheGradientOfItsDifferences) {
  expect_finite_differences(
      [&] {
        return token_cross_entropy(hidden_, output_, bias_, targets_, 5.0, {2, 3});
      },
      {hidden_, output_, bias_});
}

TEST_F(TokenLoss, GivesTiedEmbeddingsBothGradients) {
  const std::vector<std::int64_t> ids{4, 2, 9};
  const std::vector<std::int64_t> next{2, 9, kNone};
  const auto loss = [&] {
    const at::Tensor read = output_.index_select(0, index_tensor(ids, output_)).tanh();
    return token_cross_entropy(read, output_, {}, next, 2.0, {2, 3});
  };
  expect_finite_differences(loss, {output_});
}

TEST_F(TokenLoss, IsTheSumOfItsParts) {
  const Gradient whole =
      gradient(token_cross_entropy(hidden_, output_, {}, targets_, 5.0), {hidden_, output_});
  const std::vector<std::int64_t> first(targets_.begin(), targets_.begin() + 3),
      rest(targets_.begin() + 3, targets_.end());
  const at::Tensor parts =
      token_cross_entropy(hidden_.narrow(0, 0, 3), output_, {}, first, 5.0)
          .add(token_cross_entropy(hidden_.narrow(0, 3, 4), output_, {}, rest, 5.0));
  expect_equal(gradient(parts, {hidden_, output_}), whole, 1e-12);
}

TEST_F(TokenLoss, IsNothingWithoutTargets) {
  const std::vector<std::int64_t> none(7, kNone);
  const Gradient found =
      gradient(token_cross_entropy(hidden_, output_, bias_, none, 1.0), {hidden_, output_, bias_});
  EXPECT_EQ(found.value, 0.0);
  for (const at::Tensor& g : found.of) EXPECT_EQ(g.abs().max().item<double>(), 0.0);
}

TEST_F(TokenLoss, StandsLogitsThatOverflowAnExponential) {
  const at::Tensor large = hidden_.detach().mul(1e3).requires_grad_(true);
  const Gradient found =
      gradient(token_cross_entropy(large, output_, {}, targets_, 5.0, {2, 3}), {large, output_});
  const Gradient expected = gradient(plain(large, output_, {}, targets_, 5.0), {large, output_});
  expect_equal(found, expected, 1e-10);
}

TEST_F(TokenLoss, TakesSixteenBits) {
  const at::Tensor hidden = hidden_.detach().to(at::kBFloat16).requires_grad_(true);
  for (const at::ScalarType type : {at::kBFloat16, at::kFloat}) {
    const at::Tensor output = output_.detach().to(type).requires_grad_(true);
    const at::Tensor bias = bias_.detach().to(at::kFloat).requires_grad_(true);
    const at::Tensor loss = token_cross_entropy(hidden, output, bias, targets_, 5.0, {2, 3});
    EXPECT_EQ(loss.scalar_type(), at::kFloat);
    const Gradient found = gradient(loss, {hidden, output, bias});
    const Gradient expected =
        gradient(plain(hidden_, output_, bias_, targets_, 5.0), {hidden_, output_, bias_});
    EXPECT_EQ(found.of[0].scalar_type(), at::kBFloat16);
    EXPECT_EQ(found.of[1].scalar_type(), type);
    expect_equal(found, expected, 0.03);
  }
}

TEST_F(TokenLoss, RefusesWhatDoesNotFit) {
  targets_[0] = 11;
  EXPECT_KINDRED_ERROR(token_cross_entropy(hidden_, output_, {}, targets_, 1.0),
                       ErrorKind::bad_input, "id 11, but the output matrix has 11 rows");
  targets_.pop_back();
  EXPECT_KINDRED_ERROR(token_cross_entropy(hidden_, output_, {}, targets_, 1.0),
                       ErrorKind::bad_input, "6 targets");
  targets_ = std::vector<std::int64_t>(7, 1);
  EXPECT_KINDRED_ERROR(token_cross_entropy(hidden_, output_, output_, targets_, 1.0),
                       ErrorKind::bad_input, "the bias");
  EXPECT_KINDRED_ERROR(token_cross_entropy(hidden_, output_, {}, targets_, 0.0),
                       ErrorKind::bad_input, "divisor of 0");
}

}  // namespace
}  // namespace kindred::train
