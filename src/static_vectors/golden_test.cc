// What fastText and gensim say of models that they made themselves
// (tests/reference/make_static_vector_goldens.py).
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "io/file.h"
#include "io/temp_directory.h"
#include "kindred/error.h"
#include "static_vectors/classifier.h"
#include "static_vectors/product_table.h"
#include "static_vectors/read.h"
#include "static_vectors/write.h"

namespace kindred::static_vectors {
namespace {

const std::string kFolder = KINDRED_TEST_DATA "/golden/static_vectors";

nlohmann::json expectations() {
  return nlohmann::json::parse(io::read_text_file(io::join_path(kFolder, "expected.json")));
}

void expect_vectors(const StaticModel& model, const nlohmann::json& vectors) {
  std::vector<float> vector(model.dimensions());
  for (const auto& [word, wanted] : vectors.items()) {
    model.vector_of(word, vector.data());
    for (std::size_t i = 0; i < vector.size(); ++i)
      EXPECT_NEAR(vector[i], wanted[i].get<float>(), 1e-6F) << word << ", " << i;
  }
}

void expect_predictions(const std::shared_ptr<const StaticModel>& model,
                        const nlohmann::json& predictions) {
  const TextClassifier classifier(model);
  for (const auto& entry : predictions) {
    const auto text = entry[0].get<std::string>();
    const auto found = classifier.predict(text, 3);
    ASSERT_EQ(found.size(), entry[1].size()) << text;
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(model->labels.word(found[i].label), entry[1][i][0].get<std::string>()) << text;
      EXPECT_NEAR(found[i].probability, entry[1][i][1].get<float>(), 1e-5F) << text;
    }
  }
}

void expect_as(const StaticModel& read, const nlohmann::json& wanted) {
  const auto model = std::make_shared<const StaticModel>(read);
  EXPECT_EQ(model->size(), wanted["words"].get<std::size_t>());
  EXPECT_EQ(model->dimensions(), wanted["dimensions"].get<std::size_t>());
  expect_vectors(*model, wanted["vectors"]);
  if (!wanted.contains("predictions")) return;
  EXPECT_EQ(model->labels.size(), wanted["labels"].get<std::size_t>());
  expect_predictions(model, wanted["predictions"]);
}

TEST(StaticGolden, ReadsAndPredictsAsFastTextAndGensim) {
  const nlohmann::json all = expectations();
  for (const auto& [name, wanted] : all.items()) {
    SCOPED_TRACE(name);
    expect_as(read_static_model(io::join_path(kFolder, name)), wanted);
  }
}

TEST(StaticGolden, WritesFastTextsFilesAsTheyWere) {
  const io::TempDirectory temp;
  ReadOptions options;
  options.output = true;
  for (const std::string name :
       {"skipgram.bin", "cbow_tree.bin", "plain_words.bin", "softmax.bin", "tree.bin",
        "one_against_all.bin", "negatives.bin", "gensim.bin", "both_quantised.ftz"}) {
    SCOPED_TRACE(name);
    const std::string from = io::join_path(kFolder, name);
    write_static_model(read_static_model(from, options), temp.file(name), VectorFormat::fasttext);
    EXPECT_TRUE(io::read_text_file(temp.file(name)) == io::read_text_file(from));
  }
}

// Its n-grams are listed in the order of a hash table, which is not part of the format.
TEST(StaticGolden, WritesAPrunedModelThatSaysTheSame) {
  const io::TempDirectory temp;
  const std::string from = io::join_path(kFolder, "pruned.ftz");
  write_static_model(read_static_model(from), temp.file("x.ftz"), VectorFormat::fasttext);
  EXPECT_EQ(io::file_size(temp.file("x.ftz")), io::file_size(from));
  expect_as(read_static_model(temp.file("x.ftz")), expectations()["pruned.ftz"]);
}

TEST(StaticGolden, PrunedModelIsQuantisedWithItsNorms) {
  const StaticModel model = read_static_model(io::join_path(kFolder, "pruned.ftz"));
  ASSERT_TRUE(model.kept_buckets);
  EXPECT_LT(model.kept_buckets->size(), model.subwords->buckets);
  const auto* table = dynamic_cast<const ProductTable*>(model.input.get());
  ASSERT_NE(table, nullptr);
  EXPECT_TRUE(table->norms());
  EXPECT_EQ(table->books().part, 3U);
  EXPECT_EQ(table->books().width(2), 2U);  // 8 dimensions by threes
}

TEST(StaticGolden, TextOfEveryFormatReadsBackExactly) {
  const io::TempDirectory temp;
  const auto wanted = expectations()["skipgram.bin"];
  const StaticModel model = read_static_model(io::join_path(kFolder, "skipgram.bin"));
  for (const VectorFormat format : {VectorFormat::word2vec_binary, VectorFormat::word2vec_text,
                                    VectorFormat::glove_text, VectorFormat::static_embedding}) {
    SCOPED_TRACE(to_string(format));
    const std::string path = temp.file(to_string(format));
    write_static_model(model, path, format);
    const StaticModel read = read_static_model(path);
    std::vector<float> before(model.dimensions()), after(model.dimensions());
    for (std::uint32_t id = 0; id < model.size(); ++id) {
      ASSERT_EQ(read.vocabulary.word(id), model.vocabulary.word(id));
      model.vector_of(id, before.data());
      read.vector_of(id, after.data());
      EXPECT_EQ(before, after);
    }
  }
}

// Every byte that the file is short of, or longer by, is told; most flipped ones change only
// values.
TEST(StaticGolden, RefusesTruncatedModels) {
  for (const std::string name : {"skipgram.bin", "tree.bin", "pruned.ftz", "gensim.w2v"}) {
    SCOPED_TRACE(name);
    const std::string whole = io::read_text_file(io::join_path(kFolder, name));
    ReadOptions options;
    options.output = true;
    EXPECT_NO_THROW(read_static_model(whole, name, options));
    for (std::size_t size = 0; size < whole.size(); size += 1 + size / 64)
      EXPECT_THROW(read_static_model(std::string_view(whole).substr(0, size), name, options), Error)
          << size;
    EXPECT_THROW(
        read_static_model(std::string_view(whole).substr(0, whole.size() - 2), name, options),
        Error);
  }
}

TEST(StaticGolden, RefusesFastTextFilesWithSomethingBehind) {
  const std::string whole = io::read_text_file(io::join_path(kFolder, "skipgram.bin"));
  ReadOptions options;
  options.output = true;
  EXPECT_THROW(read_static_model(whole + "x", "longer", options), Error);
}

// Sizes that lie are refused before memory is asked for: under a limit of memory this would die.
TEST(StaticGolden, LyingSizesCostNothing) {
  const std::string whole = io::read_text_file(io::join_path(kFolder, "skipgram.bin"));
  for (std::size_t at = 8; at + 4 <= 84; at += 4) {
    std::string lying = whole;
    lying.replace(at, 4, "\xFF\xFF\xFF\x7F");
    try {
      read_static_model(lying, "lying", {});
    } catch (const Error& error) {
      EXPECT_NE(error.kind(), ErrorKind::internal) << error.what();
    }
  }
}

}  // namespace
}  // namespace kindred::static_vectors
