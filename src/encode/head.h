// What follows pooling: dense layers, normalisation, fewer dimensions. Tested by encoder_test.cc.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/thread_pool.h"
#include "kernels/matmul.h"
#include "model/directory.h"

namespace kindred::encode {

/// How the vectors of one call are finished.
struct FinishOptions {
  std::size_t dimensions = 0;  ///< to keep, from the first
  /// Unset: as the model's modules say. false leaves out a Normalize at the end of the modules.
  std::optional<bool> normalize;
  bool renormalize_truncated = true;
};

/// Threads: immutable after construction.
class Head {
 public:
  /// `input`: the width of a pooled vector. Errors: corrupt when a dense layer takes another width.
  Head(const std::vector<model::HeadStep>& steps, std::size_t input, Isa isa);

  std::size_t output_dimensions() const noexcept { return output_; }
  /// True when the modules end in Normalize.
  bool normalizes() const noexcept;

  /// Runs all steps on `rows` vectors and returns rows × options.dimensions. A row's bits depend on
  /// that row alone.
  std::vector<float> finish(std::vector<float> pooled, std::size_t rows,
                            const FinishOptions& options, ThreadPool& pool) const;

 private:
  struct Step {
    std::optional<kernels::PackedMatrix> weight;  // none: normalise
    std::vector<float> bias;
    model::DenseActivation activation = model::DenseActivation::identity;
    bool residual = false;
  };
  std::vector<float> dense(const Step& step, const std::vector<float>& x, std::size_t rows,
                           ThreadPool& pool) const;

  std::vector<Step> steps_;
  std::size_t output_;
  Isa isa_;
};

}  // namespace kindred::encode
