#include "prepare/projected_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "io/expect_error.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "io/temp_directory.h"
#include "model/directory.h"

namespace kindred::prepare {
namespace {

namespace fs = std::filesystem;

const std::string kModels = KINDRED_TEST_DATA "/golden/";

// The models' words are t0 to t100.
const std::vector<std::string> kTexts = {"t3 t4 t5", "t6",  "t7 t8 t9 t10", "",        "t11 t12",
                                         "t20 t21",  "t30", "t31 t3 t50",   "t40 t41", "t42 t43"};

std::vector<float> vectors_of(const std::string& model) {
  EncoderOptions options;
  options.threads = 1;
  return Encoder::open(model, options).encode(kTexts).values;
}

estimators::Moments moments_of(const std::vector<float>& vectors, std::size_t d) {
  ThreadPool pool;
  estimators::Moments moments(d);
  moments.add(vectors.data(), vectors.size() / d, pool);
  return moments;
}

// The model's vectors, mapped and normalised here, are those of the model that was written.
void expect_projected(const std::string& model, const std::string& output,
                      estimators::ProjectionOptions options) {
  ThreadPool pool;
  const std::vector<float> before = vectors_of(model);
  const std::size_t d = before.size() / kTexts.size();
  const auto p = estimators::fit_projection(moments_of(before, d), options, pool);
  write_projected(model, p, output);
  const std::vector<float> after = vectors_of(output);
  std::vector<float> wanted(kTexts.size() * p.out);
  p.apply(before.data(), kTexts.size(), wanted.data(), pool);
  ASSERT_EQ(after.size(), wanted.size());
  for (std::size_t r = 0; r < kTexts.size(); ++r) {
    double norm = 0.0;
    for (std::size_t k = 0; k < p.out; ++k) norm += std::pow(wanted[r * p.out + k], 2);
    for (std::size_t k = 0; k < p.out; ++k)
      ASSERT_NEAR(after[r * p.out + k], wanted[r * p.out + k] / std::sqrt(norm), 2e-5) << r;
  }
}

nlohmann::json read_json(const std::string& path) {
  return nlohmann::json::parse(io::read_text_file(path));
}

TEST(ProjectedModel, GoesBehindTheModulesThatAreThere) {
  const io::TempDirectory folder;
  const std::string output = folder.file("out");
  expect_projected(kModels + "vectors/st-dense", output,
                   {estimators::ProjectionMethod::whiten, 3, 0, false});
  const auto before = read_json(kModels + "vectors/st-dense/modules.json");
  const auto modules = read_json(output + "/modules.json");
  ASSERT_EQ(modules.size(), before.size() + 2);
  EXPECT_EQ(modules[before.size()]["type"], "sentence_transformers.models.Dense");
  EXPECT_EQ(modules.back()["type"], "sentence_transformers.models.Normalize");
  EXPECT_EQ(modules.back()["idx"], before.size() + 1);
}

TEST(ProjectedModel, GivesAHuggingFaceDirectoryItsModules) {
  const io::TempDirectory folder;
  expect_projected(kModels + "models/bert-gelu", folder.file("mean"),
                   {estimators::ProjectionMethod::center, 0, 0, false});
  EXPECT_TRUE(read_json(folder.file("mean/1_Pooling/config.json"))["pooling_mode_mean_tokens"]);
  expect_projected(kModels + "models/qwen2", folder.file("last"),
                   {estimators::ProjectionMethod::all_but_the_top, 0, 1, false});
}

TEST(ProjectedModel, ReadsShardsAndWritesThemAll) {
  const io::TempDirectory folder;
  expect_projected(kModels + "models/llama-biases-llama3-sharded", folder.file("out"),
                   {estimators::ProjectionMethod::pca, 2, 0, false});
  EXPECT_TRUE(io::is_file(folder.file("out/model.safetensors.index.json")));
}

TEST(ProjectedModel, TakesStaticModels) {
  const io::TempDirectory folder;
  expect_projected(kModels + "vectors/st-static", folder.file("out"),
                   {estimators::ProjectionMethod::center, 0, 0, false});
}

TEST(ProjectedModel, TurnsModel2VecIntoAStaticEmbedding) {
  const io::TempDirectory folder;
  const std::string source = folder.file("model2vec");
  fs::copy(kModels + "vectors/st-static", source, fs::copy_options::recursive);
  fs::remove(source + "/modules.json");
  const auto old = io::Safetensors::open(source + "/model.safetensors");
  io::TensorView table = old.tensors().front();
  table.name = "embeddings";
  const std::vector<float> weights(table.rows(), 0.5F);
  io::TensorView factors{.name = "weights", .shape = {table.rows()}};
  factors.data = reinterpret_cast<const std::byte*>(weights.data());
  factors.bytes = weights.size() * sizeof(float);
  const std::vector<io::TensorView> tensors = {table, factors};
  io::write_safetensors(source + "/model.safetensors", tensors, {});
  io::write_text_file(source + "/config.json", R"({"model_type": "model2vec", "normalize": true})");

  expect_projected(source, folder.file("out"), {estimators::ProjectionMethod::center, 0, 0, false});
  EXPECT_FALSE(io::is_file(folder.file("out/config.json")));
  EXPECT_EQ(read_json(folder.file("out/modules.json")).size(), 4U);  // two of them Normalize
}

TEST(ProjectedModel, LeavesOutWeightsOfOtherPrograms) {
  const io::TempDirectory folder;
  const std::string source = folder.file("model");
  fs::copy(kModels + "vectors/st-dense", source, fs::copy_options::recursive);
  io::write_text_file(source + "/pytorch_model.bin", "of another day");
  io::write_text_file(source + "/model.onnx", "of another day");
  io::write_text_file(source + "/.cache", "hidden");
  io::write_text_file(source + "/README.md", "about it");
  expect_projected(source, folder.file("out"), {estimators::ProjectionMethod::center, 0, 0, false});
  EXPECT_FALSE(io::is_file(folder.file("out/pytorch_model.bin")));
  EXPECT_FALSE(io::is_file(folder.file("out/model.onnx")));
  EXPECT_FALSE(io::is_file(folder.file("out/.cache")));
  EXPECT_TRUE(io::is_file(folder.file("out/README.md")));
}

TEST(ProjectedModel, HasTheSayOverTruncatedDimensions) {
  const io::TempDirectory folder;
  const std::string source = folder.file("model");
  fs::copy(kModels + "vectors/st-dense", source, fs::copy_options::recursive);
  const std::size_t full = full_dimensions(source);
  io::write_text_file(source + "/config_sentence_transformers.json",
                      R"({"truncate_dim": 2, "prompts": {"query": "q: "}})");
  EXPECT_EQ(model::ModelDirectory::open(source).info.dimensions, 2U);
  EXPECT_EQ(full_dimensions(source), full);
  const std::string texts = folder.write("texts.txt", "t3\nt4 t5\nt6 t7\nt8 t9\nt10\n");
  ThreadPool pool;
  std::uint64_t seen = 0;
  const auto moments = moments_of_texts(Encoder::open(source), {texts, "", {}}, {}, pool,
                                        [&](std::uint64_t n) { seen = n; });
  EXPECT_EQ(moments.dimensions(), full);
  EXPECT_EQ(seen, 5U);
  write_projected(source, estimators::fit_projection(moments, {.dimensions = 3}, pool),
                  folder.file("out"));
  const auto written = model::ModelDirectory::open(folder.file("out"));
  EXPECT_EQ(written.info.dimensions, 3U);
  EXPECT_EQ(written.info.prompts.at("query"), "q: ");
}

TEST(ProjectedModel, RefusesVectorsOfAnotherModel) {
  const io::TempDirectory folder;
  ThreadPool pool;
  const std::string path =
      folder.write("v.jsonl", "{\"embedding\": [1, 2, 3]}\n{\"embedding\": [1, 2, 4]}\n");
  EXPECT_KINDRED_ERROR(moments_of_vectors(kModels + "models/bert-gelu", path, pool, {}),
                       ErrorKind::bad_input, "have 3 dimensions");
}

TEST(ProjectedModel, RefusesAnOutputThatExists) {
  const io::TempDirectory folder;
  ThreadPool pool;
  const std::string model = kModels + "models/bert-gelu";
  const std::vector<float> before = vectors_of(model);
  const auto p =
      estimators::fit_projection(moments_of(before, before.size() / kTexts.size()),
                                 {estimators::ProjectionMethod::center, 0, 0, false}, pool);
  EXPECT_KINDRED_ERROR(write_projected(model, p, folder.path()), ErrorKind::bad_input, "exists");
}

}  // namespace
}  // namespace kindred::prepare
