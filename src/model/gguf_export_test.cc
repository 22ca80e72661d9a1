#include "model/gguf_export.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "kindred/tokenizer.h"
#include "model/test_support.h"
#include "model/trained_copy.h"
#include "model/trained_model.h"

namespace kindred::model {
namespace {

using testing::TemporaryDirectory;
using testing::TrainedCopy;

class GgufExport : public ::testing::TestWithParam<const char*> {
 protected:
  GgufExport() {
    directory_.copy_golden(GetParam(), "source");
    source_ = ModelDirectory::open(directory_.file("source/model.gguf"));
  }
  ModelDirectory write(TrainedModel& trained) {
    write_trained(source_, trained, directory_.file("out"));
    return ModelDirectory::open(directory_.file("out"));
  }
  TemporaryDirectory directory_;
  ModelDirectory source_;
};

/// Of Hugging Face's order, in that of a GGUF file of kind llama.
std::vector<float> in_pairs(const io::TensorView& tensor, std::size_t head_dim) {
  const std::vector<float> values = tensor.to_floats();
  const std::size_t columns = tensor.columns();
  std::vector<float> paired(values.size());
  for (std::size_t row = 0; row < tensor.rows(); ++row) {
    const std::size_t at = row % head_dim;
    const std::size_t half = head_dim / 2;
    const std::size_t to = row - at + (at < half ? 2 * at : 2 * (at - half) + 1);
    std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(row * columns), columns,
                paired.begin() + static_cast<std::ptrdiff_t>(to * columns));
  }
  return paired;
}

TEST_P(GgufExport, WritesADirectoryOfTheSameModel) {
  const TrainedCopy copy(source_.weights);
  TrainedModel trained;
  trained.weights = copy.weights;
  const ModelDirectory out = write(trained);
  EXPECT_EQ(out.info.format, "sentence-transformers");
  EXPECT_EQ(out.info.family, source_.info.family);
  EXPECT_EQ(out.info.pooling, source_.info.pooling);
  EXPECT_EQ(out.info.max_length, source_.info.max_length);
  EXPECT_EQ(out.info.parameters, source_.info.parameters);
  EXPECT_EQ(out.spec.norm_eps, source_.spec.norm_eps);
  const bool paired = !source_.spec.ropes.empty() && source_.spec.ropes[0].interleaved;
  EXPECT_EQ(paired, source_.info.family == "llama");
  for (std::size_t i = 0; i < out.spec.ropes.size(); ++i) {
    EXPECT_FALSE(out.spec.ropes[i].interleaved);
    for (std::size_t k = 0; k < out.spec.ropes[i].inverse_frequencies.size(); ++k)
      EXPECT_FLOAT_EQ(out.spec.ropes[i].inverse_frequencies[k],
                      source_.spec.ropes[i].inverse_frequencies[k]);
  }
  const LayerWeights& got = out.weights.layers[1];
  const LayerWeights& wanted = copy.weights.layers[1];
  EXPECT_EQ(got.value.weight.to_floats(), wanted.value.weight.to_floats());
  EXPECT_EQ(got.down.weight.to_floats(), wanted.down.weight.to_floats());
  if (paired) {
    EXPECT_EQ(in_pairs(got.query.weight, out.spec.head_dim), wanted.query.weight.to_floats());
    EXPECT_EQ(in_pairs(got.key.weight, out.spec.head_dim), wanted.key.weight.to_floats());
    EXPECT_NE(got.key.weight.to_floats(), wanted.key.weight.to_floats());
  } else {
    EXPECT_EQ(got.query.weight.to_floats(), wanted.query.weight.to_floats());
  }
}

TEST_P(GgufExport, ItsTokenizerGivesTheSameIds) {
  TrainedModel trained;
  trained.weights = source_.weights;
  const ModelDirectory out = write(trained);
  const Tokenizer before = Tokenizer::open(source_.require_tokenizer());
  const Tokenizer after = Tokenizer::open(out.require_tokenizer());
  for (const char* text : {"the thin hen", "a b 12", "", "<|im_start|>the<|im_end|>", "[MASK] in"})
    EXPECT_EQ(before.encode(text).ids, after.encode(text).ids) << text;
  const nlohmann::json settings = directory_.read_json("out/tokenizer_config.json");
  EXPECT_EQ(settings["pad_token"], source_.info.family == "bert" ? "[PAD]" : "<|im_end|>");
}

TEST_P(GgufExport, TakesATokenOfItsOwn) {
  if (source_.info.family == "bert") GTEST_SKIP() << "has [CLS]";
  TrainedCopy copy(source_.weights);
  TrainedModel trained;
  trained.appended = next_token(source_, "<|own|>");
  copy.add_rows(1, 0.5F);
  trained.weights = copy.weights;
  const ModelDirectory out = write(trained);
  EXPECT_EQ(Tokenizer::open(out.require_tokenizer()).encode("the").ids.back(),
            source_.spec.vocab_size);
}

INSTANTIATE_TEST_SUITE_P(Kinds, GgufExport,
                         ::testing::Values("gguf-llama-q4_1", "gguf-llama3-rope-f32",
                                           "gguf-qwen2-q8_0", "gguf-qwen3-q4_0", "gguf-bert-f16"),
                         [](const auto& model) {
                           std::string name = model.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace kindred::model
