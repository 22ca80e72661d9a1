#include "kernels/row_sum.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace kindred::kernels {
namespace {

TEST(RowSum, AgreesWithDoublePrecision) {
  std::mt19937 random(4);
  std::normal_distribution<float> normal;
  constexpr std::size_t kRows = 9;
  for (const std::size_t columns : {1, 5, 8, 16, 17, 63, 64, 65, 100, 300}) {
    std::vector<float> table(kRows * columns);
    for (float& value : table) value = normal(random);
    for (const std::size_t count : {0, 1, 2, 9}) {
      std::vector<std::uint32_t> rows;
      std::vector<float> weights;
      for (std::size_t i = 0; i < count; ++i) {
        rows.push_back(static_cast<std::uint32_t>(random() % kRows));
        weights.push_back(normal(random));
      }
      for (const Isa isa : {Isa::scalar, Isa::avx2, Isa::avx512}) {
        if (!can_run(isa)) continue;
        for (const bool weighted : {false, true}) {
          std::vector<float> out(columns, 7.0F);
          row_sum(table.data(), columns, rows.data(), weighted ? weights.data() : nullptr, count,
                  out.data(), isa);
          for (std::size_t j = 0; j < columns; ++j) {
            double expected = 0.0;
            for (std::size_t i = 0; i < count; ++i)
              expected += (weighted ? static_cast<double>(weights[i]) : 1.0) *
                          static_cast<double>(table[rows[i] * columns + j]);
            EXPECT_NEAR(out[j], expected, 1e-5) << to_string(isa) << columns << " " << count;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace kindred::kernels
