#include "encode/idf.h"

#include <gtest/gtest.h>

#include <cmath>

#include "io/file.h"
#include "io/temp_directory.h"
#include "kindred/error.h"

namespace kindred::encode {
namespace {

class Idf : public testing::Test {
 protected:
  float weight(const std::vector<float>& weights, const char* token) const {
    return weights.at(tokenizer_.token_to_id(token).value());
  }
  Tokenizer tokenizer_ =
      Tokenizer::open(std::string(KINDRED_TEST_DATA) + "/golden/vectors/st-dense/tokenizer.json");
  const io::TempDirectory temp_;  // of its own: tests run side by side
  const std::string path_ = temp_.file("idf.tsv");
};

TEST_F(Idf, CountsDocumentsNotOccurrences) {
  IdfCounter counter(tokenizer_);
  ThreadPool pool(2);
  const std::vector<std::string_view> texts = {"t5 t5 t6", "t5", "t7", ""};
  counter.add(texts, pool);
  EXPECT_EQ(counter.documents(), 4U);
  counter.save(path_);
  const std::vector<float> weights = load_token_weights(path_, tokenizer_);
  EXPECT_EQ(weights, counter.weights());
  EXPECT_FLOAT_EQ(weight(weights, "t5"), std::log(5.0F / 3.0F) + 1.0F);
  EXPECT_FLOAT_EQ(weight(weights, "t6"), std::log(5.0F / 2.0F) + 1.0F);
  EXPECT_FLOAT_EQ(weight(weights, "t90"), std::log(5.0F) + 1.0F);
  EXPECT_EQ(weight(weights, "<s>"), 0.0F);  // special
}

TEST_F(Idf, UnlistedTokensWeighOne) {
  io::write_text_file(path_, "t5\t0\nt6\t2.5\n");
  const std::vector<float> weights = load_token_weights(path_, tokenizer_);
  EXPECT_EQ(weight(weights, "t5"), 0.0F);
  EXPECT_EQ(weight(weights, "t6"), 2.5F);
  EXPECT_EQ(weight(weights, "t7"), 1.0F);
  EXPECT_EQ(weight(weights, "</s>"), 0.0F);  // special
}

TEST_F(Idf, RefusesWrongLines) {
  for (const char* text : {"t5 1\n", "word\t1\n", "t5\t-1\n", "t5\tmany\n", "t5\tnan\n"}) {
    io::write_text_file(path_, text);
    EXPECT_THROW((void)load_token_weights(path_, tokenizer_), Error) << text;
  }
}

}  // namespace
}  // namespace kindred::encode
