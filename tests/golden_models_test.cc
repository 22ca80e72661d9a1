// Every family's hidden states against those of `transformers`
// (tests/reference/make_model_goldens.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "base/cpu.h"
#include "base/thread_pool.h"
#include "io/safetensors.h"
#include "model/directory.h"
#include "native/executor.h"

namespace kindred {
namespace {

namespace fs = std::filesystem;

constexpr double kFloatBound = 2e-4;

struct Golden {
  std::vector<std::uint32_t> ids, offsets;
  std::size_t layers = 0;  // hidden states, the embeddings among them
  std::size_t hidden = 0;
  std::vector<float> states;  // layers × ids × hidden

  std::size_t tokens() const { return ids.size(); }
};

std::vector<std::uint32_t> integers(const io::TensorView& tensor) {
  std::vector<std::uint32_t> values(tensor.elements());
  if (tensor.dtype == io::DType::u8) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = std::to_integer<std::uint32_t>(tensor.data[i]);
    }
  } else {
    std::memcpy(values.data(), tensor.data, tensor.bytes);
  }
  return values;
}

Golden read_golden(const io::Safetensors& file, const std::string& prefix = "") {
  const io::TensorView& states = file.at(prefix + "hidden_states");
  return {integers(file.at("ids")), integers(file.at("offsets")), states.shape.at(0),
          states.shape.at(2), states.to_floats()};
}

struct Comparison {
  double worst = 0.0;  // absolute difference
  std::string where;
  double mean_cosine = 0.0;
  double lowest_cosine = 1.0;
};

double cosine(const float* a, const float* b, std::size_t n) {
  double dot = 0.0, aa = 0.0, bb = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    dot += double{a[i]} * b[i];
    aa += double{a[i]} * a[i];
    bb += double{b[i]} * b[i];
  }
  return dot / std::sqrt(aa * bb);
}

Comparison compare(const Golden& golden, const std::vector<float>& actual) {
  Comparison result;
  const std::size_t rows = golden.layers * golden.tokens();
  for (std::size_t row = 0; row < rows; ++row) {
    const float* expected = golden.states.data() + row * golden.hidden;
    const float* got = actual.data() + row * golden.hidden;
    for (std::size_t i = 0; i < golden.hidden; ++i) {
      const double difference = std::abs(double{expected[i]} - got[i]);
      if (!(difference <= result.worst)) {  // NaN counts as worst
        result.worst = std::isnan(difference) ? INFINITY : difference;
        result.where = "layer " + std::to_string(row / golden.tokens()) + ", token " +
                       std::to_string(row % golden.tokens()) + ", channel " + std::to_string(i) +
                       ": expected " + std::to_string(expected[i]) + ", got " +
                       std::to_string(got[i]);
      }
    }
    const double similarity = cosine(expected, got, golden.hidden);
    result.mean_cosine += similarity / static_cast<double>(rows);
    result.lowest_cosine = std::min(result.lowest_cosine, similarity);
  }
  return result;
}

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(KINDRED_TEST_DATA "/golden/models")) {
    if (entry.is_directory()) names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class GoldenModels : public testing::TestWithParam<std::string> {
 protected:
  GoldenModels() {
    const std::string folder = KINDRED_TEST_DATA "/golden/models/" + GetParam();
    const bool gguf = GetParam().starts_with("gguf-");
    directory_ = model::ModelDirectory::open(gguf ? folder + "/model.gguf" : folder);
  }

  static io::Safetensors golden_file() {
    return io::Safetensors::open(KINDRED_TEST_DATA "/golden/models/" + GetParam() +
                                 "/golden.safetensors");
  }

  std::unique_ptr<const model::Executor> executor(Precision precision, Isa isa = best_isa()) {
    return native::Executor::create(directory_.spec, directory_.weights, precision, pool_, isa);
  }

  std::vector<float> run(const model::Executor& executor, const Golden& golden,
                         std::vector<std::uint8_t> bidirectional = {},
                         const std::vector<std::uint32_t>& prefix = {}) {
    model::ForwardOptions options;
    for (std::uint32_t layer = 0; layer < golden.layers; ++layer) options.layers.push_back(layer);
    options.bidirectional = std::move(bidirectional);
    std::vector<float> out;
    executor.forward({golden.ids, golden.offsets, prefix}, options, pool_, out);
    EXPECT_EQ(out.size(), golden.states.size());
    out.resize(golden.states.size());
    return out;
  }

  void expect_equal(const model::Executor& executor, const Golden& golden,
                    std::vector<std::uint8_t> bidirectional = {},
                    const std::vector<std::uint32_t>& prefix = {}) {
    const Comparison result =
        compare(golden, run(executor, golden, std::move(bidirectional), prefix));
    RecordProperty("worst", std::to_string(result.worst));
    EXPECT_LE(result.worst, kFloatBound) << result.where;
  }

  model::ModelDirectory directory_;
  ThreadPool pool_{2};
};

TEST_P(GoldenModels, Float32) {
  const Golden golden = read_golden(golden_file());
  ASSERT_EQ(golden.hidden, directory_.spec.hidden);
  ASSERT_EQ(golden.layers, directory_.spec.layers.size() + 1);
  expect_equal(*executor(Precision::fp32), golden);
}

TEST_P(GoldenModels, Float32Scalar) {
  expect_equal(*executor(Precision::fp32, Isa::scalar), read_golden(golden_file()));
}

TEST_P(GoldenModels, BFloat16) {
  const Golden golden = read_golden(golden_file());
  const Comparison result = compare(golden, run(*executor(Precision::bf16), golden));
  RecordProperty("mean_cosine", std::to_string(result.mean_cosine));
  EXPECT_GE(result.mean_cosine, 0.9999) << result.where;
  EXPECT_GE(result.lowest_cosine, 0.999) << result.where;
}

TEST_P(GoldenModels, Int8) {
  const Golden golden = read_golden(golden_file());
  const Comparison result = compare(golden, run(*executor(Precision::int8), golden));
  RecordProperty("mean_cosine", std::to_string(result.mean_cosine));
  // Without VNNI a weight has fewer levels (see the next test).
  const bool all_levels = can_run(Isa::avx512);
  EXPECT_GE(result.mean_cosine, all_levels ? 0.999 : 0.997) << result.where;
  EXPECT_GE(result.lowest_cosine, all_levels ? 0.99 : 0.95) << result.where;
}

TEST_P(GoldenModels, Int8Avx2) {
  if (!can_run(Isa::avx2)) GTEST_SKIP() << "no AVX2";
  const Golden golden = read_golden(golden_file());
  const Comparison result = compare(golden, run(*executor(Precision::int8, Isa::avx2), golden));
  RecordProperty("mean_cosine", std::to_string(result.mean_cosine));
  // Weights are kept so small that eight products never overflow 16 bits. Random weights of a few
  // dozen channels are the worst case of that; real models keep more (golden_vectors_test.cc).
  EXPECT_GE(result.mean_cosine, 0.997) << result.where;
  EXPECT_GE(result.lowest_cosine, 0.95) << result.where;
}

// Each sequence alone, in another order of the batch and with one thread: the same bits.
TEST_P(GoldenModels, BatchAndThreadsDoNotMatter) {
  const Golden golden = read_golden(golden_file());
  for (const Precision precision : {Precision::fp32, Precision::bf16, Precision::int8}) {
    const auto model = executor(precision);
    const std::vector<float> together = run(*model, golden);
    ThreadPool one_thread(1);
    model::ForwardOptions options;
    options.layers = {static_cast<std::uint32_t>(golden.layers - 1)};
    const float* last = together.data() + (golden.layers - 1) * golden.tokens() * golden.hidden;
    for (std::size_t b = 0; b + 1 < golden.offsets.size(); ++b) {
      const std::size_t begin = golden.offsets[b], length = golden.offsets[b + 1] - begin;
      const std::uint32_t offsets[] = {0, static_cast<std::uint32_t>(length)};
      std::vector<float> alone;
      model->forward({std::span(golden.ids).subspan(begin, length), offsets, {}}, options,
                     one_thread, alone);
      ASSERT_EQ(alone.size(), length * golden.hidden);
      EXPECT_EQ(
          std::memcmp(alone.data(), last + begin * golden.hidden, alone.size() * sizeof(float)), 0)
          << "precision " << static_cast<int>(precision) << ", sequence of " << length << " tokens";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Families, GoldenModels, testing::ValuesIn(case_names()),
                         [](const auto& parameter) {
                           std::string name = parameter.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

using GoldenMasks = GoldenModels;

TEST_P(GoldenMasks, EveryLayerBothWays) {
  const io::Safetensors file = golden_file();
  const Golden golden = read_golden(file, "bidirectional.all.");
  expect_equal(*executor(Precision::fp32), golden, std::vector<std::uint8_t>(golden.layers - 1, 1));
}

TEST_P(GoldenMasks, ChosenLayersBothWays) {
  const io::Safetensors file = golden_file();
  const std::vector<std::uint32_t> flags = integers(file.at("bidirectional.layers.flags"));
  expect_equal(*executor(Precision::fp32), read_golden(file, "bidirectional.layers."),
               {flags.begin(), flags.end()});
}

TEST_P(GoldenMasks, PrefixBothWays) {
  const io::Safetensors file = golden_file();
  expect_equal(*executor(Precision::fp32), read_golden(file, "bidirectional.prefix."), {},
               integers(file.at("bidirectional.prefix.lengths")));
}

INSTANTIATE_TEST_SUITE_P(Decoders, GoldenMasks, testing::Values("llama"));

}  // namespace
}  // namespace kindred
