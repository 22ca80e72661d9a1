#include "static_vectors/product_table.h"

#include <gtest/gtest.h>

#include <vector>

namespace kindred::static_vectors {
namespace {

// Centroid c of part p, value i: 100 p + c + i / 10.
Codebooks books(std::size_t dimensions, std::size_t part) {
  Codebooks books;
  books.dimensions = dimensions;
  books.part = part;
  for (std::size_t p = 0; p < books.parts(); ++p)
    for (std::size_t c = 0; c < Codebooks::kCentroids; ++c)
      for (std::size_t i = 0; i < books.width(p); ++i)
        books.centroids.push_back(100.0F * static_cast<float>(p) + static_cast<float>(c) +
                                  static_cast<float>(i) / 10.0F);
  return books;
}

TEST(ProductTable, TheLastPartMayBeNarrower) {
  const ProductTable table(2, books(5, 2), {1, 2, 3, 255, 0, 9}, std::nullopt);
  std::vector<float> row(5);
  table.read_row(0, row.data());
  EXPECT_EQ(row, (std::vector<float>{1.0F, 1.1F, 102.0F, 102.1F, 203.0F}));
  table.add_row(1, 2.0F, row.data());
  EXPECT_FLOAT_EQ(row[0], 511.0F);
  EXPECT_FLOAT_EQ(row[4], 621.0F);
  const std::vector<float> x = {1, 0, 0, 0, 1};
  EXPECT_FLOAT_EQ(table.dot_row(1, x.data()), 464.0F);
  EXPECT_EQ(table.bytes(), 6U + 256 * 5 * 4);
}

TEST(ProductTable, NormsScaleRows) {
  const ProductTable table(1, books(2, 2), {3}, ProductTable::Norms{books(1, 1), {4}});
  std::vector<float> row(2);
  table.read_row(0, row.data());
  EXPECT_FLOAT_EQ(row[0], 12.0F);
  EXPECT_FLOAT_EQ(row[1], 12.4F);
  EXPECT_FLOAT_EQ(table.dot_row(0, std::vector<float>{1, 1}.data()), 24.4F);
}

}  // namespace
}  // namespace kindred::static_vectors
