#include "static_vectors/vector_format.h"

#include <gtest/gtest.h>

#include "io/expect_error.h"

namespace kindred::static_vectors {
namespace {

TEST(VectorFormat, ByEnding) {
  EXPECT_EQ(format_of_path("a/x.bin", true), VectorFormat::fasttext);
  EXPECT_EQ(format_of_path("a/x.bin", false), VectorFormat::word2vec_binary);
  EXPECT_EQ(format_of_path("X.FTZ", false), VectorFormat::fasttext);
  EXPECT_EQ(format_of_path("x.w2v", true), VectorFormat::word2vec_binary);
  EXPECT_EQ(format_of_path("x.vec", true), VectorFormat::word2vec_text);
  EXPECT_EQ(format_of_path("x.txt", true), VectorFormat::word2vec_text);
  EXPECT_EQ(format_of_path("glove.6B.50d.txt", true), VectorFormat::glove_text);
  EXPECT_EQ(format_of_path("a.b/folder", true), VectorFormat::static_embedding);
  EXPECT_KINDRED_ERROR(format_of_path("x.zip", false), ErrorKind::bad_input, ".vec or .txt");
}

TEST(VectorFormat, ByName) {
  for (const std::string& name : vector_format_names())
    EXPECT_EQ(to_string(parse_vector_format(name)), name);
  EXPECT_KINDRED_ERROR(parse_vector_format("gensim"), ErrorKind::bad_input, "fasttext");
}

}  // namespace
}  // namespace kindred::static_vectors
