#include "static_vectors/prune.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "io/expect_error.h"
#include "static_vectors/read.h"

namespace kindred::static_vectors {
namespace {

const std::string kFolder = KINDRED_TEST_DATA "/golden/static_vectors/";

StaticModel read_whole(const std::string& name) {
  ReadOptions options;
  options.output = true;
  return read_static_model(kFolder + name, options);
}

std::vector<float> vector_of(const StaticModel& model, std::string_view word) {
  std::vector<float> vector(model.dimensions());
  model.vector_of(word, vector.data());
  return vector;
}

TEST(Prune, KeptWordsKeepTheirVectors) {
  for (const std::string name : {"skipgram.bin", "gensim.w2v", "pruned.ftz", "softmax.bin"}) {
    SCOPED_TRACE(name);
    const StaticModel model = read_whole(name);
    const std::vector<std::uint32_t> ids = {1, 4, 3};
    const StaticModel kept = keep_words(model, ids);
    ASSERT_EQ(kept.size(), 3U);
    for (const std::uint32_t id : ids) {
      const std::string word(model.vocabulary.word(id));
      EXPECT_EQ(vector_of(kept, word), vector_of(model, word));
      EXPECT_EQ(kept.vocabulary.count(*kept.vocabulary.find(word)), model.vocabulary.count(id));
    }
    EXPECT_EQ(kept.labels.size(), model.labels.size());
  }
}

TEST(Prune, OutputFollowsItsWords) {
  const StaticModel model = read_whole("skipgram.bin");
  const StaticModel kept = keep_words(model, std::vector<std::uint32_t>{2});
  std::vector<float> before(8), after(8);
  model.output->read_row(2, before.data());
  kept.output->read_row(0, after.data());
  EXPECT_EQ(before, after);
  // The inner nodes of a tree are no words'.
  EXPECT_EQ(keep_words(read_whole("cbow_tree.bin"), std::vector<std::uint32_t>{2}).output, nullptr);
}

TEST(Prune, AWordThatWentHasItsNgramsLeft) {
  const StaticModel model = read_whole("skipgram.bin");
  const StaticModel kept = keep_words(model, std::vector<std::uint32_t>{0});
  std::vector<float> vector(8);
  EXPECT_TRUE(kept.vector_of(model.vocabulary.word(1), vector.data()));
  EXPECT_NE(vector, vector_of(model, model.vocabulary.word(1)));
}

TEST(Prune, WithoutNgramsWordsStayAsTheyAre) {
  const StaticModel model = read_whole("skipgram.bin");
  const StaticModel plain = without_ngrams(model);
  EXPECT_EQ(plain.input->rows(), model.size());
  for (std::uint32_t id = 0; id < model.size(); ++id)
    EXPECT_EQ(vector_of(plain, model.vocabulary.word(id)),
              vector_of(model, model.vocabulary.word(id)));
  std::vector<float> vector(8);
  EXPECT_FALSE(plain.vector_of("unknown", vector.data()));
}

TEST(Prune, RefusesNoWords) {
  EXPECT_KINDRED_ERROR(keep_words(read_whole("gensim.w2v"), {}), ErrorKind::bad_input, "none");
}

// Reading only the first words gives what keeping them does.
TEST(Prune, ALimitIsThePruningOfTheFirst) {
  for (const std::string name : {"skipgram.bin", "pruned.ftz", "gensim.txt"}) {
    SCOPED_TRACE(name);
    ReadOptions options;
    options.limit = 3;
    const StaticModel limited = read_static_model(kFolder + name, options);
    const StaticModel kept = keep_words(read_whole(name), std::vector<std::uint32_t>{0, 1, 2});
    ASSERT_EQ(limited.size(), 3U);
    for (const std::string_view word : {kept.vocabulary.word(0), kept.vocabulary.word(2)})
      EXPECT_EQ(vector_of(limited, word), vector_of(kept, word));
    EXPECT_EQ(vector_of(limited, "unknown"), vector_of(kept, "unknown"));
  }
}

}  // namespace
}  // namespace kindred::static_vectors
