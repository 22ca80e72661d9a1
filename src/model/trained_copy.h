// A model's weights copied to memory and changed, as a trainer holds them. For tests.
#pragma once

#include <deque>
#include <vector>

#include "model/directory.h"
#include "model/weights.h"

namespace kindred::model::testing {

struct TrainedCopy {
  /// float32, each value changed by a step of its own.
  explicit TrainedCopy(const TransformerWeights& source, float step = 0.01F) : weights(source) {
    for_each_tensor(weights, [&](const io::TensorView& tensor, bool) {
      std::vector<float>& values = buffers.emplace_back(tensor.to_floats());
      for (std::size_t i = 0; i < values.size(); ++i)
        values[i] +=
            step * static_cast<float>(i % 7) + step * static_cast<float>(buffers.size() % 5);
      auto& view = const_cast<io::TensorView&>(tensor);  // of `weights`, which is ours
      view.dtype = io::DType::f32;
      view.name = "any";
      view.data = reinterpret_cast<const std::byte*>(values.data());
      view.bytes = values.size() * sizeof(float);
      view.row_scales = nullptr;
      view.file = nullptr;
    });
  }
  TrainedCopy(const TrainedCopy&) = delete;
  TrainedCopy& operator=(const TrainedCopy&) = delete;

  /// Rows of `value` behind the word embeddings' last.
  void add_rows(std::size_t count, float value) {
    io::TensorView& table = weights.word_embeddings;
    std::vector<float>& values = buffers.front();
    values.resize(values.size() + count * table.columns(), value);
    table.shape[0] += count;
    table.data = reinterpret_cast<const std::byte*>(values.data());
    table.bytes = values.size() * sizeof(float);
  }

  std::deque<std::vector<float>> buffers;  ///< the word embeddings' first
  TransformerWeights weights;
};

}  // namespace kindred::model::testing
