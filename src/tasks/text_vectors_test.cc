#include "tasks/text_vectors.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tasks/tasks_fixture.h"

namespace kindred::tasks {
namespace {

using encode::TextRole;

std::size_t files_in(const std::string& directory) {
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory)) ++files;
  return files;
}

TEST(TextVectors, HaveLengthOneOrAreZeros) {
  const io::TempDirectory temp;
  const TextVectors encoder(tiny_encoder(temp), {});
  const std::vector<std::string> texts = {"apple", "unheard", "red hammer"};
  const Vectors vectors = encoder.encode(texts, TextRole::passage);
  ASSERT_EQ(vectors.rows, 3U);
  ASSERT_EQ(vectors.dimensions, 3U);
  for (const std::size_t row : {0U, 2U}) {
    float sum = 0.0F;
    for (const float value : vectors.row(row)) sum += value * value;
    EXPECT_NEAR(sum, 1.0F, 1e-6F);
  }
  for (const float value : vectors.row(1)) EXPECT_EQ(value, 0.0F);
}

TEST(TextVectors, AreFoundAgainInTheCache) {
  const io::TempDirectory temp;
  TextVectorsOptions options;
  options.cache = temp.file("cache");
  const std::vector<std::string> texts = {"apple", "red"};
  const Vectors first = TextVectors(tiny_encoder(temp), options).encode(texts, TextRole::query);
  EXPECT_EQ(files_in(options.cache), 1U);
  const TextVectors again(tiny_encoder(temp), options);
  EXPECT_EQ(again.encode(texts, TextRole::query).values, first.values);
  EXPECT_EQ(again.tokens(), 0U);  // nothing was encoded
  again.encode(std::vector<std::string>{"applered", ""}, TextRole::query);
  EXPECT_EQ(files_in(options.cache), 2U);
  // A damaged file is made anew.
  for (const auto& entry : std::filesystem::directory_iterator(options.cache))
    std::ofstream(entry.path(), std::ios::trunc) << "no array";
  EXPECT_EQ(again.encode(texts, TextRole::query).values, first.values);
}

TEST(TextVectors, StopBetweenBatchesAndGoOn) {
  const io::TempDirectory temp;
  TextVectorsOptions options;
  options.cache = temp.file("cache");
  std::vector<std::string> texts(2500, "apple");
  texts.back() = "red";
  std::uint64_t done = 0;
  options.on_progress = [&](std::uint64_t count) { done += count; };
  options.stop = [&] { return done >= 2048; };
  EXPECT_THROW(TextVectors(tiny_encoder(temp), options).encode(texts, TextRole::query), Stopped);
  EXPECT_EQ(done, 2048U);
  options.stop = nullptr;
  const TextVectors again(tiny_encoder(temp), options);
  EXPECT_EQ(again.encode(texts, TextRole::query).rows, 2500U);
  EXPECT_EQ(again.tokens(), 2500U - 2048U);
}

}  // namespace
}  // namespace kindred::tasks
