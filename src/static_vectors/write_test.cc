#include "static_vectors/write.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "io/expect_error.h"
#include "io/file.h"
#include "io/temp_directory.h"
#include "static_vectors/read.h"

namespace kindred::static_vectors {
namespace {

StaticModel model_of(const std::vector<std::string>& words) {
  StaticModel model;
  model.origin = "made";
  std::vector<float> values;
  for (std::size_t i = 0; i < words.size(); ++i) {
    model.vocabulary.add(words[i], 0);
    values.push_back(0.1F * static_cast<float>(i + 1));
    values.push_back(-1e-7F * static_cast<float>(i + 1));
  }
  model.input = std::make_shared<FloatTable>(words.size(), 2, std::move(values));
  return model;
}

std::vector<std::string> words_of(const StaticModel& model) {
  std::vector<std::string> words;
  for (std::uint32_t id = 0; id < model.size(); ++id) words.emplace_back(model.vocabulary.word(id));
  return words;
}

TEST(WriteStaticModel, TextIsShortAndExact) {
  const io::TempDirectory temp;
  write_static_model(model_of({"a", "b"}), temp.file("x.txt"), VectorFormat::word2vec_text);
  EXPECT_EQ(io::read_text_file(temp.file("x.txt")), "2 2\na 0.1 -1e-07\nb 0.2 -2e-07\n");
  write_static_model(model_of({"a"}), temp.file("y.txt"), VectorFormat::glove_text);
  EXPECT_EQ(io::read_text_file(temp.file("y.txt")), "a 0.1 -1e-07\n");
}

TEST(WriteStaticModel, RefusesReplacesOrLeavesOutWhatTextCannotHold) {
  const io::TempDirectory temp;
  const StaticModel model = model_of({"new york", "new_york", "a\tb", "", "plain"});
  WriteOptions options;
  EXPECT_KINDRED_ERROR(write_static_model(model, temp.file("x"), VectorFormat::word2vec_binary),
                       ErrorKind::bad_input, "3 of the words");
  EXPECT_TRUE(io::list_directory(temp.path()).empty());
  options.unwritable = Unwritable::replace;
  write_static_model(model, temp.file("x"), VectorFormat::word2vec_binary, options);
  EXPECT_EQ(words_of(read_static_model(temp.file("x"))),
            (std::vector<std::string>{"new_york", "a_b", "_", "plain"}));
  options.unwritable = Unwritable::leave_out;
  write_static_model(model, temp.file("x"), VectorFormat::glove_text, options);
  EXPECT_EQ(words_of(read_static_model(temp.file("x"))),
            (std::vector<std::string>{"new_york", "plain"}));
}

TEST(WriteStaticModel, DirectoriesHoldAnyTextButUtf8Only) {
  const io::TempDirectory temp;
  const StaticModel model = model_of({"new york", "苹\"果", "\xFFx"});
  EXPECT_KINDRED_ERROR(write_static_model(model, temp.file("d"), VectorFormat::static_embedding),
                       ErrorKind::bad_input, "1 of the words");
  WriteOptions options;
  options.unwritable = Unwritable::replace;
  for (const VectorFormat format : {VectorFormat::static_embedding, VectorFormat::model2vec}) {
    SCOPED_TRACE(to_string(format));
    const std::string path = temp.file(to_string(format));
    write_static_model(model, path, format, options);
    const StaticModel read = read_static_model(path);
    EXPECT_EQ(words_of(read),
              (std::vector<std::string>{"new york", "苹\"果", "\xEF\xBF\xBDx", "[UNK]"}));
    std::vector<float> vector(2);
    read.vector_of("苹\"果", vector.data());
    EXPECT_NEAR(vector[0], 0.2F, 1e-3F);
    read.vector_of("[UNK]", vector.data());
    EXPECT_EQ(vector[0], 0.0F);
    EXPECT_KINDRED_ERROR(write_static_model(model, path, format, options), ErrorKind::bad_input,
                         "exists already");
  }
}

TEST(WriteStaticModel, FastTextGetsCountsThatFallAndNoOutput) {
  const io::TempDirectory temp;
  write_static_model(model_of({"a b", "c", ""}), temp.file("x.bin"), VectorFormat::fasttext);
  ReadOptions options;
  options.output = true;
  const StaticModel read = read_static_model(temp.file("x.bin"), options);
  EXPECT_EQ(words_of(read), (std::vector<std::string>{"a b", "c", ""}));
  EXPECT_EQ(read.vocabulary.counts(), (std::vector<std::uint64_t>{3, 2, 1}));
  EXPECT_EQ(read.output, nullptr);
  EXPECT_FALSE(read.subwords);
  std::vector<float> vector(2);
  EXPECT_FALSE(read.vector_of("unknown", vector.data()));
  EXPECT_KINDRED_ERROR(write_static_model(model_of({std::string("a\0b", 3)}), temp.file("y.bin"),
                                          VectorFormat::fasttext),
                       ErrorKind::bad_input, "\"a\\x00b\"");
}

}  // namespace
}  // namespace kindred::static_vectors
