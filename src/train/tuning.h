// Which weights of a transformer are trained, and what is added to it. Tested by
// trained_encoder_test.cc.
#pragma once

#include <cstdint>
#include <vector>

#include "recipe/recipe.h"
#include "torch/transformer.h"
#include "train/parameter.h"

namespace kindred::train {

/// Adds low-rank changes or adapters, and marks what wants gradients. Errors: bad_input for targets
/// that the model does not have.
void prepare_tuning(torch::Transformer& transformer, const recipe::TuningRecipe& tuning,
                    recipe::EmbeddingUpdate embeddings, std::uint64_t seed);

/// What prepare_tuning marked, by names in the field's terms ("layers.3.query.lora_a"), without the
/// word embeddings.
std::vector<Parameter> tuned_parameters(torch::Transformer& transformer);

}  // namespace kindred::train
