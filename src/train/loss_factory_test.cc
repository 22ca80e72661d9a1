#include "train/loss_factory.h"

#include "io/expect_error.h"
#include "train/coles.h"
#include "train/composite_loss.h"
#include "train/info_nce.h"
#include "train/loss_fixture.h"
#include "train/triplet.h"

namespace kindred::train {
namespace {

using recipe::LossKind;

class LossFactory : public testing::Test {
 protected:
  double value(const Loss& loss) const {
    return loss(input_of(batch_, anchors_, passages_)).item<double>();
  }
  recipe::Batch batch_ = random_batch(6, 3, 1);
  at::Tensor anchors_ = random_vectors(6, 4, 2), passages_ = random_vectors(9, 4, 3);
  recipe::LossRecipe recipe_;
};

TEST_F(LossFactory, AddsWhatARecipeNames) {
  recipe_.temperature = 0.1;
  recipe_.both_directions = recipe_.query_query = recipe_.passage_passage = true;
  recipe_.mask_margin = 0.1;
  recipe_.triplet_metric = recipe::TripletMetric::euclidean;
  recipe_.triplet_mining = recipe::TripletMining::hard;
  recipe_.triplet_margin = 0.3;
  recipe_.losses = {
      {LossKind::infonce, 1.0}, {LossKind::triplet, 0.2}, {LossKind::mlm, 1.0}};
  const double info_nce = value(InfoNce({.temperature = 0.1,
                                         .both_directions = true,
                                         .anchor_anchor = true,
                                         .passage_passage = true,
                                         .score_margin = 0.1}));
  const double triplet = value(Triplet({Metric::euclidean, 0.3, TripletSelection::hard}));
  EXPECT_DOUBLE_EQ(value(*make_loss(recipe_, recipe_.losses)), info_nce + 0.2 * triplet);
}

TEST_F(LossFactory, CutsVectorsWhereARecipeSaysSo) {
  recipe_.matryoshka = {4, 2};
  recipe_.matryoshka_weights = {1.0, 0.5};
  const auto inner = std::make_shared<InfoNce>(InfoNceOptions{.temperature = 0.05});
  EXPECT_DOUBLE_EQ(value(*make_loss(recipe_, recipe_.losses)),
                   value(Matryoshka(inner, {{4, 1.0}, {2, 0.5}})));
  recipe_.matryoshka_weights = {1.0};
  EXPECT_KINDRED_ERROR(make_loss(recipe_, recipe_.losses), ErrorKind::bad_input,
                       "1 weights for 2 dimensions");
}

TEST_F(LossFactory, KnowsEveryLossOverVectors) {
  for (const LossKind kind :
       {LossKind::infonce, LossKind::triplet, LossKind::cosent, LossKind::cosine,
        LossKind::graded_order, LossKind::simcse, LossKind::distill_vectors,
        LossKind::distill_scores, LossKind::coles, LossKind::compatible,
        LossKind::next_event}) {
    EXPECT_TRUE(over_vectors(kind));
    EXPECT_NE(make_loss(recipe_, kind), nullptr);
  }
  for (const LossKind kind :
       {LossKind::mlm, LossKind::next_token, LossKind::mntp, LossKind::tags}) {
    EXPECT_FALSE(over_vectors(kind));
    EXPECT_KINDRED_ERROR(make_loss(recipe_, kind), ErrorKind::bad_input, "over tokens");
  }
  const recipe::LossTerm tokens{LossKind::mlm, 1.0};
  EXPECT_EQ(make_loss(recipe_, {&tokens, 1}), nullptr);
}

TEST_F(LossFactory, RefusesAMarginThatCannotClose) {
  recipe_.triplet_margin = 5.0;
  EXPECT_KINDRED_ERROR(make_loss(recipe_, LossKind::triplet), ErrorKind::bad_input,
                       "can never close");
}

}  // namespace
}  // namespace kindred::train
