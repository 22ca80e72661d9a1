#include "train/info_nce.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>

#include <cmath>
#include <limits>

#include "io/expect_error.h"
#include "train/loss_fixture.h"

namespace kindred::train {
namespace {

constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

bool share(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  return std::ranges::any_of(a, [&](std::uint64_t key) { return std::ranges::count(b, key) > 0; });
}

/// What belongs to an anchor: its keys and those of its positives.
std::vector<std::uint64_t> keys_around(const recipe::Batch& batch, std::size_t anchor) {
  std::vector<std::uint64_t> keys = batch.anchors[anchor].keys;
  for (const std::uint32_t p : batch.positives[anchor])
    keys.insert(keys.end(), batch.passages[p].keys.begin(), batch.passages[p].keys.end());
  return keys;
}

bool matches(const recipe::Batch& batch, std::size_t anchor, std::uint32_t passage) {
  return std::ranges::count(batch.positives[anchor], passage) > 0;
}

bool no_negative(const recipe::Batch& batch, std::size_t anchor, std::uint32_t passage) {
  return matches(batch, anchor, passage) ||
         share(keys_around(batch, anchor), batch.passages[passage].keys);
}

bool no_negative_anchor(const recipe::Batch& batch, std::size_t a, std::size_t b) {
  return a == b || share(keys_around(batch, a), keys_around(batch, b)) ||
         std::ranges::any_of(batch.positives[a], [&](auto p) { return matches(batch, b, p); });
}

/// The whole matrix, one term after another: the formula as it is written.
at::Tensor plain(const LossInput& input, const InfoNceOptions& options, const at::Tensor& scale) {
  const recipe::Batch& batch = input.batch;
  const at::Tensor a = input.anchors.div(input.anchors.norm(2, {1}, true));
  const at::Tensor p = input.passages.div(input.passages.norm(2, {1}, true));
  const at::Tensor ap = a.matmul(p.t()), aa = a.matmul(a.t()), pp = p.matmul(p.t());
  at::Tensor guide_ap, guide_aa, guide_pp;
  if (options.guide_margin) {
    const at::Tensor& g = input.other.guide.anchors;
    const at::Tensor& h = input.other.guide.passages;
    const at::Tensor ga = g.div(g.norm(2, {1}, true)), gp = h.div(h.norm(2, {1}, true));
    guide_ap = ga.matmul(gp.t()), guide_aa = ga.matmul(ga.t()), guide_pp = gp.matmul(gp.t());
  }
  std::size_t total = 0;
  at::Tensor sum = a.new_zeros({});
  for (std::size_t i = 0; i < batch.anchors.size(); ++i)
    for (const std::uint32_t t : batch.positives[i]) {
      ++total;
      if (i < input.begin || i >= input.end) continue;
      const long row = static_cast<long>(i);
      const at::Tensor positive = ap[row][t];
      const double highest = positive.item<double>() + options.score_margin.value_or(10.0);
      const auto kept = [&](const at::Tensor& score, const at::Tensor& guide, long r, long c) {
        if (score.item<double>() > highest) return false;
        return !options.guide_margin || guide[r][c].item<double>() <=
                                            guide_ap[row][t].item<double>() - *options.guide_margin;
      };
      std::vector<at::Tensor> forward{positive}, backward{positive};
      for (std::uint32_t j = 0; j < batch.passages.size(); ++j) {
        if (!no_negative(batch, i, j) && kept(ap[row][j], guide_ap, row, j))
          forward.push_back(ap[row][j]);
        if (options.passage_passage && !no_negative(batch, i, j) &&
            std::ranges::count(batch.negatives[i], j) == 0 && kept(pp[t][j], guide_pp, t, j))
          forward.push_back(pp[t][j]);
      }
      for (std::size_t k = 0; k < batch.anchors.size(); ++k) {
        const long other = static_cast<long>(k);
        if (options.anchor_anchor && !no_negative_anchor(batch, i, k) &&
            kept(aa[row][other], guide_aa, row, other))
          forward.push_back(aa[row][other]);
        if (!no_negative(batch, k, t) && kept(ap[other][t], guide_ap, other, t))
          backward.push_back(ap[other][t]);
      }
      const auto entropy = [&](const std::vector<at::Tensor>& scores) {
        return at::stack(scores).mul(scale).logsumexp({0}).sub(positive.mul(scale));
      };
      const at::Tensor there = entropy(forward);
      sum = sum.add(options.both_directions ? there.add(entropy(backward)).mul(0.5) : there);
    }
  return sum.div(static_cast<double>(total));
}

/// Positives listed twice count once.
recipe::Batch pairs(std::size_t anchors, std::size_t extra, std::uint64_t seed) {
  recipe::Batch batch = random_batch(anchors, extra, seed);
  for (auto& positives : batch.positives)
    if (positives.size() == 2 && positives[0] == positives[1]) positives.pop_back();
  return batch;
}

struct Case {
  const char* name;
  InfoNceOptions options;
};

std::vector<Case> cases() {
  return {{"one direction", {.temperature = 0.05}},
          {"both directions", {.temperature = 0.05, .both_directions = true}},
          {"four terms", {.temperature = 0.1, .anchor_anchor = true, .passage_passage = true}},
          {"score mask", {.temperature = 0.02, .both_directions = true, .score_margin = 0.1}},
          {"guided",
           {.temperature = 0.05,
            .both_directions = true,
            .anchor_anchor = true,
            .passage_passage = true,
            .guide_margin = 0.0}},
          {"everything",
           {.temperature = 0.5,
            .learnable_temperature = true,
            .both_directions = true,
            .anchor_anchor = true,
            .passage_passage = true,
            .score_margin = 0.2}}};
}

TEST(InfoNce, IsTheWholeMatrixInTiles) {
  const recipe::Batch batch = pairs(13, 6, 1);
  const at::Tensor a = random_vectors(13, 5, 2), p = random_vectors(19, 5, 3);
  LossInput input = input_of(batch, a, p);
  input.other.guide = {random_vectors(13, 3, 4), random_vectors(19, 3, 5)};
  for (Case& c : cases())
    for (const auto& [begin, end] : {std::pair(0, 13), std::pair(3, 9)}) {
      input.begin = static_cast<std::size_t>(begin);
      input.end = static_cast<std::size_t>(end);
      const at::Tensor scale = a.detach().new_full({}, 1.0 / c.options.temperature);
      const Gradient expected = gradient(plain(input, c.options, scale), {a, p});
      for (const int tile : {1, 4, 7, 1024}) {
        SCOPED_TRACE(testing::Message() << c.name << ", tile " << tile << ", from " << begin);
        c.options.tile = tile;
        expect_equal(gradient(InfoNce(c.options)(input), {a, p}), expected, 1e-6);
      }
    }
}

TEST(InfoNce, IsTheWholeMatrixInFloat32OverSeveralTiles) {
  recipe::Batch batch = random_batch(1'100, 213, 7);
  for (auto& positives : batch.positives) positives.resize(1);
  const at::Tensor a = random_vectors(1'100, 16, 8, at::kFloat);
  const at::Tensor p = random_vectors(1'313, 16, 9, at::kFloat);
  const LossInput input = input_of(batch, a, p);
  const InfoNce loss({.temperature = 0.05, .both_directions = true});

  const at::Tensor s = a.div(a.norm(2, {1}, true)).matmul(p.div(p.norm(2, {1}, true)).t()).mul(20);
  at::Tensor keep = s.detach().new_zeros(s.sizes());
  for (std::uint32_t i = 0; i < 1'100; ++i)
    for (std::uint32_t j = 0; j < 1'313; ++j)
      if (i != j && no_negative(batch, i, j))
        keep[static_cast<long>(i)][static_cast<long>(j)].fill_(kMinusInfinity);
  const at::Tensor masked = s.add(keep);
  const at::Tensor diagonal = s.narrow(1, 0, 1'100).diagonal();
  const at::Tensor forward = masked.logsumexp({1}).sub(diagonal).mean();
  const at::Tensor backward = masked.narrow(1, 0, 1'100).logsumexp({0}).sub(diagonal).mean();
  const Gradient expected = gradient(forward.add(backward).mul(0.5), {a, p});
  const Gradient found = gradient(loss(input), {a, p});
  EXPECT_NEAR(found.value, expected.value, 1e-5);
  for (int leaf = 0; leaf < 2; ++leaf)
    EXPECT_LE(largest_difference(found.of[leaf], expected.of[leaf]),
              1e-5 * expected.of[leaf].abs().max().item<double>());
}

TEST(InfoNce, HasTheGradientOfItsDifferences) {
  const recipe::Batch batch = pairs(6, 3, 11);
  const at::Tensor a = random_vectors(6, 4, 12), p = random_vectors(9, 4, 13);
  LossInput input = input_of(batch, a, p);
  input.other.guide = {random_vectors(6, 3, 14), random_vectors(9, 3, 15)};
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    if (c.options.learnable_temperature) continue;  // float32: below
    const InfoNce loss(c.options);
    expect_finite_differences([&] { return loss(input); }, {a, p}, 1e-5);
  }
}

TEST(InfoNce, LearnsItsTemperature) {
  const recipe::Batch batch = pairs(8, 2, 21);
  const at::Tensor a = random_vectors(8, 4, 22), p = random_vectors(10, 4, 23);
  const LossInput input = input_of(batch, a, p);
  for (Case& c : cases()) {
    if (c.options.guide_margin) continue;
    SCOPED_TRACE(c.name);
    c.options.learnable_temperature = true;
    c.options.tile = 3;
    const InfoNce loss(c.options);
    ASSERT_EQ(loss.parameters().size(), 1U);
    EXPECT_EQ(loss.parameters()[0].name, "log_scale");
    const at::Tensor parameter = loss.parameters()[0].tensor;
    const at::Tensor scale =
        at::tensor(std::log(1.0 / c.options.temperature)).to(at::kDouble).requires_grad_(true);
    const Gradient expected = gradient(plain(input, c.options, scale.exp()), {a, p, scale});
    const Gradient found = gradient(loss(input), {a, p, parameter});
    expect_equal(found, expected, 1e-6);
    EXPECT_GT(std::abs(expected.of[2].item<double>()), 1e-6);
  }
}

TEST(InfoNce, KeepsTheTemperatureAboveABoundThatLearningCanLeave) {
  const recipe::Batch batch = pairs(8, 2, 21);
  const at::Tensor a = random_vectors(8, 4, 22), p = random_vectors(10, 4, 23);
  const InfoNce learnt({.temperature = 0.02, .learnable_temperature = true});
  const at::Tensor parameter = learnt.parameters()[0].tensor;
  parameter.detach().fill_(9.0);
  const LossInput input = input_of(batch, a, p);
  EXPECT_NEAR(learnt(input).item<double>(), InfoNce({.temperature = 0.01})(input).item<double>(),
              1e-5);
  EXPECT_NE(gradient(learnt(input), {parameter}).of[0].item<double>(), 0.0);
}

TEST(InfoNce, IsTheSumOfItsShares) {
  const recipe::Batch batch = pairs(11, 5, 31);
  const at::Tensor a = random_vectors(11, 4, 32), p = random_vectors(16, 4, 33);
  LossInput input = input_of(batch, a, p);
  input.other.guide = {random_vectors(11, 3, 34), random_vectors(16, 3, 35)};
  for (Case& c : cases()) {
    SCOPED_TRACE(c.name);
    c.options.tile = 5;
    const InfoNce loss(c.options);
    std::vector<at::Tensor> leaves{a, p};
    for (const NamedTensor& parameter : loss.parameters()) leaves.push_back(parameter.tensor);
    expect_shares_add_up(loss, input, leaves, leaves.size() == 3 ? 1e-6 : 1e-12);
  }
}

TEST(InfoNce, DoesNotTakeATextsTwinForANegative) {
  recipe::Batch batch;
  batch.anchors = {{.text = "a", .keys = {1}}, {.text = "b", .keys = {2}}};
  batch.passages = {{.text = "x", .keys = {7}}, {.text = "X", .keys = {7}}};
  batch.positives = {{0}, {1}};
  const at::Tensor a = random_vectors(2, 4, 41), p = random_vectors(2, 4, 42);
  EXPECT_DOUBLE_EQ(InfoNce()(input_of(batch, a, p)).item<double>(), 0.0);
  batch.passages[1].keys = {8};
  EXPECT_GT(InfoNce()(input_of(batch, a, p)).item<double>(), 0.0);
}

TEST(InfoNce, GivesAVectorWithoutADirectionNoGradient) {
  const recipe::Batch batch = pairs(4, 1, 51);
  const at::Tensor a = random_vectors(4, 4, 52), p = random_vectors(5, 4, 53);
  a.detach()[2].fill_(0.0);
  const Gradient found = gradient(InfoNce()(input_of(batch, a, p)), {a, p});
  EXPECT_TRUE(std::isfinite(found.value));
  EXPECT_EQ(found.of[0][2].abs().max().item<double>(), 0.0);
  EXPECT_TRUE(std::isfinite(found.of[1].abs().max().item<double>()));
}

TEST(InfoNce, ReadsLabelledSingleTexts) {
  recipe::Batch batch;
  batch.anchors.resize(6);
  batch.labels = {0, 1, 0, 2, 1, 0};
  const at::Tensor a = random_vectors(6, 4, 61);
  const InfoNce loss({.temperature = 0.1});
  expect_finite_differences([&] { return loss(input_of(batch, a, {})); }, {a}, 1e-5);
  expect_shares_add_up(loss, input_of(batch, a, {}), {a});
}

TEST(InfoNce, TakesSixteenBits) {
  const recipe::Batch batch = pairs(4, 1, 71);
  const at::Tensor a = random_vectors(4, 4, 72, at::kBFloat16);
  const at::Tensor p = random_vectors(5, 4, 73, at::kBFloat16);
  const at::Tensor loss = InfoNce()(input_of(batch, a, p));
  EXPECT_EQ(loss.scalar_type(), at::kFloat);
  EXPECT_EQ(gradient(loss, {a}).of[0].scalar_type(), at::kBFloat16);
}

TEST(InfoNce, RefusesWhatCannotBe) {
  EXPECT_KINDRED_ERROR(InfoNce({.temperature = 0.0}), ErrorKind::bad_input, "temperature of 0");
  EXPECT_KINDRED_ERROR(InfoNce({.temperature = 0.001, .learnable_temperature = true}),
                       ErrorKind::bad_input, "cannot start at 0.001");
  EXPECT_KINDRED_ERROR(InfoNce({.score_margin = -0.1}), ErrorKind::bad_input, "score_margin");
  recipe::Batch batch = pairs(4, 1, 81);
  const at::Tensor a = random_vectors(4, 4, 82), p = random_vectors(5, 4, 83);
  EXPECT_KINDRED_ERROR(InfoNce({.guide_margin = 0.0})(input_of(batch, a, p)), ErrorKind::bad_input,
                       "name a guide model");
  EXPECT_KINDRED_ERROR(InfoNce()(input_of(batch, p, a)), ErrorKind::bad_input, "matrix of 4 rows");
  batch.positives[1] = {9};
  EXPECT_KINDRED_ERROR(InfoNce()(input_of(batch, a, p)), ErrorKind::bad_input, "passage 9");
  batch.positives.assign(4, {});
  EXPECT_KINDRED_ERROR(InfoNce()(input_of(batch, a, p)), ErrorKind::bad_input, "needs pairs");
}

}  // namespace
}  // namespace kindred::train
