#include "index/ivf_query.h"

#include <cmath>

#include "kernels/distance.h"

namespace kindred::index {

void IvfQuery::prepare(const float* query, const std::vector<float>& mean,
                       const Rotation& rotation) {
  const std::size_t d = rotation.dimension(), n = rotation.padded();
  original = query;
  centred_.resize(d);
  for (std::size_t i = 0; i < d; ++i) centred_[i] = query[i] - mean[i];
  rotated.resize(n);
  rotation.apply(centred_.data(), rotated.data());
  if (tables_.size() != 4 * n) tables_ = AlignedBytes(4 * n);
  kernels::make_code_tables(rotated.data(), n, reinterpret_cast<std::uint8_t*>(tables_.data()),
                            &table_offset, &table_step);
  eight_bit.resize(n);
  refine = make_refine_query(rotated.data(), n, eight_bit.data());
  squared_norm = kernels::dot(rotated.data(), rotated.data(), n);
  original_norm = std::sqrt(kernels::dot(query, query, d));
  mean_product = kernels::dot(query, mean.data(), d);
}

}  // namespace kindred::index
