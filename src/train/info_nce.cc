#include "train/info_nce.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/scalar_tensor.h>

#include <cmath>
#include <memory>
#include <utility>

#include "base/error.h"
#include "train/tiled_contrast.h"

namespace kindred::train {
namespace {

constexpr double kHighestScale = 100.0;

/// The other anchors' texts and the other passages, as candidates of a term.
std::vector<ContrastBlock> forward_blocks(const InfoNceOptions& options,
                                          const std::shared_ptr<const Relation>& relation) {
  std::vector<ContrastBlock> blocks;
  blocks.push_back({Side::anchors, Side::passages, [relation](const Term& term, Columns& lists) {
                      relation->passages_of_anchor(term.anchor, lists);
                    }});
  if (options.anchor_anchor)
    blocks.push_back({Side::anchors, Side::anchors, [relation](const Term& term, Columns& lists) {
                        relation->anchors_of_anchor(term.anchor, lists);
                      }});
  if (options.passage_passage)
    blocks.push_back({Side::passages, Side::passages, [relation](const Term& term, Columns& lists) {
                        relation->passages_of_positive(term.anchor, lists);
                      }});
  return blocks;
}

std::vector<ContrastBlock> backward_blocks(const std::shared_ptr<const Relation>& relation) {
  return {{Side::passages, Side::anchors, [relation](const Term& term, Columns& lists) {
             relation->anchors_of_passage(term.positive, lists);
           }}};
}

/// A guide's vectors, of unit length.
TextVectors guide_units(const LossInput& input, const Relation& relation) {
  const at::NoGradGuard no_graph;
  const at::Tensor& passages =
      relation.labelled() ? input.other.guide.anchors : input.other.guide.passages;
  for (const auto& [vectors, texts] : {std::pair(input.other.guide.anchors, input.anchors),
                                       std::pair(passages, relation.passages(input))})
    if (!vectors.defined() || vectors.dim() != 2 || vectors.size(0) != texts.size(0))
      fail(ErrorKind::bad_input,
           "info_nce: guide_margin is set, but the batch does not come with a guide's vector of "
           "every text; name a guide model, or leave guide_margin out");
  const auto units = [&](const at::Tensor& vectors) {
    return normalized(vectors).to(input.anchors.device());
  };
  return {units(input.other.guide.anchors), units(passages)};
}

}  // namespace

void validate(const InfoNceOptions& options) {
  if (!(options.temperature > 0.0) || !std::isfinite(options.temperature))
    fail(ErrorKind::bad_input,
         "info_nce: a temperature of {} is no positive number; 0.01 to 0.1 are usual",
         options.temperature);
  if (options.learnable_temperature && options.temperature < 1.0 / kHighestScale)
    fail(ErrorKind::bad_input,
         "info_nce: a learnt temperature is kept above {}, so it cannot start at {}",
         1.0 / kHighestScale, options.temperature);
  if (options.score_margin && !(*options.score_margin >= 0.0))
    fail(ErrorKind::bad_input,
         "info_nce: a score_margin of {} would leave out negatives that score less than the "
         "positive; 0.1 is usual",
         *options.score_margin);
  if (options.guide_margin && !std::isfinite(*options.guide_margin))
    fail(ErrorKind::bad_input, "info_nce: guide_margin is no number; 0 is usual");
  if (options.tile < 1) fail(ErrorKind::bad_input, "info_nce: a tile of {} rows", options.tile);
}

InfoNce::InfoNce(const InfoNceOptions& options) : options_(options) {
  validate(options);
  if (!options.learnable_temperature) return;
  log_scale_ = at::scalar_tensor(-std::log(options.temperature), at::kFloat);
  log_scale_.requires_grad_(true);
}

std::vector<NamedTensor> InfoNce::parameters() const {
  if (!log_scale_.defined()) return {};
  return {{"log_scale", log_scale_}};
}

at::Tensor InfoNce::scale(const at::Tensor& like) const {
  if (!log_scale_.defined()) return like.new_full({}, 1.0 / options_.temperature);
  // The bound changes the value, not the gradient: what was learnt too far can come back.
  const at::Tensor excess = log_scale_.sub(std::log(kHighestScale)).clamp_min(0.0).detach();
  return log_scale_.sub(excess).exp().to(like.device(), like.scalar_type());
}

at::Tensor InfoNce::operator()(const LossInput& input) const {
  check(input);
  const auto relation = std::make_shared<const Relation>(input.batch);
  if (relation->terms().empty())
    fail(ErrorKind::bad_input, "batch '{}': no anchor has a positive; info_nce needs pairs",
         input.batch.task);
  const at::Tensor anchors = computable(input.anchors);
  const at::Tensor passages = computable(relation->passages(input));

  const at::Tensor factor = scale(anchors);
  const auto [first, last] = relation->terms_of(input.begin, input.end);
  const std::vector<Term> terms(relation->terms().begin() + static_cast<std::ptrdiff_t>(first),
                                relation->terms().begin() + static_cast<std::ptrdiff_t>(last));
  const TextVectors guide = options_.guide_margin ? guide_units(input, *relation) : TextVectors{};

  const auto contrast = [&](std::vector<ContrastBlock> blocks) {
    auto what = std::make_shared<Contrast>();
    what->terms = terms;
    what->blocks = std::move(blocks);
    what->divisor = static_cast<double>(relation->terms().size());
    if (options_.score_margin) what->score_margin = *options_.score_margin;
    what->guide = guide;
    what->guide_margin = options_.guide_margin.value_or(0.0);
    what->tile = options_.tile;
    return tiled_contrast(anchors, passages, factor, std::move(what));
  };
  const at::Tensor loss = contrast(forward_blocks(options_, relation));
  if (!options_.both_directions) return loss;
  return loss.add(contrast(backward_blocks(relation))).mul(0.5);
}

}  // namespace kindred::train
