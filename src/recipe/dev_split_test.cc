#include "recipe/dev_split.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "io/expect_error.h"
#include "recipe/training_fixture.h"

namespace kindred::recipe {
namespace {

TEST(DevSplit, HoldsOutWholeGroups) {
  TrainingFixture fixture;
  std::vector<prepare::Example> list;
  for (int i = 0; i < 400; ++i) {
    list.push_back(pair_of("anchor " + std::to_string(i), "one passage of all"));
    list.back().group = "family " + std::to_string(i / 4);
  }
  list.push_back(pair_of("", "left out: no example has its number"));
  fixture.add(list);
  fixture.add({pair_of("ANCHOR 17", "the text of another set")});
  fixture.recipe.eval.dev_share = 0.1;
  Progress progress(nullptr, "split", "examples");
  const std::vector<std::uint8_t> held = held_out(fixture.recipe, progress);
  ASSERT_EQ(held.size(), 401U);
  const auto count = std::count(held.begin(), held.end(), 1);
  EXPECT_NEAR(static_cast<double>(count), 40.0, 4.0);
  for (std::size_t i = 0; i < 400; ++i) EXPECT_EQ(held[i], held[i / 4 * 4]);
  EXPECT_EQ(held[400], held[17]);

  // The numbers are those of TrainingSet::read.
  const TrainingSet dev = TrainingSet::read(fixture.recipe.data, {}, progress,
                                            [&](std::uint64_t i) { return held[i] == 1; });
  const TrainingSet train = TrainingSet::read(fixture.recipe.data, {}, progress,
                                              [&](std::uint64_t i) { return held[i] == 0; });
  EXPECT_EQ(dev.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(dev.size() + train.size(), 401U);
  std::set<std::uint64_t> groups;
  for (std::size_t i = 0; i < dev.size(); ++i) groups.insert(dev[i].group_key);
  groups.erase(0);
  for (std::size_t i = 0; i < train.size(); ++i) EXPECT_FALSE(groups.contains(train[i].group_key));
  fixture.recipe.batch.seed = 2;
  EXPECT_NE(held_out(fixture.recipe, progress), held);
}

TEST(DevSplit, DataThatHangsTogetherIsRefused) {
  TrainingFixture fixture;
  std::vector<prepare::Example> list;
  for (int i = 0; i < 50; ++i) {
    list.push_back(pair_of("anchor " + std::to_string(i), "p" + std::to_string(i)));
    list.back().group = "one";
  }
  fixture.add(list);
  fixture.recipe.eval.dev_share = 0.1;
  Progress progress(nullptr, "split", "examples");
  EXPECT_KINDRED_ERROR(held_out(fixture.recipe, progress), ErrorKind::bad_input,
                       "50 of 50 examples hang together");
}

}  // namespace
}  // namespace kindred::recipe
