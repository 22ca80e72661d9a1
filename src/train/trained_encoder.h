// A model under training: texts to vectors with gradients. Tested by trained_encoder_test.cc.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "encode/tokenised.h"
#include "kindred/tokenizer.h"
#include "model/directory.h"
#include "model/layer_selection.h"
#include "model/modules.h"
#include "recipe/recipe.h"
#include "torch/transformer.h"
#include "train/parameter.h"
#include "train/text_tokens.h"

namespace kindred::train {

/// sentence-transformers' Dense, or a normalisation, with tensors.
struct HeadLayer {
  bool normalize = false;  ///< nothing else then
  at::Tensor weight;       ///< out × in
  at::Tensor bias;         ///< or undefined
  model::DenseActivation activation = model::DenseActivation::identity;
  bool residual = false;
};

/// Threads: one at a time.
class TrainedEncoder {
 public:
  /// The base model changed as the recipe says: layers, directions, a projection, tuning. Random
  /// weights follow from `seed`. Errors: as ModelDirectory::open; unsupported for static models and
  /// chat templates; bad_input where recipe and model do not fit.
  TrainedEncoder(const recipe::ModelRecipe& model, const recipe::TuningRecipe& tuning,
                 recipe::EmbeddingUpdate embeddings, at::Device device, std::uint64_t seed);

  const model::ModelDirectory& source() const { return directory_; }
  const Tokenizer& tokenizer() const { return tokenizer_; }
  torch::Transformer& transformer() { return transformer_; }
  const torch::Transformer& transformer() const { return transformer_; }
  const std::vector<HeadLayer>& head() const { return head_; }
  const std::vector<model::PoolingMode>& pooling() const { return pooling_; }
  const model::ForwardOptions& forward_options() const { return forward_; }
  const model::LayerSelection& layers() const { return selection_; }
  /// Whether the tokens of a prompt see each other in layers that are causal.
  bool prefix() const { return prefix_; }
  std::size_t max_length() const { return rules_.max_length.value_or(0); }
  std::size_t dimensions() const { return dimensions_; }
  bool normalizes() const;
  /// The row of the learnable token behind every text, or undefined.
  const at::Tensor& cls_token() const { return transformer_.weights().extra_embeddings; }
  at::Device device() const { return device_; }

  /// The words of a prompt of the model's. Errors: not_found.
  std::string prompt(const std::string& name) const;

  std::vector<TextTokens> tokenise(std::span<const recipe::BatchText* const> texts,
                                   ThreadPool& pool) const;

  /// B × dimensions(), with a graph where one is recorded.
  at::Tensor encode(std::span<const TextTokens* const> texts, const torch::PassOptions& pass) const;

  /// Everything that is trained but the word embeddings, whose rows are
  /// transformer().weights().word_embeddings.
  std::vector<Parameter> parameters();

 private:
  void choose_inputs(const recipe::ModelRecipe& model);
  void add_cls_token(std::uint64_t seed);
  void add_head(const recipe::ModelRecipe& model, std::uint64_t seed);
  void tune(const recipe::TuningRecipe& tuning, recipe::EmbeddingUpdate embeddings,
            std::uint64_t seed);
  at::Tensor apply_head(at::Tensor pooled) const;
  torch::PackedBatch pack(std::span<const TextTokens* const> texts,
                          std::vector<std::uint32_t>& skip) const;

  model::ModelDirectory directory_;
  Tokenizer tokenizer_;
  at::Device device_;
  encode::InputRules rules_;
  bool include_prompt_ = true;
  bool prefix_ = false;
  std::vector<model::PoolingMode> pooling_;
  model::LayerSelection selection_;
  model::ForwardOptions forward_;
  torch::Transformer transformer_;
  std::vector<HeadLayer> head_;
  std::size_t new_head_ = 0;  // the first layer of head_ that the recipe added
  double projection_decay_ = 0.0;
  std::size_t dimensions_ = 0;
};

}  // namespace kindred::train
