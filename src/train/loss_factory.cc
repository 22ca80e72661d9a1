#include "train/loss_factory.h"

#include <utility>
#include <vector>

#include "base/error.h"
#include "train/coles.h"
#include "train/compatible.h"
#include "train/composite_loss.h"
#include "train/distillation.h"
#include "train/graded_losses.h"
#include "train/info_nce.h"
#include "train/next_event.h"
#include "train/triplet.h"

namespace kindred::train {
namespace {

using recipe::LossKind;

InfoNceOptions info_nce_of(const recipe::LossRecipe& recipe) {
  return {.temperature = recipe.temperature,
          .learnable_temperature = recipe.learn_temperature,
          .both_directions = recipe.both_directions,
          .anchor_anchor = recipe.query_query,
          .passage_passage = recipe.passage_passage,
          .score_margin = recipe.mask_margin,
          .guide_margin = recipe.guide_margin};
}

TripletOptions triplet_of(const recipe::LossRecipe& recipe) {
  const auto selection = [&] {
    switch (recipe.triplet_mining) {
      case recipe::TripletMining::all:
        return TripletSelection::all;
      case recipe::TripletMining::hard:
        return TripletSelection::hard;
      case recipe::TripletMining::own:
        return TripletSelection::own;
      case recipe::TripletMining::semi_hard:
        break;
    }
    return TripletSelection::semi_hard;
  };
  return {.metric = recipe.triplet_metric == recipe::TripletMetric::cosine ? Metric::cosine
                                                                           : Metric::euclidean,
          .margin = recipe.triplet_margin,
          .selection = selection()};
}

}  // namespace

bool over_vectors(LossKind kind) noexcept {
  switch (kind) {
    case LossKind::mlm:
    case LossKind::next_token:
    case LossKind::mntp:
    case LossKind::tags:
      return false;
    default:
      return true;
  }
}

std::shared_ptr<const Loss> make_loss(const recipe::LossRecipe& recipe, LossKind kind) {
  switch (kind) {
    case LossKind::infonce:
    case LossKind::simcse:
      return std::make_shared<InfoNce>(info_nce_of(recipe));
    case LossKind::triplet:
      return std::make_shared<Triplet>(triplet_of(recipe));
    case LossKind::cosent:
      return std::make_shared<Cosent>(CosentOptions{.scale = recipe.score_scale});
    case LossKind::cosine:
      return std::make_shared<CosineRegression>();
    case LossKind::graded_order:
      return std::make_shared<Ordered>(
          OrderedOptions{.scale = recipe.score_scale, .strength = recipe.order_strength});
    case LossKind::distill_vectors:
      return std::make_shared<VectorDistillation>();
    case LossKind::distill_scores:
      return std::make_shared<ScoreDistillation>(
          ScoreDistillationOptions{.temperature = recipe.temperature});
    case LossKind::compatible:
      return std::make_shared<Compatible>(info_nce_of(recipe));
    case LossKind::next_event:
      return std::make_shared<NextEvent>(recipe.temperature);
    case LossKind::coles:
      return std::make_shared<Coles>();
    default:
      fail(ErrorKind::bad_input, "{} is a loss over tokens, none over the vectors of a batch",
           recipe::to_string(kind));
  }
}

std::shared_ptr<const Loss> make_loss(const recipe::LossRecipe& recipe,
                                      std::span<const recipe::LossTerm> terms) {
  std::vector<WeightedLoss> losses;
  for (const recipe::LossTerm& term : terms)
    if (over_vectors(term.loss)) losses.push_back({term.weight, make_loss(recipe, term.loss)});
  if (losses.empty()) return nullptr;
  auto sum = std::make_shared<LossSum>(std::move(losses));
  if (recipe.matryoshka.empty()) return sum;
  const std::vector<double>& weights = recipe.matryoshka_weights;
  if (!weights.empty() && weights.size() != recipe.matryoshka.size())
    fail(ErrorKind::bad_input, "loss.matryoshka_weights: {} weights for {} dimensions",
         weights.size(), recipe.matryoshka.size());
  std::vector<MatryoshkaDimension> dimensions;
  for (std::size_t i = 0; i < recipe.matryoshka.size(); ++i)
    dimensions.push_back(
        {static_cast<std::int64_t>(recipe.matryoshka[i]), weights.empty() ? 1.0 : weights[i]});
  return std::make_shared<Matryoshka>(std::move(sum), std::move(dimensions));
}

}  // namespace kindred::train
