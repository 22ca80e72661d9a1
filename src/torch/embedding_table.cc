#include "torch/embedding_table.h"

#include <ATen/ops/_unique.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <utility>

#include "torch/differentiable.h"

namespace kindred::torch {

EmbeddingTable::EmbeddingTable(at::Tensor weight) : weight_(std::move(weight)) {}

void EmbeddingTable::train(bool trained) {
  trained_ = trained;
  if (trained) link_ = at::empty({0}, weight_.options()).requires_grad_(true);
}

at::Tensor EmbeddingTable::rows(const at::Tensor& ids) const {
  if (!trained_) return weight_.index_select(0, ids);
  return differentiable({link_}, [this, &ids](const std::vector<at::Tensor>&) {
    return Computed{{weight_.index_select(0, ids)},
                    [ids, pending = pending_](const std::vector<at::Tensor>& gradients) {
                      pending->ids.push_back(ids);
                      pending->rows.push_back(gradients[0]);
                      return std::vector<at::Tensor>(1);
                    }};
  })[0];
}

EmbeddingTable::Gradient EmbeddingTable::take_gradient() {
  if (pending_->ids.empty()) return {};
  const at::Tensor ids = at::cat(pending_->ids);
  const at::Tensor rows = at::cat(pending_->rows);
  *pending_ = {};
  auto [unique, place] = at::_unique(ids, /*sorted=*/true, /*return_inverse=*/true);
  at::Tensor sums = at::zeros({unique.size(0), rows.size(1)}, rows.options());
  sums.index_add_(0, place, rows);
  return {unique, sums};
}

}  // namespace kindred::torch
