// train_word_vectors, Trainer and TrainingState.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "base/random.h"
#include "io/expect_error.h"
#include "io/file.h"
#include "io/temp_directory.h"
#include "kindred/static_vectors.h"
#include "static_vectors/encoded_corpus.h"
#include "static_vectors/read.h"
#include "static_vectors/trainer.h"

namespace kindred {
namespace {

using Stage = WordTrainingProgress::Stage;

class TrainTest : public testing::Test {
 protected:
  void SetUp() override {
    // Two topics of twenty words each.
    Random random(1);
    std::string text;
    for (int line = 0; line < 4000; ++line) {
      const std::uint64_t topic = random.below(2);
      for (int i = 0; i < 8; ++i)
        text += fmt::format("{}{} ", topic == 0 ? "fruit" : "tool", random.below(20));
      text += "\n";
    }
    temp_.write("text", text);
    options_.dimensions = 24;
    options_.threads = 1;
    options_.epochs = 3;
    options_.subsample = 0.0;
  }
  WordTrainingResult train(const std::string& name, const WordTrainingOptions& options) const {
    return train_word_vectors({temp_.file("text")}, temp_.file(name), options);
  }
  void expect_topics(const std::string& name) const {
    const WordVectors vectors = WordVectors::open(temp_.file(name));
    for (const char* topic : {"fruit", "tool"})
      for (int i = 0; i < 20; i += 7)
        for (const WordScore& near : vectors.nearest(topic + std::to_string(i), 5))
          EXPECT_TRUE(near.word.starts_with(topic)) << topic << i << " is near " << near.word;
  }
  io::TempDirectory temp_;
  WordTrainingOptions options_;
};

TEST_F(TrainTest, EveryKindLearnsTopics) {
  for (const bool cbow : {false, true})
    for (const bool tree : {false, true})
      for (const std::size_t ngram : {0, 5}) {
        WordTrainingOptions o = options_;
        o.architecture = cbow ? WordTrainingOptions::Architecture::cbow
                              : WordTrainingOptions::Architecture::skip_gram;
        o.loss = tree ? WordTrainingOptions::Loss::hierarchical_softmax
                      : WordTrainingOptions::Loss::negative_sampling;
        o.max_ngram = ngram;
        o.buckets = 1000;
        o.epochs = cbow ? 8 : 3;
        const WordTrainingResult r = train("v.bin", o);
        EXPECT_TRUE(r.finished);
        EXPECT_EQ(r.vocabulary, 40U);
        EXPECT_EQ(r.words, 32'000U);
        ASSERT_EQ(r.losses.size(), o.epochs);
        EXPECT_LT(r.losses.back(), r.losses.front());
        expect_topics("v.bin");
      }
  EXPECT_FALSE(io::is_directory(temp_.file("v.bin.training")));
}

TEST_F(TrainTest, TwoThreadsLearnAsWell) {
  options_.threads = 2;
  EXPECT_EQ(train("v.bin", options_).words, 32'000U);
  expect_topics("v.bin");
}

TEST_F(TrainTest, WritesTheFormatOfTheEnding) {
  options_.epochs = 1;
  (void)train("v.w2v", options_);
  (void)train("v.vec", options_);
  (void)train("v.bin", options_);
  EXPECT_EQ(WordVectors::open(temp_.file("v.w2v")).vector_of("fruit3"),
            WordVectors::open(temp_.file("v.bin")).vector_of("fruit3"));
  EXPECT_TRUE(io::read_text_file(temp_.file("v.vec")).starts_with("40 24\n"));
  const auto model = static_vectors::read_static_model(temp_.file("v.bin"), {.output = true});
  ASSERT_NE(model.output, nullptr);
  EXPECT_EQ(model.output->rows(), 40U);
}

TEST_F(TrainTest, OneThreadGivesTheSameBitsStoppedOrNot) {
  (void)train("whole.bin", options_);
  int stops = 0;
  const auto five_stops = [&](const WordTrainingProgress& now) {
    return now.stage != Stage::train || stops == 5;
  };
  while (
      !train_word_vectors({temp_.file("text")}, temp_.file("parts.bin"), options_, "", five_stops)
           .finished)
    ++stops;
  EXPECT_EQ(stops, 5);
  EXPECT_EQ(io::read_text_file(temp_.file("whole.bin")),
            io::read_text_file(temp_.file("parts.bin")));
}

TEST_F(TrainTest, AStateOfOtherWorkIsNotGoneOnWith) {
  const auto corpus_of = [&](const std::string& key) {
    static_vectors::CorpusSource source({temp_.file("text")});
    auto corpus = static_vectors::EncodedCorpus::encode(source, {}, temp_.path());
    static_vectors::Trainer trainer(corpus, options_, 1, temp_.file("state"), key);
    const std::uint64_t done = trainer.words_done();
    EXPECT_FALSE(trainer.run([](const auto&) { return false; }));
    return done;
  };
  const std::string a(64, 'a'), b(64, 'b');
  EXPECT_EQ(corpus_of(a), 0U);
  EXPECT_GT(corpus_of(a), 0U);
  EXPECT_EQ(corpus_of(b), 0U);
  std::string state = io::read_text_file(temp_.file("state"));
  state[state.size() / 2] = static_cast<char>(state[state.size() / 2] ^ 1);
  temp_.write("state", state);
  EXPECT_KINDRED_ERROR((void)corpus_of(b), ErrorKind::corrupt, "state");
  temp_.write("state", state.substr(0, 100));
  EXPECT_KINDRED_ERROR((void)corpus_of(b), ErrorKind::corrupt, "state");
}

TEST_F(TrainTest, RefusesOptionsThatCannotBe) {
  const auto refused = [&](const auto& change, const char* says) {
    WordTrainingOptions o = options_;
    change(o);
    EXPECT_KINDRED_ERROR((void)train("v.bin", o), ErrorKind::bad_input, says);
  };
  refused([](auto& o) { o.dimensions = 0; }, "dimensions");
  refused([](auto& o) { o.window = 0; }, "window");
  refused([](auto& o) { o.epochs = 0; }, "epochs");
  refused([](auto& o) { o.rate = std::nan(""); }, "rate");
  refused([](auto& o) { o.max_ngram = 2; }, "n-grams");
  refused([](auto& o) { o.words = "letters"; }, "letters");
  refused([](auto& o) { o.min_count = 100'000; }, "--min-count");
  // Its output is its input.
  EXPECT_KINDRED_ERROR(train("text", options_), ErrorKind::bad_input, "text");
}

TEST_F(TrainTest, WhatCannotBeWrittenIsNotLost) {
  ASSERT_TRUE(std::filesystem::create_directory(temp_.file("v.bin")));
  EXPECT_THROW((void)train("v.bin", options_), Error);
  std::filesystem::remove(temp_.file("v.bin"));
  EXPECT_EQ(train("v.bin", options_).words_per_second, 0.0);  // nothing was left to learn
  expect_topics("v.bin");
}

TEST_F(TrainTest, ADirectoryThatExistsIsRefusedBeforeTraining) {
  ASSERT_TRUE(std::filesystem::create_directory(temp_.file("v")));
  EXPECT_KINDRED_ERROR(train("v", options_), ErrorKind::bad_input, "exists");
  EXPECT_FALSE(io::is_directory(temp_.file("v.training")));
}

TEST_F(TrainTest, SaysThatItDiverged) {
  options_.rate = 10.0;
  options_.architecture = WordTrainingOptions::Architecture::cbow;
  EXPECT_KINDRED_ERROR(train("v.bin", options_), ErrorKind::bad_input, "--rate");
  EXPECT_FALSE(io::is_file(temp_.file("v.bin")));
}

TEST_F(TrainTest, AnItemsGoalIsNearItsSession) {
  // The goal is six places away from the first item: out of the window but for the global context.
  std::string text;
  Random random(2);
  for (int line = 0; line < 3000; ++line) {
    const std::uint64_t kind = random.below(3);
    text += fmt::format("start{} ", kind);
    for (int i = 0; i < 6; ++i) text += fmt::format("any{} ", random.below(30));
    text += fmt::format("goal{}\n", kind);
  }
  temp_.write("text", text);
  options_.window = 2;
  options_.dynamic_window = false;
  options_.epochs = 8;
  const auto score = [&](const std::string& name) {
    const auto model = static_vectors::read_static_model(temp_.file(name), {.output = true});
    std::vector<float> start(24);
    double margin = 0.0;
    for (int k = 0; k < 3; ++k) {
      EXPECT_TRUE(model.vector_of("start" + std::to_string(k), start.data()));
      for (int g = 0; g < 3; ++g)
        margin +=
            (g == k ? 2.0 : -1.0) *
            model.output->dot_row(*model.vocabulary.find("goal" + std::to_string(g)), start.data());
    }
    return margin;
  };
  (void)train("without.bin", options_);
  options_.global_context = true;
  (void)train("with.bin", options_);
  EXPECT_GT(score("with.bin"), 6.0);
  EXPECT_LT(std::abs(score("without.bin")), 3.0);
}

}  // namespace
}  // namespace kindred
