// kindred vectors convert, prune and quantize, on small models.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/dispatch_testing.h"
#include "io/expect_error.h"
#include "io/file.h"
#include "io/temp_directory.h"
#include "static_vectors/read.h"

namespace kindred::cli {
namespace {

using static_vectors::read_static_model;

const std::string kFolder = KINDRED_TEST_DATA "/golden/static_vectors/";

class VectorFiles : public testing::Test {
 protected:
  /// What "kindred vectors …" prints.
  static std::string run(std::vector<std::string> words) {
    words.insert(words.begin(), "vectors");
    return printed_by(std::move(words));
  }

  io::TempDirectory temp_;
};

TEST_F(VectorFiles, ConvertsByTheEnding) {
  const std::string from = kFolder + "skipgram.bin";
  for (const auto& [name, format] :
       std::vector<std::pair<std::string, std::string>>{{"a.bin", "fasttext"},
                                                        {"a.vec", "text"},
                                                        {"a.w2v", "word2vec"},
                                                        {"glove.txt", "glove"},
                                                        {"folder", "static-embedding"}}) {
    const auto json =
        nlohmann::json::parse(run({"convert", from, "-o", temp_.file(name), "--json"}));
    EXPECT_EQ(json["format"], format);
    EXPECT_GE(read_static_model(temp_.file(name)).size(), read_static_model(from).size());
  }
  EXPECT_TRUE(io::read_text_file(temp_.file("a.bin")) == io::read_text_file(from));
  EXPECT_KINDRED_ERROR(run({"convert", from, "-o", temp_.file("a.zip")}), ErrorKind::bad_input,
                       "ending");
}

TEST_F(VectorFiles, PrunesByEveryFlagGiven) {
  const std::string from = kFolder + "skipgram.bin";
  const std::string list = temp_.write("list", "apple\nno such word\n苹果\npomme\n");
  const std::string texts = temp_.write("texts.txt", "An Apple, please\n红苹果\n");
  run({"prune", from, "--words", list, "--used-by", texts, "-o", temp_.file("a.bin")});
  const auto model = read_static_model(temp_.file("a.bin"));
  EXPECT_EQ(model.size(), 2U);
  EXPECT_TRUE(model.vocabulary.find("apple") && model.vocabulary.find("苹果"));
  EXPECT_TRUE(model.subwords);
  run({"prune", from, "--most", "5", "--drop-ngrams", "-o", temp_.file("b.bin")});
  const auto plain = read_static_model(temp_.file("b.bin"));
  EXPECT_EQ(plain.size(), 5U);
  EXPECT_EQ(plain.format, "word2vec binary");
  EXPECT_KINDRED_ERROR(
      run({"prune", kFolder + "gensim.w2v", "--min-count", "2", "-o", temp_.file("c.bin")}),
      ErrorKind::bad_input, "no counts");
  EXPECT_KINDRED_ERROR(run({"prune", from, "--min-count", "1000000", "-o", temp_.file("c.bin")}),
                       ErrorKind::bad_input, "none of its");
}

TEST_F(VectorFiles, QuantizesAndSaysHowWell) {
  const std::string from = kFolder + "skipgram.bin";
  const auto bytes =
      nlohmann::json::parse(run({"quantize", from, "-o", temp_.file("int8"), "--json"}));
  EXPECT_GT(bytes["cosine"]["min"].get<double>(), 0.999);
  const auto codes = nlohmann::json::parse(
      run({"quantize", from, "--precision", "pq", "-o", temp_.file("a.ftz"), "--json"}));
  EXPECT_GT(codes["cosine"]["min"].get<double>(), 0.98);
  EXPECT_EQ(read_static_model(temp_.file("a.ftz")).format, "fastText, quantised");
  EXPECT_KINDRED_ERROR(
      run({"quantize", temp_.file("a.ftz"), "--precision", "pq", "-o", temp_.file("b.ftz")}),
      ErrorKind::bad_input, "already");
  EXPECT_KINDRED_ERROR(run({"quantize", kFolder + "softmax.bin", "-o", temp_.file("c")}),
                       ErrorKind::bad_input, "classifier");
}

}  // namespace
}  // namespace kindred::cli
