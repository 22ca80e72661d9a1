#include "static_vectors/word2vec_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "io/expect_error.h"
#include "static_vectors/read.h"

namespace kindred::static_vectors {
namespace {

using ::testing::ElementsAre;

StaticModel read(std::string_view bytes, std::size_t limit = 0, int threads = 1) {
  ReadOptions options;
  options.limit = limit;
  options.threads = threads;
  return read_static_model(bytes, "vectors", options);
}

std::vector<float> vector_of(const StaticModel& model, std::string_view word) {
  std::vector<float> vector(model.dimensions());
  EXPECT_TRUE(model.vector_of(word, vector.data())) << word;
  return vector;
}

std::string bytes_of(std::initializer_list<float> values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), std::data(values), bytes.size());
  return bytes;
}

TEST(Word2vecBinary, ReadsWithAndWithoutLineEnds) {
  const std::string a = "a " + bytes_of({1.0F, 2.0F}), b = "b\xC3 " + bytes_of({3.0F, -4.0F});
  for (const std::string& file :
       {"2 2\n" + a + b, "2 2\n" + a + "\n" + b + "\n", "2 2\r\n" + a + b}) {
    const StaticModel model = read(file);
    EXPECT_EQ(model.format, "word2vec binary");
    EXPECT_THAT(vector_of(model, "a"), ElementsAre(1.0F, 2.0F));
    EXPECT_THAT(vector_of(model, "b\xC3"), ElementsAre(3.0F, -4.0F));  // half a character stays
  }
}

TEST(Word2vecBinary, SaysHowManyWordsAnEarlyEndLeaves) {
  const std::string row = bytes_of({1.0F, 2.0F, 3.0F});
  const std::string file = "3 3\na " + row + "b " + row + "c " + row;
  EXPECT_KINDRED_ERROR(read(file.substr(0, file.size() - 1)), ErrorKind::corrupt,
                       "ends after 2 whole words where its header says 3");
  EXPECT_KINDRED_ERROR(read("3000000000 300\n" + std::string(400, '\xFF')), ErrorKind::corrupt,
                       "ends after 0 whole words");
  EXPECT_EQ(read(file.substr(0, file.size() - 1), 2).size(), 2U);
}

TEST(Word2vecBinary, KeepsTheFirstOfARepeatedWordAndAnEmptyOne) {
  const StaticModel model = read("4 1\na " + bytes_of({0.1F}) + "a " + bytes_of({2.0F}) + " " +
                                 bytes_of({0.3F}) + "b " + bytes_of({0.4F}));
  EXPECT_EQ(model.size(), 3U);
  EXPECT_THAT(vector_of(model, "a"), ElementsAre(0.1F));
  EXPECT_THAT(vector_of(model, ""), ElementsAre(0.3F));
  EXPECT_THAT(vector_of(model, "b"), ElementsAre(0.4F));
}

TEST(Word2vecBinary, RefusesHeadersThatCannotBe) {
  EXPECT_KINDRED_ERROR(read("0 5\n"), ErrorKind::bad_input, "\"0 5\"");
  EXPECT_KINDRED_ERROR(read("5 0\nx y"), ErrorKind::bad_input, "\"5 0\"");
  EXPECT_KINDRED_ERROR(read("5 100000\nx y"), ErrorKind::bad_input, "65536 dimensions");
  EXPECT_THROW(read("99999999999999999999999 3\nx"), Error);
}

TEST(VectorText, ReadsHeadersCarriageReturnsAndAMissingLineEnd) {
  for (const std::string file : {"2 2\nfoo 1 2\nbar 3 4\n", "2 2\r\nfoo 1 2\r\nbar 3 4",
                                 "2 2 \nfoo 1 2 \nbar 3 4 \n", "foo 1 2\nbar 3 4\n",
                                 "\xEF\xBB\xBF"
                                 "foo 1 2\n\nbar 3 4\n\n\n",
                                 "foo\t1\t2\nbar\t3\t4", "foo   1  2\nbar 3   4"}) {
    const StaticModel model = read(file);
    EXPECT_EQ(model.size(), 2U) << file;
    EXPECT_THAT(vector_of(model, "foo"), ElementsAre(1.0F, 2.0F)) << file;
    EXPECT_THAT(vector_of(model, "bar"), ElementsAre(3.0F, 4.0F)) << file;
  }
}

// GloVe's 840B has words such as ". . ." and "at name@domain.com", and a few that end in a number.
TEST(VectorText, SplitsWordsWithSpacesFromTheRight) {
  const StaticModel model = read(
      "the 0.1 0.2 0.3\n. . . 0.4 0.5 0.6\nat name@domain.com 1 2 3\n$ 5 4 5 6\n 7 8 9\n"
      "\xC2\xA0 1 1 1\n\xE3\x80\x80 2 2 2\nnan 1 2 3\n12 3 2 1\n");
  EXPECT_EQ(model.size(), 9U);
  EXPECT_EQ(model.format, "GloVe text");
  EXPECT_THAT(vector_of(model, ". . ."), ElementsAre(0.4F, 0.5F, 0.6F));
  EXPECT_THAT(vector_of(model, "at name@domain.com"), ElementsAre(1.0F, 2.0F, 3.0F));
  EXPECT_THAT(vector_of(model, "$ 5"), ElementsAre(4.0F, 5.0F, 6.0F));
  EXPECT_THAT(vector_of(model, ""), ElementsAre(7.0F, 8.0F, 9.0F));
  EXPECT_THAT(vector_of(model, "\xC2\xA0"), ElementsAre(1.0F, 1.0F, 1.0F));
  EXPECT_THAT(vector_of(model, "nan"), ElementsAre(1.0F, 2.0F, 3.0F));
  EXPECT_THAT(vector_of(model, "12"), ElementsAre(3.0F, 2.0F, 1.0F));
}

TEST(VectorText, ReadsNumbersAsNumPyDoes) {
  const StaticModel model =
      read("a -.5 1e-05 +2 5. 1e-60 1e60 -1E400 1e-400 nan inf\nb 0 0 0 0 0 0 0 0 0 0\n");
  const std::vector<float> v = vector_of(model, "a");
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(v[0], -0.5F);
  EXPECT_EQ(v[1], 1e-05F);
  EXPECT_EQ(v[2], 2.0F);
  EXPECT_EQ(v[3], 5.0F);
  EXPECT_EQ(v[4], 0.0F);
  EXPECT_EQ(v[5], kInfinity);
  EXPECT_EQ(v[6], -kInfinity);
  EXPECT_EQ(v[7], 0.0F);
  EXPECT_TRUE(std::isnan(v[8]));
  EXPECT_EQ(v[9], kInfinity);
}

TEST(VectorText, CountsThatLie) {
  EXPECT_KINDRED_ERROR(read("3 2\na 1 2\nb 3 4\n"), ErrorKind::corrupt,
                       "ends after 2 words where its header says 3");
  EXPECT_EQ(read("3 2\na 1 2\nb 3 4\n", 2).size(), 2U);
  EXPECT_EQ(read("1 2\na 1 2\nb 3 4\n").size(), 1U);  // as gensim: what the header names
  EXPECT_KINDRED_ERROR(read("2 3\na 1 2\nb 3 4\n"), ErrorKind::corrupt,
                       "3 dimensions where its rows have 2 numbers");
}

TEST(VectorText, SaysWhichRowIsBroken) {
  std::string file;
  for (int i = 0; i < 100; ++i) file += "word" + std::to_string(i) + " 1 2 3\n";
  EXPECT_KINDRED_ERROR(read(file + "cut 1 2"), ErrorKind::corrupt, "row 101 (\"cut 1 2");
  EXPECT_KINDRED_ERROR(read(file + "bad 1 x 3\n"), ErrorKind::corrupt, "the 100 before it");
  EXPECT_KINDRED_ERROR(read("mot 0,5 0,25\n"), ErrorKind::bad_input, "no word with numbers");
  EXPECT_KINDRED_ERROR(read("once upon a time\n"), ErrorKind::bad_input, "no word with numbers");
  EXPECT_KINDRED_ERROR(read("\n\n"), ErrorKind::bad_input, "holds no words");
  EXPECT_KINDRED_ERROR(read(""), ErrorKind::bad_input, "is empty");
}

TEST(VectorText, KeepsTheFirstOfARepeatedWord) {
  const StaticModel model = read("a 1 2\nb 3 4\na 5 6\n");
  EXPECT_EQ(model.size(), 2U);
  EXPECT_THAT(vector_of(model, "a"), ElementsAre(1.0F, 2.0F));
}

TEST(VectorText, AFileOfOneDimensionIsNotItsHeader) {
  const StaticModel model = read("5 4\n6 3\n7 2\n");
  EXPECT_EQ(model.size(), 3U);
  EXPECT_THAT(vector_of(model, "5"), ElementsAre(4.0F));
}

TEST(VectorText, IsTheSameByAnyThreadsAndAcrossBlocks) {
  std::string file = "60000 3\n";
  for (int i = 0; i < 60'000; ++i)
    file += "word no. x" + std::to_string(i) + " " + std::to_string(i) + ".5 -1e-3 0.25\n";
  for (const int threads : {1, 2, 5}) {
    const StaticModel model = read(file, 0, threads);
    ASSERT_EQ(model.size(), 60'000U);
    for (const int i : {0, 1, 29'999, 59'999}) {
      EXPECT_EQ(model.vocabulary.find("word no. x" + std::to_string(i)),
                static_cast<std::uint32_t>(i));
      EXPECT_EQ(vector_of(model, "word no. x" + std::to_string(i))[0],
                static_cast<float>(i) + 0.5F);
    }
  }
  EXPECT_EQ(read(file, 12'345, 2).size(), 12'345U);
}

TEST(ReadStaticModel, SaysWhatAFileIs) {
  EXPECT_KINDRED_ERROR(read(std::string("\x80\x04\x95\x00\x00", 5) + std::string(40, 'x')),
                       ErrorKind::bad_input, "save_word2vec_format");
  EXPECT_KINDRED_ERROR(read(std::string("PK\x03\x04") + std::string(40, 'x')), ErrorKind::bad_input,
                       "zip");
}

}  // namespace
}  // namespace kindred::static_vectors
