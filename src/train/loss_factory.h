// The losses that a recipe names. Tested by loss_factory_test.cc.
#pragma once

#include <memory>
#include <span>

#include "recipe/recipe.h"
#include "train/loss.h"

namespace kindred::train {

/// Whether a loss is one over a batch's vectors: make_loss knows it. The others are over tokens
/// (token_loss.h).
bool over_vectors(recipe::LossKind kind) noexcept;

/// One loss with the recipe's settings. Throws bad_input for settings that it cannot work with, and
/// where it is none over vectors.
///
/// `simcse` is InfoNCE where the passages are the anchors' own texts, encoded once more: who calls
/// it makes such an input.
std::shared_ptr<const Loss> make_loss(const recipe::LossRecipe& recipe, recipe::LossKind kind);

/// The weighted sum of those of `terms` that are over vectors, at each of the recipe's Matryoshka
/// dimensions; null where there are none.
std::shared_ptr<const Loss> make_loss(const recipe::LossRecipe& recipe,
                                      std::span<const recipe::LossTerm> terms);

}  // namespace kindred::train
