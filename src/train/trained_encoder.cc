// Opening a model for training, and its forward pass from texts to vectors.
#include "train/trained_encoder.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "model/appended_token.h"
#include "train/initial.h"
#include "train/loss.h"
#include "train/pooling.h"
#include "train/tuning.h"

namespace kindred::train {
namespace {

model::ModelDirectory open_base(const std::string& path) {
  model::ModelDirectory directory = model::ModelDirectory::open(path);
  if (directory.is_static)
    fail(ErrorKind::unsupported,
         "{}: static embeddings have no layers to train here; 'kindred vectors train' learns word "
         "vectors, and the recipe distil-static makes such a table of an encoder",
         path);
  if (directory.chat)
    fail(ErrorKind::unsupported,
         "{}: wraps every text by its chat template, which training does not; remove \"chat\" from "
         "its sentence_bert_config.json to train on plain texts",
         path);
  return directory;
}

at::Tensor activate(const at::Tensor& x, model::DenseActivation activation) {
  switch (activation) {
    case model::DenseActivation::identity:
      return x;
    case model::DenseActivation::tanh:
      return x.tanh();
    case model::DenseActivation::relu:
      return x.relu();
    case model::DenseActivation::gelu:
      return at::gelu(x);
    case model::DenseActivation::silu:
      return at::silu(x);
    case model::DenseActivation::sigmoid:
      break;
  }
  return x.sigmoid();
}

model::DenseActivation parse_activation(const std::string& name) {
  for (const model::DenseActivation a :
       {model::DenseActivation::identity, model::DenseActivation::tanh,
        model::DenseActivation::relu, model::DenseActivation::gelu, model::DenseActivation::silu,
        model::DenseActivation::sigmoid})
    if (model::to_string(a) == name) return a;
  fail(ErrorKind::bad_input, "projection_activation: there is no activation \"{}\"", name);
}

}  // namespace

TrainedEncoder::TrainedEncoder(const recipe::ModelRecipe& model, const recipe::TuningRecipe& tuning,
                               recipe::EmbeddingUpdate embeddings, at::Device device,
                               std::uint64_t seed)
    : directory_(open_base(model.base)),
      tokenizer_(Tokenizer::open(directory_.require_tokenizer())),
      device_(device),
      transformer_(directory_.spec, torch::load_weights(directory_.weights, device)) {
  choose_inputs(model);
  if (model.cls_token) add_cls_token(seed);
  add_head(model, seed);
  tune(tuning, embeddings, seed);
}

void TrainedEncoder::choose_inputs(const recipe::ModelRecipe& model) {
  rules_.append_ids = directory_.append_ids;
  const std::size_t longest = model.max_length > 0 ? model.max_length : directory_.info.max_length;
  const std::size_t positions = directory_.spec.max_positions;
  if (positions > 0 && longest > positions)
    fail(ErrorKind::bad_input, "max_length: {} tokens, but {} has positions for {} only", longest,
         model.base, positions);
  const std::size_t added = rules_.append_ids.size() + tokenizer_.added_token_count();
  if (longest > 0 && longest <= added + 1)
    fail(ErrorKind::bad_input, "max_length: {} tokens leave no room for text", longest);
  if (longest > 0) rules_.max_length = longest;

  pooling_ =
      model.pooling.empty() ? directory_.pooling.modes : model::parse_pooling(model.pooling).modes;
  if (model.cls_token) {
    // Its name is to be free when the model is written, too.
    (void)model::next_token(directory_, model::AppendedToken{}.content);
    // It stands last, so that it sees the whole text under causal attention as well.
    std::replace(pooling_.begin(), pooling_.end(), model::PoolingMode::cls,
                 model::PoolingMode::last);
  }
  include_prompt_ = directory_.pooling.include_prompt;
  prefix_ = model.prefix;
  const std::size_t depth = directory_.spec.layers.size();
  selection_ = model::parse_layers(model.layers, depth);
  forward_.layers = selection_.states;
  forward_.bidirectional = model::parse_bidirectional(
      model.bidirectional.empty() ? directory_.bidirectional : model.bidirectional, depth);
}

void TrainedEncoder::add_cls_token(std::uint64_t seed) {
  const at::Tensor& table = transformer_.weights().word_embeddings.weight();
  const at::NoGradGuard no_graph;
  // About as long as the rows that the model knows.
  const double deviation = table.narrow(0, 0, std::min<std::int64_t>(table.size(0), 1000))
                               .square()
                               .mean()
                               .sqrt()
                               .item<double>();
  transformer_.weights().extra_embeddings =
      random_normal({1, table.size(1)}, deviation, seed, "cls_token").to(device_);
  rules_.append_ids.push_back(static_cast<std::uint32_t>(table.size(0)));
}

void TrainedEncoder::add_head(const recipe::ModelRecipe& model, std::uint64_t seed) {
  std::size_t width = pooling_.size() * directory_.spec.hidden;
  if (selection_.combine == model::LayerSelection::Combine::concat)
    width *= selection_.states.size();
  const bool own = model.pooling.empty() && model.layers.empty() && !model.cls_token;
  for (const model::HeadStep& step : directory_.head) {
    HeadLayer layer;
    layer.normalize = step.kind == model::HeadStep::Kind::normalize;
    if (!layer.normalize) {
      if (step.dense.linear.weight.columns() != width) {
        if (own)
          fail(ErrorKind::corrupt, "{}: a Dense module of {} inputs behind vectors of {}",
               model.base, step.dense.linear.weight.columns(), width);
        continue;  // it was trained for another pooling
      }
      layer.weight = torch::to_tensor(step.dense.linear.weight, device_);
      if (!step.dense.linear.bias.empty())
        layer.bias = torch::to_tensor(step.dense.linear.bias, device_);
      layer.activation = step.dense.activation;
      layer.residual = step.dense.residual;
      width = step.dense.linear.weight.rows();
    }
    head_.push_back(std::move(layer));
  }
  const bool normalize = model.normalize.value_or(
      !directory_.head.empty() && directory_.head.back().kind == model::HeadStep::Kind::normalize);
  std::erase_if(head_, [](const HeadLayer& layer) { return layer.normalize; });
  new_head_ = head_.size();
  if (model.dimensions > 0) {
    const auto in = static_cast<std::int64_t>(width);
    const auto out = static_cast<std::int64_t>(model.dimensions);
    HeadLayer projection;
    projection.weight = random_projection(out, in, seed, "projection").to(device_);
    if (model.projection_bias) projection.bias = zeros_of({out}, device_);
    projection.activation = parse_activation(model.projection_activation);
    head_.push_back(std::move(projection));
    width = model.dimensions;
  }
  projection_decay_ = model.projection_weight_decay;
  if (normalize) head_.push_back({.normalize = true, .weight = {}, .bias = {}});
  dimensions_ = width;
}

void TrainedEncoder::tune(const recipe::TuningRecipe& tuning, recipe::EmbeddingUpdate embeddings,
                          std::uint64_t seed) {
  prepare_tuning(transformer_, tuning, embeddings, seed);
  const bool body = tuning.mode == recipe::TuningMode::full;
  for (std::size_t i = 0; i < head_.size(); ++i) {
    HeadLayer& layer = head_[i];
    if (layer.normalize || !(body || i >= new_head_ || tuning.mode == recipe::TuningMode::head))
      continue;
    layer.weight.requires_grad_(true);
    if (layer.bias.defined()) layer.bias.requires_grad_(true);
  }
  if (cls_token().defined()) transformer_.weights().extra_embeddings.requires_grad_(true);
  if (parameters().empty() && !transformer_.weights().word_embeddings.trained())
    fail(ErrorKind::bad_input,
         "nothing would be trained: [tuning] mode = \"head\" needs a projection (dimensions in "
         "[model])");
}

std::vector<Parameter> TrainedEncoder::parameters() {
  std::vector<Parameter> result = tuned_parameters(transformer_);
  if (cls_token().defined())
    result.push_back({"cls_token", transformer_.weights().extra_embeddings, Part::head, 0, false});
  const std::size_t behind = directory_.spec.layers.size() + 1;
  for (std::size_t i = 0; i < head_.size(); ++i) {
    const HeadLayer& layer = head_[i];
    const Part part = i >= new_head_ ? Part::head : Part::body;
    const double decay = i >= new_head_ ? projection_decay_ : -1.0;
    if (layer.weight.defined() && layer.weight.requires_grad())
      result.push_back(
          {"head." + std::to_string(i) + ".weight", layer.weight, part, behind, true, decay});
    if (layer.bias.defined() && layer.bias.requires_grad())
      result.push_back({"head." + std::to_string(i) + ".bias", layer.bias, part, behind, false});
  }
  return result;
}

bool TrainedEncoder::normalizes() const {
  return !head_.empty() && head_.back().normalize;
}

std::string TrainedEncoder::prompt(const std::string& name) const {
  const auto& prompts = directory_.info.prompts;
  const auto found = prompts.find(name);
  if (found == prompts.end())
    fail(ErrorKind::not_found, "{} has no prompt called \"{}\"; give its words themselves",
         directory_.info.path, name);
  return found->second;
}

std::vector<TextTokens> TrainedEncoder::tokenise(std::span<const recipe::BatchText* const> texts,
                                                 ThreadPool& pool) const {
  return train::tokenise(tokenizer_, rules_, texts, pool);
}

torch::PackedBatch TrainedEncoder::pack(std::span<const TextTokens* const> texts,
                                        std::vector<std::uint32_t>& skip) const {
  std::vector<std::uint32_t> ids, offsets = {0}, prefix;
  for (const TextTokens* text : texts) {
    ids.insert(ids.end(), text->ids.begin(), text->ids.end());
    offsets.push_back(static_cast<std::uint32_t>(ids.size()));
    if (!include_prompt_) skip.push_back(text->prompt);
    if (prefix_) prefix.push_back(text->prompt);
  }
  return torch::PackedBatch::make({ids, offsets, prefix}, directory_.spec.position_offset, device_);
}

namespace {

/// The graph of a forward pass looks at its batch until its backward pass: it is tied to the
/// result.
at::Tensor keeping(const at::Tensor& x, std::shared_ptr<const torch::PackedBatch> batch) {
  if (!x.requires_grad()) return x;
  x.register_hook([batch = std::move(batch)](const at::Tensor& gradient) { return gradient; });
  return x;
}

}  // namespace

at::Tensor TrainedEncoder::encode(std::span<const TextTokens* const> texts,
                                  const torch::PassOptions& pass) const {
  std::vector<std::uint32_t> skip;
  const auto batch = std::make_shared<const torch::PackedBatch>(pack(texts, skip));
  std::vector<at::Tensor> states = transformer_.forward(*batch, forward_, pass);
  at::Tensor tokens = states.front();
  if (states.size() > 1)
    tokens = selection_.combine == model::LayerSelection::Combine::concat
                 ? at::cat(states, 1)
                 : at::stack(states).mean(0);
  return keeping(apply_head(pool(tokens, *batch, skip, pooling_)), batch);
}

at::Tensor TrainedEncoder::apply_head(at::Tensor x) const {
  for (const HeadLayer& layer : head_) {
    if (layer.normalize) {
      x = normalized(x);
      continue;
    }
    at::Tensor y =
        activate(at::linear(x, layer.weight,
                            layer.bias.defined() ? std::optional(layer.bias) : std::nullopt),
                 layer.activation);
    x = layer.residual ? y.add(x) : y;
  }
  return x;
}

}  // namespace kindred::train
