// Every loss against sentence-transformers' own values and gradients
// (tests/reference/make_loss_goldens.py), in float64.
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "train/composite_loss.h"
#include "train/distillation.h"
#include "train/graded_losses.h"
#include "train/info_nce.h"
#include "train/loss_fixture.h"
#include "train/triplet.h"

namespace kindred::train {
namespace {

using Json = nlohmann::json;

at::Tensor matrix(const Json& rows) {
  std::vector<double> values;
  for (const Json& row : rows)
    for (const Json& value : row) values.push_back(value.get<double>());
  return at::tensor(values).view({static_cast<long>(rows.size()), -1});
}

/// The first column as anchors, the others below each other as passages.
struct Given {
  recipe::Batch batch;
  at::Tensor anchors, passages;
  at::Tensor anchor_gradient, passage_gradient;
};

Given given(const Json& golden) {
  Given made;
  const auto stacked = [&](const char* what) {
    Json rows = Json::array();
    for (std::size_t c = 1; c < golden[what].size(); ++c)
      rows.insert(rows.end(), golden[what][c].begin(), golden[what][c].end());
    return rows;
  };
  const auto n = static_cast<std::uint32_t>(golden["columns"][0].size());
  const auto columns = static_cast<std::uint32_t>(golden["columns"].size() - 1);
  made.anchors = matrix(golden["columns"][0]).requires_grad_(true);
  made.anchor_gradient = matrix(golden["gradients"][0]);
  made.batch.anchors.resize(n);
  if (columns == 0) return made;
  made.passages = matrix(stacked("columns")).requires_grad_(true);
  made.passage_gradient = matrix(stacked("gradients"));
  made.batch.passages.resize(n * columns);
  for (std::uint32_t i = 0; i < n; ++i) {
    made.batch.positives.push_back({i});
    made.batch.negatives.emplace_back();
    for (std::uint32_t c = 1; c < columns; ++c) made.batch.negatives[i].push_back(c * n + i);
  }
  return made;
}

class LossGolden : public testing::Test {
 protected:
  static const Json& golden(const std::string& name) {
    static const Json all = Json::parse(std::ifstream(KINDRED_TEST_DATA "/golden/losses.json"));
    for (const Json& one : all)
      if (one["name"] == name) return one;
    throw std::runtime_error("no golden " + name);
  }

  static void expect(const std::string& name, const Loss& loss,
                     const std::function<void(const Json&, Given&, LossInput&)>& more = {}) {
    SCOPED_TRACE(name);
    const Json& one = golden(name);
    Given data = given(one);
    LossInput input = input_of(data.batch, data.anchors, data.passages);
    if (more) more(one, data, input);
    std::vector<at::Tensor> leaves{data.anchors}, expected{data.anchor_gradient};
    if (data.passages.defined()) {
      leaves.push_back(data.passages);
      expected.push_back(data.passage_gradient);
    }
    expect_equal(gradient(loss(input), leaves), {one["value"].get<double>(), expected}, 1e-7);
    expect_shares_add_up(loss, input, leaves);
  }
};

TEST_F(LossGolden, InfoNceIsTheirRankingLoss) {
  expect("ranking", InfoNce({.temperature = 0.05}));
  expect("ranking, two negatives", InfoNce({.temperature = 0.1}));
  expect("ranking, both directions", InfoNce({.temperature = 0.05, .both_directions = true}));
  expect("ranking, both directions, a negative",
         InfoNce({.temperature = 0.05, .both_directions = true}));
  expect("ranking, texts of each side too",
         InfoNce({.temperature = 0.05, .anchor_anchor = true, .passage_passage = true}));
}

TEST_F(LossGolden, Matryoshka) {
  expect("ranking, Matryoshka",
         Matryoshka(std::make_shared<InfoNce>(InfoNceOptions{.temperature = 0.05}),
                    {{5, 1.0}, {3, 0.5}, {2, 0.25}}));
}

TEST_F(LossGolden, GuidedInfoNceIsGist) {
  expect("guided",
         InfoNce({.temperature = 0.05,
                  .anchor_anchor = true,
                  .passage_passage = true,
                  .guide_margin = 0.05}),
         [](const Json& one, Given&, LossInput& input) {
           input.other.guide = {matrix(one["guide"][0]), matrix(one["guide"][1])};
         });
}

void grade_pairs(const Json& one, Given& data, LossInput&) {
  for (std::uint32_t i = 0; i < one["scores"].size(); ++i)
    data.batch.graded.push_back({i, i, one["scores"][i].get<double>()});
}

TEST_F(LossGolden, PairsWithScores) {
  expect("cosent", Cosent(), grade_pairs);
  expect("cosine", CosineRegression(), grade_pairs);
}

void grade_candidates(const Json& one, Given& data, LossInput&) {
  const auto n = static_cast<std::uint32_t>(data.batch.anchors.size());
  for (std::uint32_t i = 0; i < n; ++i)
    for (std::uint32_t c = 0; c < one["scores"][i].size(); ++c)
      data.batch.graded.push_back({i, c * n + i, one["scores"][i][c].get<double>()});
}

TEST_F(LossGolden, TeachersScores) {
  expect("margin_mse", ScoreDistillation({.target = ScoreTarget::margin_mse, .cosine = false}),
         grade_candidates);
  expect("kl", ScoreDistillation({.temperature = 0.1, .teacher_temperature = 2.0}),
         grade_candidates);
}

TEST_F(LossGolden, TeachersVectors) {
  const auto teach = [](const Json& one, Given&, LossInput& input) {
    input.other.teacher = {matrix(one["teacher"][0]), matrix(one["teacher"][1])};
  };
  expect("vectors, mse", VectorDistillation({.target = VectorTarget::mse}), teach);
  expect("vectors, cosine", VectorDistillation(), teach);
}

TripletOptions triplet(Metric metric, double margin, TripletSelection selection) {
  return {.metric = metric, .margin = margin, .selection = selection, .normalize = false};
}

TEST_F(LossGolden, TripletsOfColumns) {
  expect("triplet, euclidean", Triplet(triplet(Metric::euclidean, 5.0, TripletSelection::own)));
  expect("triplet, cosine", Triplet(triplet(Metric::cosine, 0.3, TripletSelection::own)));
}

TEST_F(LossGolden, TripletsOfABatch) {
  const auto label = [](const Json& one, Given& data, LossInput&) {
    data.batch.labels = one["labels"].get<std::vector<std::uint32_t>>();
  };
  for (const auto& [name, selection] : {std::pair("hard", TripletSelection::hard),
                                        std::pair("semi_hard", TripletSelection::semi_hard),
                                        std::pair("all", TripletSelection::all)}) {
    expect(std::string("batch ") + name + ", euclidean",
           Triplet(triplet(Metric::euclidean, 1.5, selection)), label);
    expect(std::string("batch ") + name + ", cosine",
           Triplet(triplet(Metric::cosine, 0.3, selection)), label);
  }
}

}  // namespace
}  // namespace kindred::train
