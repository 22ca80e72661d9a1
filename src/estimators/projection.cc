#include "estimators/projection.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

#include "base/error.h"
#include "estimators/double_rows.h"
#include "estimators/symmetric_eigen.h"
#include "kernels/matmul.h"

namespace kindred::estimators {
namespace {

constexpr std::array<std::pair<std::string_view, ProjectionMethod>, 4> kMethods = {
    {{"center", ProjectionMethod::center},
     {"pca", ProjectionMethod::pca},
     {"whiten", ProjectionMethod::whiten},
     {"all-but-the-top", ProjectionMethod::all_but_the_top}}};

/// The bias of a projection whose weights are there.
void set_bias(Projection& p, const std::vector<double>& mean) {
  p.bias.resize(p.out);
  for (std::size_t i = 0; i < p.out; ++i) {
    double sum = 0.0;
    for (std::size_t k = 0; k < p.in; ++k)
      sum += static_cast<double>(p.weight[i * p.in + k]) * mean[k];
    p.bias[i] = static_cast<float>(-sum);
  }
}

void set_identity(Projection& p) {
  p.out = p.in;
  p.weight.assign(p.in * p.in, 0.0F);
  for (std::size_t i = 0; i < p.in; ++i) p.weight[i * p.in + i] = 1.0F;
}

double share(std::span<const double> values, std::size_t begin, std::size_t end) {
  double all = 0.0;
  double part = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = std::max(values[i], 0.0);
    all += value;
    if (i >= begin && i < end) part += value;
  }
  return all > 0.0 ? part / all : 1.0;
}

std::size_t rank_of(std::span<const double> values, std::uint64_t rows) {
  const double least = values.front() * kLeastVariance;
  const auto spanned = std::count_if(values.begin(), values.end(),
                                     [&](double value) { return value > 0.0 && value > least; });
  return static_cast<std::size_t>(std::min<std::uint64_t>(spanned, rows - 1));
}

void keep_components(Projection& p, const EigenDecomposition& eigen, std::uint64_t rows,
                     const ProjectionOptions& options) {
  if (options.dimensions > p.rank && !options.at_most)
    fail(ErrorKind::bad_input,
         "{} dimensions are asked for, and the {} vectors of {} values that the projection is "
         "fitted to span {}; ask for {} or fewer, or fit it to more texts",
         options.dimensions, rows, p.in, p.rank, p.rank);
  p.out = options.dimensions == 0 ? p.rank : std::min(options.dimensions, p.rank);
  p.explained = share(eigen.values, 0, p.out);
  p.weight.resize(p.out * p.in);
  for (std::size_t i = 0; i < p.out; ++i) {
    const double scale =
        options.method == ProjectionMethod::whiten ? 1.0 / std::sqrt(eigen.values[i]) : 1.0;
    for (std::size_t k = 0; k < p.in; ++k)
      p.weight[i * p.in + k] = static_cast<float>(eigen.vectors[i * p.in + k] * scale);
  }
}

void remove_components(Projection& p, const EigenDecomposition& eigen, std::size_t removed) {
  if (removed == 0) removed = std::max<std::size_t>(1, p.in / 100);
  if (removed >= p.rank)
    fail(ErrorKind::bad_input,
         "{} components are to be removed, and the vectors span {} dimensions; remove fewer",
         removed, p.rank);
  set_identity(p);
  p.explained = share(eigen.values, removed, p.in);
  std::vector<double> row(p.in);
  for (std::size_t i = 0; i < p.in; ++i) {
    std::fill(row.begin(), row.end(), 0.0);
    row[i] = 1.0;
    for (std::size_t c = 0; c < removed; ++c) {
      const double* component = eigen.vectors.data() + c * p.in;
      add_scaled(component, -component[i], p.in, row.data());
    }
    for (std::size_t k = 0; k < p.in; ++k) p.weight[i * p.in + k] = static_cast<float>(row[k]);
  }
}

}  // namespace

ProjectionMethod parse_projection_method(std::string_view name) {
  for (const auto& [text, method] : kMethods)
    if (text == name) return method;
  fail(ErrorKind::bad_input,
       "there is no projection '{}'; there are center, pca, whiten and all-but-the-top", name);
}

std::string_view to_string(ProjectionMethod method) noexcept {
  for (const auto& [text, known] : kMethods)
    if (known == method) return text;
  return "";
}

void Projection::apply(const float* rows, std::size_t n, float* out_rows, ThreadPool& pool) const {
  const auto packed = kernels::PackedMatrix::pack(
      out, in, kernels::WeightType::fp32, /*gated=*/false,
      [&](std::size_t row, float* to) { std::copy_n(weight.data() + row * in, in, to); });
  kernels::Epilogue epilogue;
  epilogue.bias = bias.data();
  kernels::matmul(rows, n, in, packed, epilogue, out_rows, out, pool);
}

Projection fit_projection(const Moments& moments, const ProjectionOptions& options,
                          ThreadPool& pool) {
  Projection p;
  p.in = moments.dimensions();
  p.rank = p.in;
  const bool centres = options.method == ProjectionMethod::center;
  if (moments.rows() < (centres ? 1 : 2))
    fail(ErrorKind::bad_input, "a projection cannot be fitted to {} vectors; give more texts",
         moments.rows());
  if (centres) {
    set_identity(p);
  } else {
    const EigenDecomposition eigen = symmetric_eigen(moments.covariance(), p.in, pool);
    p.rank = rank_of(eigen.values, moments.rows());
    if (p.rank == 0)
      fail(ErrorKind::bad_input,
           "all {} vectors that the projection is fitted to are the same; give different texts",
           moments.rows());
    if (options.method == ProjectionMethod::all_but_the_top)
      remove_components(p, eigen, options.removed);
    else
      keep_components(p, eigen, moments.rows(), options);
  }
  set_bias(p, moments.mean());
  return p;
}

}  // namespace kindred::estimators
