#include "static_vectors/held_out.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "io/temp_directory.h"
#include "static_vectors/read.h"

namespace kindred::static_vectors {
namespace {

using Architecture = TrainingFacts::Architecture;

StaticModel model_of(const std::vector<std::string>& words, std::size_t d, std::uint64_t seed) {
  Random random(seed);
  StaticModel model;
  std::vector<float> input(words.size() * d), output(words.size() * d);
  for (float& value : input) value = static_cast<float>(random.normal());
  for (float& value : output) value = static_cast<float>(random.normal());
  for (const std::string& word : words) model.vocabulary.add(word, 0);
  model.input = std::make_shared<FloatTable>(words.size(), d, std::move(input));
  model.output = std::make_shared<FloatTable>(words.size(), d, std::move(output));
  return model;
}

double logistic_loss(double x) {
  return std::log(1.0 + std::exp(-x));
}

double dot(const StaticModel& m, std::uint32_t in, std::uint32_t out) {
  double sum = 0.0;
  for (std::size_t i = 0; i < m.dimensions(); ++i)
    sum += static_cast<double>(m.input->floats()[in * m.dimensions() + i]) *
           static_cast<double>(m.output->floats()[out * m.dimensions() + i]);
  return sum;
}

// Two words: the noise of one can only be the other, so that the mean is known.
TEST(HeldOut, SkipGramIsItsFormula) {
  io::TempDirectory folder;
  folder.write("text.txt", "a b unknown a\nb\n");
  const StaticModel model = model_of({"a", "b"}, 5, 1);
  HeldOutOptions options;
  options.window = 1;
  options.negatives = 2;
  const HeldOutText text = HeldOutText::read(folder.file("text.txt"), {&model}, nullptr, options);
  EXPECT_EQ(text.tokens(), 4U);
  EXPECT_EQ(text.unknown(), 1U);
  EXPECT_EQ(text.sentences(), 2U);
  ThreadPool pool(2);
  const HeldOutResult result = held_out_loss(text, model, nullptr, options, pool);
  EXPECT_EQ(result.pairs, 4U);  // a-b, b-a, b-a, a-b; unknown words are taken out first
  const double ab = logistic_loss(dot(model, 0, 1)) + 2 * logistic_loss(-dot(model, 0, 0));
  const double ba = logistic_loss(dot(model, 1, 0)) + 2 * logistic_loss(-dot(model, 1, 1));
  EXPECT_NEAR(result.loss, (2 * ab + 2 * ba) / 4, 1e-5);
}

TEST(HeldOut, CbowIsItsFormula) {
  io::TempDirectory folder;
  folder.write("text.txt", "a a b\n");
  const StaticModel model = model_of({"a", "b"}, 5, 1);
  HeldOutOptions options;
  options.architecture = Architecture::cbow;
  options.negatives = 1;
  const HeldOutText text = HeldOutText::read(folder.file("text.txt"), {&model}, nullptr, options);
  ThreadPool pool(1);
  const HeldOutResult result = held_out_loss(text, model, nullptr, options, pool);
  EXPECT_EQ(result.pairs, 3U);
  const auto mean = [&](std::uint32_t x, std::uint32_t y, std::uint32_t out) {
    return (dot(model, x, out) + dot(model, y, out)) / 2;
  };
  const double a = logistic_loss(mean(0, 1, 0)) + logistic_loss(-mean(0, 1, 1));
  const double b = logistic_loss(mean(0, 0, 1)) + logistic_loss(-mean(0, 0, 0));
  EXPECT_NEAR(result.loss, (2 * a + b) / 3, 1e-5);
}

TEST(HeldOut, IsTheSameForAnyThreadsAndAnyOrderOfWords) {
  io::TempDirectory folder;
  std::string lines;
  Random random(5);
  for (int s = 0; s < 400; ++s) {
    for (int w = 0; w < 12; ++w) lines += "w" + std::to_string(random.below(30)) + " ";
    lines += "\n";
  }
  folder.write("text.txt", lines);
  std::vector<std::string> words;
  for (int w = 0; w < 30; ++w) words.push_back("w" + std::to_string(w));
  const StaticModel model = model_of(words, 8, 1);
  HeldOutOptions options;
  const HeldOutText text = HeldOutText::read(folder.file("text.txt"), {&model}, nullptr, options);
  ThreadPool one(1), four(4);
  const HeldOutResult a = held_out_loss(text, model, nullptr, options, one);
  const HeldOutResult b = held_out_loss(text, model, nullptr, options, four);
  EXPECT_EQ(a.loss, b.loss);
  EXPECT_EQ(a.standard_error, b.standard_error);
  EXPECT_GT(a.standard_error, 0.0);
  options.seed = 2;
  const HeldOutResult other = held_out_loss(text, model, nullptr, options, one);
  EXPECT_NE(a.loss, other.loss);
  EXPECT_NEAR(a.loss, other.loss, 5 * a.standard_error);
  // The output vectors of a file of their own, in another order.
  StaticModel output = model_of({}, 8, 1);
  std::vector<float> values;
  for (std::uint32_t w = 30; w-- > 0;) {
    output.vocabulary.add(words[w], 0);
    const float* row = model.output->floats() + w * 8;
    values.insert(values.end(), row, row + 8);
  }
  output.input = std::make_shared<FloatTable>(30, 8, std::move(values));
  options.seed = 1;
  EXPECT_NEAR(held_out_loss(text, model, &output, options, one).loss, a.loss, 1e-9);
}

TEST(HeldOut, SeveralModelsAreAskedTheWordsThatAllHave) {
  io::TempDirectory folder;
  folder.write("text.txt", "a b c a\n");
  const StaticModel first = model_of({"a", "b", "c"}, 4, 1);
  const StaticModel second = model_of({"c", "a"}, 4, 2);
  const HeldOutText text =
      HeldOutText::read(folder.file("text.txt"), {&first, &second}, nullptr, {});
  EXPECT_EQ(text.vocabulary().size(), 2U);
  EXPECT_EQ(text.tokens(), 3U);
}

TEST(HeldOut, TrainedVectorsAreBetterThanOthers) {
  const std::string golden = KINDRED_TEST_DATA "/golden/word_questions/";
  ReadOptions reading;
  reading.output = true;
  const StaticModel model = read_static_model(golden + "words.bin", reading);
  io::TempDirectory folder;
  folder.write("text.txt", "red shoes for running\nthe king of rome\nblue boots and a warm coat\n");
  const HeldOutText text = HeldOutText::read(folder.file("text.txt"), {&model}, nullptr, {});
  ThreadPool pool(1);
  const HeldOutResult result = held_out_loss(text, model, nullptr, {}, pool);
  EXPECT_LT(result.loss, 6 * std::log(2.0) + 0.1);  // that of zeros, five negatives
}

TEST(HeldOut, RefusesWhatCannotBe) {
  io::TempDirectory folder;
  folder.write("text.txt", "a b\n");
  StaticModel model = model_of({"a", "b"}, 4, 1);
  ThreadPool pool(1);
  const HeldOutText text = HeldOutText::read(folder.file("text.txt"), {&model}, nullptr, {});
  model.output = nullptr;
  EXPECT_THROW(held_out_loss(text, model, nullptr, {}, pool), Error);
  folder.write("other.txt", "x y z\n");
  EXPECT_THROW(HeldOutText::read(folder.file("other.txt"), {&model}, nullptr, {}), Error);
  // Only one word may be drawn: noise that is not the target does not exist.
  folder.write("one.txt", "a a a\n");
  EXPECT_THROW(HeldOutText::read(folder.file("one.txt"), {&model}, nullptr, {}), Error);
  HeldOutOptions options;
  options.window = 0;
  EXPECT_THROW(HeldOutText::read(folder.file("text.txt"), {&model}, nullptr, options), Error);
}

}  // namespace
}  // namespace kindred::static_vectors
