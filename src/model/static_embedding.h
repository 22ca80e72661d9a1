// The table of a StaticEmbedding or model2vec model. Tested by directory_test.cc.
#pragma once

#include <memory>

#include "model/weights.h"

namespace kindred::model {

struct StaticTable {
  io::TensorView embeddings;            ///< [tokens, d]
  std::shared_ptr<const void> storage;  ///< keeps them alive
};

/// `embedding.weight`, or model2vec's `embeddings` with its `mapping` (rows shared by tokens) and
/// `weights` (a factor a token) folded in. Errors: not_found, corrupt.
StaticTable read_static_table(const TensorSet& tensors);

}  // namespace kindred::model
