#include "static_vectors/product_table.h"

#include <algorithm>

#include "base/error.h"

namespace kindred::static_vectors {

ProductTable::ProductTable(std::size_t rows, Codebooks books, std::vector<std::uint8_t> codes,
                           std::optional<Norms> norms)
    : RowTable(rows, books.dimensions),
      books_(std::move(books)),
      codes_(std::move(codes)),
      norms_(std::move(norms)) {
  require(books_.part > 0 && books_.centroids.size() == Codebooks::kCentroids * books_.dimensions &&
              codes_.size() == rows * books_.parts(),
          "ProductTable: codes or centroids do not fit");
  require(!norms_ || (norms_->books.dimensions == 1 && norms_->books.part == 1 &&
                      norms_->books.centroids.size() == Codebooks::kCentroids &&
                      norms_->codes.size() == rows),
          "ProductTable: norms do not fit");
}

void ProductTable::read_row(std::size_t row, float* out) const {
  std::fill_n(out, columns(), 0.0F);
  add_row(row, 1.0F, out);
}

void ProductTable::add_row(std::size_t row, float weight, float* out) const {
  const float factor = weight * norm(row);
  const std::size_t parts = books_.parts();
  const std::uint8_t* code = codes_.data() + row * parts;
  for (std::size_t p = 0; p < parts; ++p) {
    const float* centroid = books_.centroid(p, code[p]);
    const std::size_t width = books_.width(p);
    for (std::size_t i = 0; i < width; ++i) *out++ += factor * centroid[i];
  }
}

float ProductTable::dot_row(std::size_t row, const float* x) const {
  float sum = 0.0F;
  const std::size_t parts = books_.parts();
  const std::uint8_t* code = codes_.data() + row * parts;
  for (std::size_t p = 0; p < parts; ++p) {
    const float* centroid = books_.centroid(p, code[p]);
    const std::size_t width = books_.width(p);
    for (std::size_t i = 0; i < width; ++i) sum += *x++ * centroid[i];
  }
  return sum * norm(row);
}

std::uint64_t ProductTable::bytes() const noexcept {
  return codes_.size() + books_.centroids.size() * sizeof(float) +
         (norms_ ? norms_->codes.size() + norms_->books.centroids.size() * sizeof(float) : 0);
}

}  // namespace kindred::static_vectors
