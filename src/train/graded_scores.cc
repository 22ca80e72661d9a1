#include "train/graded_scores.h"

#include <vector>

namespace kindred::train {
namespace {

at::Tensor products(const at::Tensor& anchors, const at::Tensor& passages,
                    std::span<const recipe::GradedPair> pairs) {
  std::vector<std::int64_t> rows, columns;
  for (const recipe::GradedPair& pair : pairs) {
    rows.push_back(pair.anchor);
    columns.push_back(pair.passage);
  }
  return anchors.index_select(0, index_tensor(rows, anchors))
      .mul(passages.index_select(0, index_tensor(columns, passages)))
      .sum({1});
}

}  // namespace

at::Tensor cosines(const LossInput& input, std::span<const recipe::GradedPair> pairs) {
  return products(normalized(input.anchors), normalized(input.passages), pairs);
}

at::Tensor inner_products(const LossInput& input, std::span<const recipe::GradedPair> pairs) {
  return products(computable(input.anchors), computable(input.passages), pairs);
}

}  // namespace kindred::train
