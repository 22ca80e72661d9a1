#include "shop/item_vectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::shop {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(ItemVectors, AreComparedByCosine) {
  const io::TempDirectory temp;
  const auto vectors =
      open_item_vectors(temp.write("items.vec", "4 2\n17 3 0\na-2 1 1\nx 0 -2\nnone 0 0\n"), 1);
  EXPECT_EQ(vectors->dimension(), 2U);
  EXPECT_EQ(vectors->size(), 4U);
  std::vector<float> unit(2);
  EXPECT_TRUE(vectors->unit_vector("17", unit.data()));
  EXPECT_THAT(unit, ElementsAre(1.0F, 0.0F));
  EXPECT_FALSE(vectors->unit_vector("18", unit.data()));
  EXPECT_FALSE(vectors->unit_vector("none", unit.data()));  // points nowhere
  const std::vector<float> query = {2.0F, 0.0F};
  EXPECT_THAT(vectors->nearest(query, 2),
              ElementsAre(Pair("17", testing::DoubleNear(1.0, 1e-6)),
                          Pair("a-2", testing::DoubleNear(0.70711, 1e-5))));
  EXPECT_EQ(vectors->nearest(query, 9).size(), 4U);
}

TEST(ItemVectors, SayWhatIsWrong) {
  const io::TempDirectory temp;
  EXPECT_KINDRED_ERROR(open_item_vectors(temp.file("none.bin"), 1), ErrorKind::not_found,
                       "none.bin");
}

}  // namespace
}  // namespace kindred::shop
