#include "train/trainer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "base/sha256.h"
#include "io/expect_error.h"
#include "io/file.h"
#include "io/temp_directory.h"
#include "kindred/encoder.h"

namespace kindred::train {
namespace {

namespace fs = std::filesystem;

/// Words of a tiny model's vocabulary: what belongs together shares no word.
class TrainerTest : public testing::Test {
 protected:
  std::string pairs() {
    std::string lines;
    for (int i = 0; i < 40; ++i)
      for (int j = 0; j < 4; ++j)
        lines += fmt::format(
            "{{\"anchor\": \"t{0} t{1}\", \"positives\": [{{\"text\": \"t{2} t{1}\", \"id\": "
            "\"{0}-{1}\"}}]}}\n",
            3 + i, 83 + j, 43 + i);
    return temp_.write("pairs.jsonl", lines);
  }

  recipe::TrainingJob job(const std::string& name, const std::string& more = "") {
    const std::string text = fmt::format(R"([model]
base = "{}/golden/vectors/st-dense"
[[data]]
name = "pairs"
paths = ["{}"]
anchor_prompt = "t1 "
[loss]
losses = ["infonce"]
temperature = 0.05
[batch]
size = 16
tokens = 40
[optimizer]
learning_rate = 0.01
warmup = 2
[eval]
dev_share = 0.2
[run]
steps = 12
{})",
                                         KINDRED_TEST_DATA, pairs(), more);
    recipe::TrainingJob job;
    job.recipe = recipe::parse_recipe(text, "test.toml");
    job.output = temp_.file(name);
    job.quiet = true;
    return job;
  }

  /// A hash of the weights.
  static std::string weights(const std::string& model) {
    return sha256(io::read_text_file(model + "/model.safetensors"));
  }
  static std::string weights(const recipe::TrainingResult& result) { return weights(result.model); }

  io::TempDirectory temp_;
};

TEST_F(TrainerTest, LearnsAndWritesAModelThatEncodersOpen) {
  recipe::TrainingJob run = job("run", "evaluate_every = 50\n");
  run.recipe.run.steps = 150;
  const recipe::TrainingResult result = train(run);
  EXPECT_EQ(result.steps, 150U);
  EXPECT_GT(result.after.at("recall@1"), result.before.at("recall@1") + 0.3);
  EXPECT_GT(result.peak_bytes, 1000000U);
  const Encoder encoder = Encoder::open(result.model);
  EXPECT_EQ(encoder.info().prompts.at("query"), "t1 ");
  EXPECT_EQ(encoder.dimensions(), Encoder::open(run.recipe.model.base).dimensions());
  EXPECT_TRUE(fs::exists(run.output + "/recipe.toml"));
  std::istringstream log(io::read_text_file(run.output + "/log.jsonl"));
  std::string line, last;
  std::size_t lines = 0;
  for (; std::getline(log, line); ++lines) last = line;
  EXPECT_EQ(lines, 150U + 4U);
  EXPECT_NE(last.find("dev/recall@1"), std::string::npos);
  EXPECT_KINDRED_ERROR(train(run), ErrorKind::bad_input, "has ended");
}

TEST_F(TrainerTest, GoesOnToTheLastBit) {
  const recipe::TrainingResult whole = train(job("whole"));
  recipe::TrainingJob stopped = job("stopped");
  int steps = 0;
  stopped.stop = [&steps] { return ++steps == 5; };
  const recipe::TrainingResult half = train(stopped);
  EXPECT_TRUE(half.stopped);
  EXPECT_EQ(half.steps, 5U);
  EXPECT_TRUE(half.model.empty());
  stopped.stop = nullptr;
  const recipe::TrainingResult rest = train(stopped);
  EXPECT_EQ(rest.steps, 12U);
  EXPECT_EQ(rest.before, whole.before);
  EXPECT_EQ(rest.after, whole.after);
  EXPECT_EQ(weights(rest), weights(whole));
}

TEST_F(TrainerTest, RefusesTheRunOfAnotherRecipe) {
  recipe::TrainingJob run = job("run");
  run.stop = [] { return true; };
  train(run);
  run.recipe.optimizer.learning_rate = 0.02;
  EXPECT_KINDRED_ERROR(train(run), ErrorKind::bad_input, "another recipe");
}

TEST_F(TrainerTest, TunesAPartAndMergesIt) {
  for (const char* mode : {"lora", "last_layers", "head"}) {
    recipe::TrainingJob run = job(mode, fmt::format("[tuning]\nmode = \"{}\"\nrank = 4\n", mode));
    run.recipe.model.dimensions = 16;
    run.recipe.run.steps = 60;
    const recipe::TrainingResult result = train(run);
    EXPECT_GT(result.after.at("mrr@10"), result.before.at("mrr@10")) << mode;
    EXPECT_EQ(Encoder::open(result.model).dimensions(), 16U) << mode;
  }
  recipe::TrainingJob adapters = job("adapters", "[tuning]\nmode = \"adapters\"\n");
  EXPECT_KINDRED_ERROR(train(adapters), ErrorKind::unsupported, "adapters");
}

TEST_F(TrainerTest, EndsWithMeansOfItsWeights) {
  const std::string last = weights(train(job("last")));
  recipe::TrainingJob run = job("ema");
  run.recipe.optimizer.ema = 0.5;
  EXPECT_NE(weights(train(run)), last);
  // Going on keeps the mean too.
  recipe::TrainingJob stopped = job("ema-stopped");
  stopped.recipe.optimizer.ema = 0.5;
  int steps = 0;
  stopped.stop = [&steps] { return ++steps == 5; };
  train(stopped);
  stopped.stop = nullptr;
  EXPECT_EQ(weights(train(stopped)), weights(temp_.file("ema") + "/model"));
  run = job("mean");
  run.recipe.run.checkpoint_every = 4;
  run.recipe.run.average_last = 3;
  EXPECT_NE(weights(train(run)), last);
}

TEST_F(TrainerTest, SavesTheBatchOfAStepThatFails) {
  recipe::TrainingJob run = job("run");
  run.recipe.optimizer.learning_rate = 1e38;
  run.recipe.optimizer.warmup = 0;
  EXPECT_KINDRED_ERROR(train(run), ErrorKind::bad_input, "a lower learning rate");
  EXPECT_NE(io::read_text_file(run.output + "/failed-batch.jsonl").find("\"anchor\""),
            std::string::npos);
}

TEST_F(TrainerTest, LearnsTheVectorsOfATeacher) {
  recipe::TrainingJob run = job("run");
  run.recipe.data.front().teacher = run.recipe.model.base;
  run.recipe.loss.losses = {{recipe::LossKind::distill_vectors, 1.0}};
  run.recipe.optimizer.learning_rate = 1e-6;
  const recipe::TrainingResult result = train(run);
  // The student is the teacher already.
  EXPECT_LT(result.loss, 1e-4);
}

TEST_F(TrainerTest, LearnsHistoriesAndWhatComesNext) {
  std::string lines;
  for (int i = 0; i < 30; ++i) {
    for (int j = 0; j < 8; ++j) lines += fmt::format("t{} ", 3 + (i + j * (1 + i % 3)) % 60);
    lines += '\n';
  }
  recipe::TrainingJob run = job("run");
  recipe::DataRecipe& data = run.recipe.data.front();
  data.paths = {temp_.write("histories.txt", lines)};
  data.format = "lines";
  data.slices = 2;
  data.slice_max = 4;
  data.losses = {{recipe::LossKind::coles, 1.0}, {recipe::LossKind::next_event, 0.5}};
  run.recipe.run.steps = 2;
  const double early = train(run).loss;
  run.output = temp_.file("longer");
  run.recipe.run.steps = 40;
  EXPECT_LT(train(run).loss, early);
}

TEST_F(TrainerTest, KeepsToTheVectorsOfAnOldModel) {
  recipe::TrainingJob run = job("run");
  run.recipe.loss.losses = {{recipe::LossKind::infonce, 1.0}, {recipe::LossKind::compatible, 1.0}};
  run.recipe.loss.old_model = run.recipe.model.base;
  EXPECT_EQ(train(run).steps, 12U);
  run.output = temp_.file("other");
  run.recipe.model.dimensions = 16;
  EXPECT_KINDRED_ERROR(train(run), ErrorKind::bad_input, "as many");
}

TEST_F(TrainerTest, LeavesOutWhatAGuideTakesForAMatch) {
  const double plain = train(job("plain")).loss;
  recipe::TrainingJob run = job("guided");
  run.recipe.data.front().teacher = run.recipe.model.base;
  run.recipe.loss.guide_margin = -2.0;
  EXPECT_EQ(train(run).loss, plain);
  run.output = temp_.file("strict");
  run.recipe.loss.guide_margin = 2.0;  // nothing is left of the negatives
  EXPECT_LT(train(run).loss, 1e-6);
  EXPECT_GT(plain, 0.1);
}

}  // namespace
}  // namespace kindred::train
