#include "shop/item_vectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/expect_error.h"
#include "io/temp_directory.h"
#include "static_vectors/write.h"

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

TEST(ItemVectors, AreComparedByTheirOutputsWhereTheyHaveThem) {
  const io::TempDirectory temp;
  static_vectors::StaticModel model;
  model.vocabulary.add("a", 5);
  model.vocabulary.add("b", 4);
  model.input = std::make_shared<static_vectors::FloatTable>(2, 2, std::vector<float>{2, 0, 0, 3});
  // After a comes b; a itself does not come again.
  model.output =
      std::make_shared<static_vectors::FloatTable>(2, 2, std::vector<float>{-1, 0, 4, 1});
  model.facts.emplace();
  const std::string path = temp.file("items.bin");
  static_vectors::write_static_model(model, path, static_vectors::VectorFormat::fasttext);
  const auto vectors = open_item_vectors(path, 1);
  std::vector<float> a(2);
  ASSERT_TRUE(vectors->unit_vector("a", a.data()));
  EXPECT_THAT(a, ElementsAre(1.0F, 0.0F));
  EXPECT_THAT(vectors->nearest(a, 2), ElementsAre(Pair("b", 4.0), Pair("a", -1.0)));
  EXPECT_EQ(vectors->score("b", a), 4.0);
  EXPECT_FALSE(vectors->score("c", a).has_value());
}

TEST(ItemVectors, SayWhatIsWrong) {
  const io::TempDirectory temp;
  EXPECT_KINDRED_ERROR(open_item_vectors(temp.file("none.bin"), 1), ErrorKind::not_found,
                       "none.bin");
}

}  // namespace
}  // namespace kindred::shop
