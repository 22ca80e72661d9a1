#include "encode/head.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "kernels/norm.h"

namespace kindred::encode {
namespace {

using model::DenseActivation;

kernels::MatmulActivation fused(DenseActivation activation) {
  switch (activation) {
    case DenseActivation::gelu:
      return kernels::MatmulActivation::gelu_erf;
    case DenseActivation::relu:
      return kernels::MatmulActivation::relu;
    case DenseActivation::silu:
      return kernels::MatmulActivation::silu;
    case DenseActivation::identity:
    case DenseActivation::tanh:
    case DenseActivation::sigmoid:
      break;
  }
  return kernels::MatmulActivation::none;
}

void apply_unfused(DenseActivation activation, std::vector<float>& values) {
  if (activation == DenseActivation::tanh)
    for (float& v : values) v = std::tanh(v);
  if (activation == DenseActivation::sigmoid)
    for (float& v : values) v = 1.0F / (1.0F + std::exp(-v));
}

}  // namespace

Head::Head(const std::vector<model::HeadStep>& steps, std::size_t input, Isa isa)
    : output_(input), isa_(isa) {
  for (const model::HeadStep& source : steps) {
    Step step;
    if (source.kind == model::HeadStep::Kind::dense) {
      const io::TensorView& weight = source.dense.linear.weight;
      if (weight.columns() != output_)
        fail(ErrorKind::corrupt,
             "{}: the dense layer takes {} values but is given {}; pooling and layers as chosen do "
             "not fit this model's head",
             weight.name, weight.columns(), output_);
      output_ = weight.rows();
      step.residual = source.dense.residual;
      if (step.residual && weight.columns() != output_)
        fail(ErrorKind::corrupt, "{}: a residual dense layer must keep its width, not {} to {}",
             weight.name, weight.columns(), output_);
      step.weight = kernels::PackedMatrix::pack(
          output_, weight.columns(), kernels::WeightType::fp32, /*gated=*/false,
          [&](std::size_t row, float* out) { weight.read_row(row, out); }, isa);
      if (!source.dense.linear.bias.empty()) step.bias = source.dense.linear.bias.to_floats();
      step.activation = source.dense.activation;
    }
    steps_.push_back(std::move(step));
  }
}

bool Head::normalizes() const noexcept {
  return !steps_.empty() && !steps_.back().weight;
}

std::vector<float> Head::dense(const Step& step, const std::vector<float>& x, std::size_t rows,
                               ThreadPool& pool) const {
  const kernels::PackedMatrix& w = *step.weight;
  std::vector<float> y(rows * w.n());
  kernels::Epilogue epilogue;
  epilogue.bias = step.bias.empty() ? nullptr : step.bias.data();
  epilogue.activation = fused(step.activation);
  kernels::matmul(x.data(), rows, w.k(), w, epilogue, y.data(), w.n(), pool);
  apply_unfused(step.activation, y);
  if (step.residual) std::transform(y.begin(), y.end(), x.begin(), y.begin(), std::plus<>());
  return y;
}

std::vector<float> Head::finish(std::vector<float> pooled, std::size_t rows,
                                const FinishOptions& options, ThreadPool& pool) const {
  std::vector<float> values = std::move(pooled);
  const bool skip_last = normalizes() && !options.normalize.value_or(true);
  std::size_t width = rows == 0 ? 0 : values.size() / rows;
  for (std::size_t i = 0; i < steps_.size() - (skip_last ? 1 : 0); ++i) {
    const Step& step = steps_[i];
    if (step.weight) {
      values = dense(step, values, rows, pool);
      width = step.weight->n();
    } else {
      kernels::l2_normalize(values.data(), rows, width, isa_);
    }
  }

  const bool cut = options.dimensions < width;
  if (cut) {
    for (std::size_t r = 1; r < rows; ++r)
      std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(r * width), options.dimensions,
                  values.begin() + static_cast<std::ptrdiff_t>(r * options.dimensions));
    values.resize(rows * options.dimensions);
  }
  // An explicit wish comes after truncation, as in sentence-transformers; otherwise vectors that
  // were unit stay unit.
  const bool was_unit = normalizes() && !skip_last;
  const bool wanted = options.normalize.value_or(false);
  if ((wanted && (cut || !was_unit)) || (cut && was_unit && options.renormalize_truncated))
    kernels::l2_normalize(values.data(), rows, options.dimensions, isa_);
  return values;
}

}  // namespace kindred::encode
