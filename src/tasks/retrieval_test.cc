#include "tasks/retrieval.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/expect_error.h"
#include "tasks/tasks_fixture.h"

namespace kindred::tasks {
namespace {

using testing::ElementsAre;

std::vector<std::string> ids(const Rankings& rankings, const eval::Dataset& dataset,
                             std::size_t query) {
  std::vector<std::string> found;
  for (const search::RankedKey& key : rankings[query].documents)
    found.push_back(dataset.corpus[key.key].id);
  return found;
}

TEST(VectorRetrieval, RanksByCosine) {
  const io::TempDirectory temp;
  const eval::Dataset dataset = tiny_dataset();
  const VectorRetrieval retrieval(dataset, TextVectors(tiny_encoder(temp), {}));
  ThreadPool pool(1);
  const Rankings all = retrieval.rank({3, ""}, pool);
  EXPECT_EQ(ids(all, dataset, 0).front(), "d2");  // red apple: pomme rouge before apple alone
  EXPECT_THAT(ids(all, dataset, 1), ElementsAre("d3", "d4", "d5"));
  EXPECT_TRUE(all[0].cut);
  const Rankings french = retrieval.rank({3, "fr"}, pool);
  EXPECT_THAT(ids(french, dataset, 1), ElementsAre("d4", "d2"));
  EXPECT_FALSE(french[0].cut);
  EXPECT_TRUE(retrieval.rank({3, "zh"}, pool)[0].documents.empty());
}

TEST(VectorRetrieval, ReranksCandidatesAlone) {
  const io::TempDirectory temp;
  const eval::Dataset dataset = tiny_dataset();
  const VectorRetrieval retrieval(dataset, TextVectors(tiny_encoder(temp), {}));
  const eval::Run candidates{"other", {{"q1", {{"d3", 9.0}, {"d1", 8.0}, {"d5", 7.0}}}}};
  const Rankings ranked = retrieval.rerank(candidates, 2);
  EXPECT_THAT(ids(ranked, dataset, 0), ElementsAre("d1", "d5"));
  EXPECT_TRUE(ranked[1].documents.empty());
  const eval::Run wrong{"other", {{"q1", {{"d9", 1.0}}}}};
  EXPECT_KINDRED_ERROR(retrieval.rerank(wrong, 2), ErrorKind::bad_input, "'d9'");
}

TEST(VectorRetrieval, ADocumentIsAsNearAsItsNearestWindow) {
  const std::string model = std::string(KINDRED_TEST_DATA) + "/golden/models/bert-gelu";
  eval::Dataset dataset;
  dataset.corpus = {record("long", "t40 t41 t42 t43 t5 t6 t7 t8 t50 t51", "en"),
                    record("short", "t60 t61", "en"), record("other", "t70 t71 t72 t73 t74", "en")};
  dataset.queries = {record("q", "t5 t6 t7 t8", "en")};
  TextVectorsOptions options;
  options.windows = WindowOptions{4, 0, WindowJoin::rows};
  EncoderOptions threads;
  threads.threads = 1;
  const TextVectors encoder(std::make_shared<const Encoder>(Encoder::open(model, threads)),
                            options);
  const VectorRetrieval retrieval(dataset, encoder);
  ThreadPool pool(1);
  const Rankings ranked = retrieval.rank({10, ""}, pool);
  EXPECT_EQ(ranked[0].documents.size(), 3U);  // each document once, whatever its windows
  EXPECT_EQ(ids(ranked, dataset, 0).front(), "long");
  EXPECT_NEAR(ranked[0].documents.front().score, 1.0, 1e-5);  // its second window is the query
  const eval::Run candidates{"c", {{"q", {{"long", 1}, {"other", 2}}}}};
  EXPECT_NEAR(retrieval.rerank(candidates, 5)[0].documents.front().score, 1.0, 1e-5);
}

TEST(LexicalRetrieval, RanksByBm25) {
  const eval::Dataset dataset = tiny_dataset();
  const LexicalRetrieval retrieval(dataset);
  const Rankings all = retrieval.rank({10, ""});
  EXPECT_THAT(ids(all, dataset, 0), ElementsAre("d1", "d5"));  // a short text with one word first
  EXPECT_THAT(ids(all, dataset, 2), ElementsAre("d4"));
  EXPECT_GT(all[0].bound, all[0].documents.front().score);
  EXPECT_TRUE(ids(retrieval.rank({10, "fr"}), dataset, 0).empty());
  const Rankings one = retrieval.rank({1, ""});
  EXPECT_TRUE(one[0].cut);
}

TEST(Fuse, TakesBothAndCutsAtTheDepth) {
  const io::TempDirectory temp;
  const eval::Dataset dataset = tiny_dataset();
  ThreadPool pool(1);
  const Rankings vectors =
      VectorRetrieval(dataset, TextVectors(tiny_encoder(temp), {})).rank({5, ""}, pool);
  const Rankings words = LexicalRetrieval(dataset).rank({5, ""});
  const Rankings both = fuse(vectors, words, {}, 2);
  EXPECT_EQ(ids(both, dataset, 1).front(), "d3");
  EXPECT_EQ(both[0].documents.size(), 2U);
  const eval::Run run = to_run(both, dataset, "hybrid");
  EXPECT_EQ(run.name, "hybrid");
  EXPECT_EQ(run.of_query.at("q2").front().id, "d3");
  EXPECT_EQ(run.of_query.size(), 3U);
}

}  // namespace
}  // namespace kindred::tasks
