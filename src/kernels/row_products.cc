// Choice of instruction set for the row products, their proof, and their scalar reference.
#include "kernels/row_products.h"

#include <cmath>

#include "kernels/all_variants.h"
#include "kernels/proof_data.h"

namespace kindred::kernels {
namespace {

void dots_scalar(Rows a, Rows b, std::size_t width, float* products, std::size_t ld) {
  for (std::size_t i = 0; i < a.count; ++i)
    for (std::size_t j = 0; j < b.count; ++j) {
      float sum = 0.0F;
      for (std::size_t k = 0; k < width; ++k) sum += a.rows[i][k] * b.rows[j][k];
      products[i * ld + j] = sum;
    }
}

void add_products_scalar(Coefficients g, Rows b, float* const* to, std::size_t count,
                         std::size_t width) {
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = 0; j < b.count; ++j) {
      const float factor = g.values[i * g.row + j * g.column];
      for (std::size_t k = 0; k < width; ++k) to[i][k] += factor * b.rows[j][k];
    }
}

void sigmoid_residuals_scalar(float* values, const float* weights, float label, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i)
    values[i] = weights[i] * (label - 1.0F / (1.0F + std::exp(-values[i])));
}

constexpr RowProducts kScalar = {dots_scalar, add_products_scalar, sigmoid_residuals_scalar};

// A batch of `a` rows against `b` rows, one of those written twice.
struct Batch {
  Batch(std::size_t a_count, std::size_t b_count, std::size_t columns)
      : width(padded_width(columns)),
        values(proof_values((a_count + b_count) * width, 1)),
        products(a_count * b_count),
        weights(proof_values(a_count * b_count, 2)) {
    for (std::size_t i = 0; i < a_count + b_count; ++i)
      (i < a_count ? a : b).push_back(values.data() + i * width);
    if (a_count > 1) a[1] = a[0];
  }
  std::vector<float> run(const RowProducts& kernel) {
    dots(kernel);
    kernel.sigmoid_residuals(products.data(), weights.data(), 1.0F, products.size());
    kernel.add_products({products.data(), b.size(), 1}, {b.data(), b.size()}, a.data(), a.size(),
                        width);
    kernel.add_products({products.data(), 1, b.size()}, {a.data(), a.size()}, b.data(), b.size(),
                        width);
    dots(kernel);
    values.insert(values.end(), products.begin(), products.end());
    return values;
  }
  void dots(const RowProducts& kernel) {
    kernel.dots({a.data(), a.size()}, {b.data(), b.size()}, width, products.data(), b.size());
  }

  std::size_t width;
  std::vector<float> values;
  std::vector<float*> a, b;
  std::vector<float> products;
  std::vector<float> weights;
};

bool is_right(const RowProducts* candidate) {
  struct Shape {
    std::size_t a, b, columns;
  };
  for (const auto& [a, b, columns] :
       {Shape{1, 1, 1}, {7, 13, 100}, {3, 6, 33}, {12, 5, 160}, {2, 3, 20}}) {
    if (!all_near(Batch(a, b, columns).run(*candidate), Batch(a, b, columns).run(kScalar), 1e-3F))
      return false;
  }
  return true;
}

}  // namespace

constinit const Variants<const RowProducts*> kRowProductsVariants("row products", is_right,
                                                                  &kScalar, &kRowProductsAvx2,
                                                                  &kRowProductsAvx512);

const RowProducts& row_products(Isa isa) {
  return *kRowProductsVariants.choose(isa);
}

}  // namespace kindred::kernels
