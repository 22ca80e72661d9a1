// AdamW over the parameters of an encoder and its losses. Tested by optimizer_test.cc.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "recipe/recipe.h"
#include "torch/embedding_table.h"
#include "train/parameter.h"
#include "train/processes.h"

namespace kindred::train {

/// The rate of a step as a factor: warm-up from 0, then the schedule, which ends at 0.
/// `warmup`: below 1 a share of `steps`, else steps.
double schedule_factor(recipe::Schedule schedule, double warmup, std::uint64_t step,
                       std::uint64_t steps);

struct UpdateReport {
  double gradient_norm = 0.0;  ///< before clipping, over all parameters
  double rate = 0.0;           ///< of the body's last layer
};

/// Decoupled weight decay (Loshchilov and Hutter, 2019), all tensors of one rate in one fused call.
///
/// The word embeddings are updated densely, as any optimiser does it, or lazily: rows that no text
/// of a step touched stay as they are, their moments too, which is less work by orders of magnitude
/// and another mathematics (rows that are touched seldom decay and coast less).
///
/// With `shard`, each process keeps the moments of its own share of the tensors, updates those and
/// sends them to the others (ZeRO stage 1: Rajbhandari et al., 2020).
///
/// Threads: one at a time.
class Optimizer {
 public:
  /// `depth`: layers of the transformer. `embeddings` may be one that is not trained.
  Optimizer(std::vector<Parameter> parameters, torch::EmbeddingTable& embeddings, std::size_t depth,
            const recipe::OptimizerRecipe& options, bool shard, Processes& processes);

  /// Sums the processes' gradients, clips, updates, and forgets the gradients. `factor` multiplies
  /// every rate. Errors: bad_input for a gradient that is not finite; nothing is changed then.
  UpdateReport update(double factor);

  /// Tensors by names that tell what they are, to be saved; of this process's share.
  std::vector<std::pair<std::string, at::Tensor>> state() const;
  std::uint64_t updates() const { return updates_; }
  /// Goes on from what `state` gave: `find` returns a tensor by its name, undefined for none.
  template <typename Find>
  void restore(std::uint64_t updates, const Find& find) {
    updates_ = updates;
    for (auto& [name, tensor] : state())
      if (const at::Tensor saved = find(name); saved.defined()) tensor.copy_(saved);
  }

  const std::vector<Parameter>& parameters() const { return parameters_; }

 private:
  struct Group {
    double rate = 0.0;
    double weight_decay = 0.0;
    std::vector<std::size_t> members;  // of parameters_
  };
  struct Moments {
    at::Tensor mean, square, steps;  // undefined: another process's
  };

  void make_groups();
  double rate_of(const Parameter& parameter) const;
  void reduce();
  double gradient_norm() const;
  void update_group(const Group& group, double factor, double scale);
  void update_embeddings(double factor, double scale);
  void share_updates();
  bool owns(std::size_t parameter) const;

  std::vector<Parameter> parameters_;
  torch::EmbeddingTable& embeddings_;
  std::size_t depth_;
  recipe::OptimizerRecipe options_;
  bool shard_;
  Processes& processes_;
  std::vector<Group> groups_;
  std::vector<Moments> moments_;
  std::vector<int> owners_;
  Moments embedding_moments_;
  torch::EmbeddingTable::Gradient embedding_gradient_;
  std::uint64_t updates_ = 0;
};

}  // namespace kindred::train
