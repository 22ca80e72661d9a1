#include "static_vectors/product_quantizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.h"
#include "io/expect_error.h"

namespace kindred::static_vectors {
namespace {

FloatTable random_table(std::size_t rows, std::size_t columns) {
  Random random(5);
  std::vector<float> values(rows * columns);
  for (float& value : values) value = static_cast<float>(random.normal());
  return {rows, columns, std::move(values)};
}

double mean_error(const RowTable& a, const RowTable& b) {
  std::vector<float> x(a.columns()), y(a.columns());
  double sum = 0.0;
  for (std::size_t row = 0; row < a.rows(); ++row) {
    a.read_row(row, x.data());
    b.read_row(row, y.data());
    for (std::size_t i = 0; i < x.size(); ++i) sum += std::pow(x[i] - y[i], 2);
  }
  return sum / static_cast<double>(a.rows() * a.columns());
}

TEST(ProductQuantizer, ASmallTableIsExact) {
  const FloatTable table = random_table(200, 7);
  ThreadPool pool(2);
  ProductOptions options;
  options.norms = false;
  options.part = 3;
  EXPECT_LT(mean_error(table, quantize_product(table, options, pool)), 1e-8);
}

// Of a normal variable in two dimensions 256 points leave about 3 % of the variance.
TEST(ProductQuantizer, IsAsGoodAsItsCodesAllow) {
  const FloatTable table = random_table(5000, 6);
  ThreadPool pool(2);
  const ProductTable coded = quantize_product(table, {}, pool);
  EXPECT_LT(mean_error(table, coded), 0.03);
  EXPECT_EQ(coded.codes().size(), 5000U * 3);
  EXPECT_TRUE(coded.norms());
}

TEST(ProductQuantizer, IsTheSameByAnyThreads) {
  const FloatTable table = random_table(1500, 5);
  ThreadPool one(1), three(3);
  const ProductTable a = quantize_product(table, {}, one);
  const ProductTable b = quantize_product(table, {}, three);
  EXPECT_EQ(a.codes(), b.codes());
  EXPECT_EQ(a.books().centroids, b.books().centroids);
  EXPECT_EQ(a.norms()->codes, b.norms()->codes);
}

TEST(ProductQuantizer, TakesRowsThatAreTheSame) {
  const FloatTable table(1000, 2, std::vector<float>(2000, 0.5F));
  ThreadPool pool(1);
  EXPECT_LT(mean_error(table, quantize_product(table, {}, pool)), 1e-9);
  const FloatTable zeros(300, 2, std::vector<float>(600));
  EXPECT_LT(mean_error(zeros, quantize_product(zeros, {}, pool)), 1e-9);
}

TEST(ProductQuantizer, RefusesPartsWiderThanVectors) {
  const FloatTable table = random_table(10, 2);
  ThreadPool pool(1);
  ProductOptions options;
  options.part = 3;
  EXPECT_KINDRED_ERROR(quantize_product(table, options, pool), ErrorKind::bad_input, "1 to 2");
}

}  // namespace
}  // namespace kindred::static_vectors
