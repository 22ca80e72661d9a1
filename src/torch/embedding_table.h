// The table of word embeddings, whose gradient is kept by rows: a batch touches thousands of a
// quarter of a million. Tested by embedding_table_test.cc.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

namespace kindred::torch {

/// Threads: `rows` may run concurrently, backward passes and `take_gradient` one at a time.
class EmbeddingTable {
 public:
  EmbeddingTable() = default;
  /// `weight`: V × d.
  explicit EmbeddingTable(at::Tensor weight);

  const at::Tensor& weight() const { return weight_; }
  /// Whether `rows` is differentiable.
  void train(bool trained);
  bool trained() const { return trained_; }

  /// The rows of `ids` (T, int64). Where the table is trained, backward passes leave their
  /// gradient here.
  at::Tensor rows(const at::Tensor& ids) const;

  struct Gradient {
    at::Tensor ids;   ///< U, int64, ascending, none twice; undefined where nothing was touched
    at::Tensor rows;  ///< U × d
  };
  /// The sum of what all backward passes since the last call left.
  Gradient take_gradient();

 private:
  struct Pending {
    std::vector<at::Tensor> ids, rows;
  };
  at::Tensor weight_;
  at::Tensor link_;  // a leaf of no elements, that ties `rows` into the graph
  bool trained_ = false;
  std::shared_ptr<Pending> pending_ = std::make_shared<Pending>();
};

}  // namespace kindred::torch
