#include "static_vectors/row_table.h"

#include <algorithm>

#include "base/error.h"
#include "kernels/distance.h"

namespace kindred::static_vectors {

FloatTable::FloatTable(std::size_t rows, std::size_t columns, std::vector<float> values)
    : RowTable(rows, columns) {
  require(values.size() == rows * columns, "FloatTable: values do not fill the rows");
  const auto kept = std::make_shared<const std::vector<float>>(std::move(values));
  values_ = kept->data();
  storage_ = kept;
}

FloatTable::FloatTable(std::size_t rows, std::size_t columns, const float* values,
                       std::shared_ptr<const void> storage)
    : RowTable(rows, columns), storage_(std::move(storage)), values_(values) {}

void FloatTable::read_row(std::size_t row, float* out) const {
  std::copy_n(values_ + row * columns(), columns(), out);
}

void FloatTable::add_row(std::size_t row, float weight, float* out) const {
  const float* values = values_ + row * columns();
  for (std::size_t i = 0; i < columns(); ++i) out[i] += weight * values[i];
}

float FloatTable::dot_row(std::size_t row, const float* x) const {
  return kernels::dot(values_ + row * columns(), x, columns());
}

}  // namespace kindred::static_vectors
