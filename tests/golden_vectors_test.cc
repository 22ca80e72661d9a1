// Encoder against sentence-transformers (tests/reference/make_vector_goldens.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "encode/calibration.h"
#include "encode/output_type.h"
#include "io/safetensors.h"
#include "kindred/encoder.h"
#include "model/directory.h"
#include "native/executor.h"

namespace kindred {
namespace {

const std::string kVectors = KINDRED_TEST_DATA "/golden/vectors/";

struct Matrix {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<float> values;

  const float* row(std::size_t i) const { return values.data() + i * columns; }
};

const io::Safetensors& real_file() {
  static const io::Safetensors file = io::Safetensors::open(kVectors + "real.safetensors");
  return file;
}

const io::Safetensors& small_file() {
  static const io::Safetensors file = io::Safetensors::open(kVectors + "variants.safetensors");
  return file;
}

Matrix matrix(const io::Safetensors& file, const std::string& name) {
  const io::TensorView& tensor = file.at(name);
  return {tensor.shape.at(0), tensor.shape.at(1), tensor.to_floats()};
}

std::vector<std::uint32_t> integers(const io::Safetensors& file, const std::string& name) {
  const io::TensorView& tensor = file.at(name);
  std::vector<std::uint32_t> values(tensor.elements());
  std::memcpy(values.data(), tensor.data, tensor.bytes);
  return values;
}

std::vector<std::string> json_texts(const std::string& name) {
  std::ifstream file(kVectors + name);
  return nlohmann::json::parse(file).get<std::vector<std::string>>();
}

std::vector<std::string> chosen(const std::vector<std::string>& texts,
                                const std::vector<std::uint32_t>& indices) {
  std::vector<std::string> result;
  for (const std::uint32_t i : indices) result.push_back(texts.at(i));
  return result;
}

double cosine(const float* a, const float* b, std::size_t n) {
  double dot = 0.0, aa = 0.0, bb = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    dot += double{a[i]} * b[i];
    aa += double{a[i]} * a[i];
    bb += double{b[i]} * b[i];
  }
  return dot / std::sqrt(aa * bb);
}

struct Similarity {
  double mean = 0.0;
  double lowest = 1.0;
  std::size_t lowest_row = 0;
};

Similarity similarity(const Matrix& expected, const Embeddings& actual) {
  EXPECT_EQ(actual.rows, expected.rows);
  EXPECT_EQ(actual.dimensions, expected.columns);
  Similarity result;
  if (actual.rows != expected.rows || actual.dimensions != expected.columns) return result;
  for (std::size_t i = 0; i < expected.rows; ++i) {
    const double value =
        cosine(expected.row(i), actual.values.data() + i * expected.columns, expected.columns);
    result.mean += value / static_cast<double>(expected.rows);
    if (!(value >= result.lowest)) {
      result.lowest = value;
      result.lowest_row = i;
    }
  }
  return result;
}

void expect_close(const Matrix& expected, const Embeddings& actual, double bound = 2e-5) {
  ASSERT_EQ(actual.rows, expected.rows);
  ASSERT_EQ(actual.dimensions, expected.columns);
  double worst = 0.0;
  std::size_t where = 0;
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    const double difference = std::abs(double{expected.values[i]} - actual.values[i]);
    if (!(difference <= worst)) {
      worst = std::isnan(difference) ? INFINITY : difference;
      where = i;
    }
  }
  EXPECT_LE(worst, bound) << "row " << where / expected.columns << ", dimension "
                          << where % expected.columns << ": expected " << expected.values[where]
                          << ", got " << actual.values[where];
}

// ---- the real models ----

struct RealCase {
  const char* name;
  const char* path;    // in models/
  const char* tensor;  // of the vectors
  const char* texts;   // tensor with the indices of the texts, or null: all
  const char* prompt;  // its name
  const char* pooling;
  std::size_t max_length;  // 0: the model's own
};

constexpr char kMiniLm[] = "all-MiniLM-L6-v2";
constexpr char kE5[] = "multilingual-e5-small";
constexpr char kSmolLm2[] = "smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf";

constexpr RealCase kRealCases[] = {
    {"MiniLm", kMiniLm, "minilm/plain/vectors", nullptr, "", "", 0},
    {"E5Passage", kE5, "e5/passage/vectors", nullptr, "passage", "", 0},
    {"E5Query", kE5, "e5/query/vectors", "half", "query", "", 0},
    {"SmolLm2Mean", kSmolLm2, "smollm2/mean/vectors", "smollm2/texts", "", "mean", 1000},
    {"SmolLm2Last", kSmolLm2, "smollm2/last/vectors", "smollm2/texts", "", "last", 1000},
};

class RealVectors : public testing::TestWithParam<RealCase> {
 protected:
  Similarity measure(Precision precision) {
    const RealCase& golden = GetParam();
    EncoderOptions options;
    options.precision = precision;
    options.pooling = golden.pooling;
    if (golden.max_length != 0) options.max_length = golden.max_length;
    const Encoder encoder = Encoder::open(std::string(KINDRED_MODELS "/") + golden.path, options);
    std::vector<std::string> texts = json_texts("texts.json");
    if (golden.texts != nullptr) texts = chosen(texts, integers(real_file(), golden.texts));
    EncodeOptions encode;
    encode.prompt_name = golden.prompt;
    const Similarity result =
        similarity(matrix(real_file(), golden.tensor), encoder.encode(texts, encode));
    RecordProperty("mean_cosine", std::to_string(result.mean));
    RecordProperty("lowest_cosine", std::to_string(result.lowest));
    lowest_text_ = texts.at(result.lowest_row).substr(0, 80);
    return result;
  }

  void SetUp() override {
    if (!std::filesystem::exists(std::string(KINDRED_MODELS "/") + GetParam().path)) {
      GTEST_SKIP() << "models/" << GetParam().path << " is not laid out; run scripts/models";
    }
  }

  std::string lowest_text_;
};

TEST_P(RealVectors, Float32) {
  const Similarity result = measure(Precision::fp32);
  EXPECT_GE(result.lowest, 0.99999) << lowest_text_;
}

TEST_P(RealVectors, BFloat16) {
  const Similarity result = measure(Precision::bf16);
  EXPECT_GE(result.mean, 0.9995);
  EXPECT_GE(result.lowest, 0.995) << lowest_text_;
}

TEST_P(RealVectors, Int8) {
  const Similarity result = measure(Precision::int8);
  EXPECT_GE(result.mean, 0.99);
  EXPECT_GE(result.lowest, 0.95) << lowest_text_;
}

INSTANTIATE_TEST_SUITE_P(Models, RealVectors, testing::ValuesIn(kRealCases),
                         [](const auto& parameter) { return parameter.param.name; });

struct HiddenCase {
  const char* name;
  const char* path;
  const char* tensor;
};

class RealHiddenStates : public testing::TestWithParam<HiddenCase> {};

TEST_P(RealHiddenStates, Float32) {
  const HiddenCase& golden = GetParam();
  const std::string path = std::string(KINDRED_MODELS "/") + golden.path;
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << "models/" << golden.path << " is not laid out; run scripts/models";
  }
  const std::string prefix = std::string(golden.tensor) + "/hidden/";
  const auto ids = integers(real_file(), prefix + "ids");
  const auto offsets = integers(real_file(), prefix + "offsets");
  const io::TensorView& states = real_file().at(prefix + "states");

  ThreadPool pool(2);
  const model::ModelDirectory directory = model::ModelDirectory::open(path);
  const auto executor =
      native::Executor::create(directory.spec, directory.weights, Precision::fp32, pool);
  model::ForwardOptions options;
  options.layers = integers(real_file(), prefix + "layers");
  Embeddings actual;
  executor->forward({ids, offsets, {}}, options, pool, actual.values);
  actual.dimensions = directory.spec.hidden;
  actual.rows = options.layers.size() * ids.size();

  // States of a decoder's middle layers reach hundreds in single channels: the bound holds at unit
  // scale.
  Matrix expected{actual.rows, states.shape.at(2), states.to_floats()};
  ASSERT_EQ(actual.values.size(), expected.values.size());
  for (std::size_t row = 0; row < expected.rows; ++row) {
    float scale = 1.0F;
    for (std::size_t i = 0; i < expected.columns; ++i) {
      scale = std::max(scale, std::abs(expected.row(row)[i]) / 10.0F);
    }
    for (std::size_t i = 0; i < expected.columns; ++i) {
      expected.values[row * expected.columns + i] /= scale;
      actual.values[row * expected.columns + i] /= scale;
    }
  }
  expect_close(expected, actual, 2e-4);
}

constexpr HiddenCase kHiddenCases[] = {
    {"MiniLm", kMiniLm, "minilm"}, {"E5", kE5, "e5"}, {"SmolLm2", kSmolLm2, "smollm2"}};
INSTANTIATE_TEST_SUITE_P(Models, RealHiddenStates, testing::ValuesIn(kHiddenCases),
                         [](const auto& parameter) { return parameter.param.name; });

// ---- pooling and layers on small random models ----

std::vector<std::string> variant_names() {
  std::vector<std::string> names;
  for (const io::TensorView& tensor : small_file().tensors()) {
    if (!tensor.name.starts_with("st-")) names.push_back(tensor.name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string test_name(std::string name) {
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

class Pooling : public testing::TestWithParam<std::string> {};

TEST_P(Pooling, AsSentenceTransformers) {
  const std::string& name = GetParam();
  const std::size_t first = name.find('/'), second = name.find('/', first + 1);
  EncoderOptions options;
  options.threads = 1;
  options.pooling = name.substr(first + 1, second - first - 1);
  options.layers = name.substr(second + 1);
  if (options.layers == "model") options.layers.clear();
  const Encoder encoder =
      Encoder::open(KINDRED_TEST_DATA "/golden/models/" + name.substr(0, first), options);
  expect_close(matrix(small_file(), name), encoder.encode(json_texts("variants.json")));
}

INSTANTIATE_TEST_SUITE_P(Variants, Pooling, testing::ValuesIn(variant_names()),
                         [](const auto& parameter) { return test_name(parameter.param); });

// ---- heads, prompts, dimensions: small sentence-transformers directories ----

std::vector<std::string> head_texts() {
  std::vector<std::string> texts = json_texts("variants.json");
  texts.emplace_back();
  std::string longer;
  for (int i = 3; i < 90; ++i) longer += "t" + std::to_string(i) + (i < 89 ? " " : "");
  texts.push_back(longer);
  return texts;
}

class Heads : public testing::TestWithParam<std::string> {
 protected:
  void expect_like(const std::string& what, const EncodeOptions& options = {}) {
    SCOPED_TRACE(what);
    expect_close(matrix(small_file(), GetParam() + "/" + what),
                 encoder_.encode(head_texts(), options));
  }

  Encoder encoder_ = Encoder::open(kVectors + GetParam());
};

TEST_P(Heads, Modules) {
  expect_like("plain", {});
}

TEST_P(Heads, PromptsByNameAndByText) {
  EncodeOptions options;
  options.prompt_name = "query";
  expect_like("query", options);
  options.prompt_name = "passage";
  expect_like("passage", options);
  options.prompt = "t20 t21 t22 ";
  expect_like("prompt", options);
}

TEST_P(Heads, FewerDimensions) {
  EncodeOptions options;
  options.dimensions = 8;
  // What was of unit length stays so unless sentence-transformers' order is asked for.
  expect_like(encoder_.info().normalize ? "truncated-8-renormalised" : "truncated-8", options);
  options.renormalize_truncated = false;
  expect_like("truncated-8", options);
  options.normalize = true;
  expect_like("truncated-8-renormalised", options);
}

TEST_P(Heads, ReportsTruncation) {
  const Embeddings embeddings = encoder_.encode(head_texts());
  EXPECT_EQ(embeddings.truncated, (std::vector<std::uint8_t>{0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(embeddings.token_counts, (std::vector<std::uint32_t>{3, 4, 9, 34, 2, 38}));
}

// From the golden float vectors, so that a value on a step's edge cannot fall to either side.
TEST_P(Heads, StoredTypes) {
  const Matrix plain = matrix(small_file(), GetParam() + "/plain");
  encode::Calibration calibration;
  calibration.observe(plain.values, plain.columns);
  for (const auto& [name, type] :
       {std::pair{"int8", io::VectorType::int8}, std::pair{"uint8", io::VectorType::uint8}}) {
    const io::TensorView& expected = small_file().at(GetParam() + "/" + name);
    std::vector<std::byte> actual(plain.values.size());
    encode::convert_rows(plain.values, plain.columns, type, &calibration, actual.data());
    ASSERT_EQ(expected.bytes, actual.size());
    EXPECT_EQ(std::memcmp(actual.data(), expected.data, actual.size()), 0) << name;
  }
  std::vector<float> sixteen;
  for (std::size_t row = 0; row < plain.rows; ++row) {
    sixteen.insert(sixteen.end(), plain.row(row), plain.row(row) + 16);
  }
  for (const auto& [name, type] : {std::pair{"binary", io::VectorType::binary},
                                   std::pair{"ubinary", io::VectorType::ubinary}}) {
    const io::TensorView& expected = small_file().at(GetParam() + "/" + name);
    std::vector<std::byte> actual(plain.rows * 2);
    encode::convert_rows(sixteen, 16, type, nullptr, actual.data());
    ASSERT_EQ(expected.bytes, actual.size());
    EXPECT_EQ(std::memcmp(actual.data(), expected.data, actual.size()), 0) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Directories, Heads, testing::Values("st-dense", "st-dense-new"),
                         [](const auto& parameter) { return test_name(parameter.param); });

TEST(StaticEmbeddings, AsSentenceTransformers) {
  const Encoder encoder = Encoder::open(kVectors + "st-static");
  expect_close(matrix(small_file(), "st-static/plain"),
               encoder.encode(json_texts("variants.json")));
}

// The weights of each directory once more as files of torch.save
// (tests/reference/make_torch_files.py).
TEST(TorchWeights, GiveTheBitsOfTheirSafetensorsTwins) {
  namespace fs = std::filesystem;
  for (const char* name : {"st-dense", "st-static"}) {
    const fs::path directory = fs::path(testing::TempDir()) / ("torch_" + std::string(name));
    fs::remove_all(directory);
    fs::copy(kVectors + name, directory, fs::copy_options::recursive);
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
      if (entry.path().extension() == ".safetensors") fs::remove(entry.path());
    }
    fs::copy(std::string(KINDRED_TEST_DATA "/golden/torch/") + name, directory,
             fs::copy_options::recursive);
    const std::vector<std::string> texts = json_texts("variants.json");
    EXPECT_EQ(Encoder::open(directory.string()).encode(texts).values,
              Encoder::open(kVectors + name).encode(texts).values)
        << name;
    fs::remove_all(directory);
  }
}

}  // namespace
}  // namespace kindred
