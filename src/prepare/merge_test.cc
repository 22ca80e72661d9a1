// Goldens of numpy: tests/reference/make_merge_goldens.py.
#include "prepare/merge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "io/expect_error.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "io/temp_directory.h"
#include "kindred/encoder.h"
#include "model/directory.h"

namespace kindred::prepare {
namespace {

namespace fs = std::filesystem;

const std::string kMerge = KINDRED_TEST_DATA "/golden/merge/";
const std::string kModels = KINDRED_TEST_DATA "/golden/models/";
const std::string kVectors = KINDRED_TEST_DATA "/golden/vectors/";

void expect_merged(const std::string& name, const std::string& first, const std::string& second,
                   const MergeOptions& options, float tolerance) {
  const io::TempDirectory folder;
  const std::string output = folder.file("merged");
  const MergeResult result = merge_models({kMerge + first, kMerge + second}, output, options);
  const auto merged = io::Safetensors::open(output + "/model.safetensors");
  const auto expected = io::Safetensors::open(kMerge + "expected.safetensors");
  EXPECT_EQ(result.merged, merged.tensors().size());
  EXPECT_TRUE(result.taken.empty());
  ASSERT_EQ(merged.tensors().size() * 4, expected.tensors().size());
  for (const io::TensorView& tensor : merged.tensors()) {
    const io::TensorView& wanted = expected.at(fmt::format("{}/{}", name, tensor.name));
    ASSERT_EQ(io::to_string(tensor.dtype), io::to_string(wanted.dtype));
    ASSERT_EQ(tensor.shape, wanted.shape);
    const std::vector<float> a = tensor.to_floats();
    const std::vector<float> b = wanted.to_floats();
    for (std::size_t i = 0; i < a.size(); ++i)
      ASSERT_NEAR(a[i], b[i], tolerance) << name << ' ' << tensor.name << ' ' << i;
  }
  (void)Encoder::open(output);  // a whole model
}

TEST(Merge, AveragesAsNumpy) {
  expect_merged("average", "a", "b", {MergeMethod::average, {1.0, 3.0}}, 1e-7F);
}

TEST(Merge, SlerpsAsNumpy) {
  expect_merged("slerp", "a", "b", {MergeMethod::slerp, {0.7, 0.3}}, 1e-6F);
}

TEST(Merge, SumsHalvesInFloat32AndRoundsOnce) {
  expect_merged("average_bf16", "c", "d", {MergeMethod::average, {1.0, 3.0}}, 0.0F);
  expect_merged("slerp_f16", "d", "c", {MergeMethod::slerp, {0.7, 0.3}}, 2e-4F);
}

TEST(Merge, OfAModelWithItselfIsThatModel) {
  const io::TempDirectory folder;
  for (const MergeMethod method : {MergeMethod::average, MergeMethod::slerp}) {
    const std::string output = folder.file(method == MergeMethod::slerp ? "slerp" : "average");
    const auto result = merge_models({kMerge + "a", kMerge + "a"}, output, {method, {}});
    EXPECT_EQ(result.linear, method == MergeMethod::slerp ? result.merged : 0U);
    const auto merged = io::Safetensors::open(output + "/model.safetensors");
    const auto before = io::Safetensors::open(kMerge + "a/model.safetensors");
    for (const io::TensorView& tensor : before.tensors())
      EXPECT_EQ(merged.at(tensor.name).to_floats(), tensor.to_floats());
  }
}

/// A copy of model "b" whose tensors `change` may rename, drop (no name) or add to.
template <typename Change>
std::string changed_model(const io::TempDirectory& folder, const std::string& name,
                          const Change& change) {
  const std::string path = folder.file(name);
  fs::copy(kMerge + "b", path, fs::copy_options::recursive);
  const auto before = io::Safetensors::open(kMerge + "b/model.safetensors");
  std::vector<io::TensorView> tensors;
  for (io::TensorView tensor : before.tensors()) {
    change(tensor);
    if (!tensor.name.empty()) tensors.push_back(tensor);
  }
  io::write_safetensors(path + "/model.safetensors", tensors, {});
  return path;
}

TEST(Merge, FindsTensorsWithAnotherPrefix) {
  const io::TempDirectory folder;
  const std::string other = changed_model(
      folder, "prefixed", [](io::TensorView& tensor) { tensor.name = "bert." + tensor.name; });
  merge_models({kMerge + "a", other}, folder.file("out"), {MergeMethod::average, {1.0, 3.0}});
  const auto merged = io::Safetensors::open(folder.file("out/model.safetensors"));
  const auto expected = io::Safetensors::open(kMerge + "expected.safetensors");
  EXPECT_NEAR(merged.at("embeddings.word_embeddings.weight").to_floats()[5],
              expected.at("average/embeddings.word_embeddings.weight").to_floats()[5], 1e-7F);
}

TEST(Merge, NamesATensorThatIsMissing) {
  const io::TempDirectory folder;
  const std::string other = changed_model(folder, "less", [](io::TensorView& tensor) {
    if (tensor.name == "encoder.layer.0.output.dense.bias") tensor.name = "elsewhere";
  });
  EXPECT_KINDRED_ERROR(merge_models({kMerge + "a", other}, folder.file("out"), {}),
                       ErrorKind::not_found, "encoder.layer.0.output.dense.bias");
  EXPECT_FALSE(io::is_directory(folder.file("out")));
}

TEST(Merge, TakesWhatTheEncoderDoesNotNeedFromTheFirst) {
  const io::TempDirectory folder;
  const std::vector<float> pooler(8, 0.25F);
  const std::vector<std::int64_t> positions = {0, 1, 2};
  const std::string first = folder.file("first");
  fs::copy(kMerge + "a", first, fs::copy_options::recursive);
  const auto before = io::Safetensors::open(kMerge + "a/model.safetensors");
  std::vector<io::TensorView> tensors = before.tensors();
  io::TensorView bias{.name = "pooler.dense.bias", .shape = {8}};
  bias.data = reinterpret_cast<const std::byte*>(pooler.data());
  bias.bytes = 32;
  io::TensorView ids{.name = "embeddings.position_ids", .dtype = io::DType::i64, .shape = {1, 3}};
  ids.data = reinterpret_cast<const std::byte*>(positions.data());
  ids.bytes = 24;
  tensors.push_back(bias);
  tensors.push_back(ids);
  io::write_safetensors(first + "/model.safetensors", tensors, {});
  const auto result = merge_models({first, kMerge + "b"}, folder.file("out"), {});
  EXPECT_THAT(result.taken,
              testing::UnorderedElementsAre("pooler.dense.bias", "embeddings.position_ids"));
  const auto merged = io::Safetensors::open(folder.file("out/model.safetensors"));
  EXPECT_EQ(merged.at("pooler.dense.bias").to_floats(), pooler);
  const auto turned = merge_models({kMerge + "b", first}, folder.file("turned"), {});
  EXPECT_EQ(turned.left.size(), 2U);
}

TEST(Merge, FindsAnOutputMatrixThatIsSharedWithTheEmbeddings) {
  // One file stores it, the other leaves it to be tied when it is loaded.
  const io::TempDirectory folder;
  const std::string tied = kModels + "qwen2";
  const std::string stored = folder.file("stored");
  fs::copy(tied, stored, fs::copy_options::recursive);
  const auto before = io::Safetensors::open(tied + "/model.safetensors");
  std::vector<io::TensorView> tensors = before.tensors();
  const auto is_table = [](const io::TensorView& tensor) {
    return tensor.name.ends_with("embed_tokens.weight");
  };
  const std::vector<float> zeros(
      std::find_if(tensors.begin(), tensors.end(), is_table)->elements());
  io::TensorView output = *std::find_if(tensors.begin(), tensors.end(), is_table);
  output.name = "lm_head.weight";
  output.data = reinterpret_cast<const std::byte*>(zeros.data());
  tensors.push_back(output);
  io::write_safetensors(stored + "/model.safetensors", tensors, {});
  const auto config_text = io::read_text_file(tied + "/config.json");
  for (const char* value : {"true", "false"}) {
    const std::string other = folder.file(value);
    fs::copy(tied, other, fs::copy_options::recursive);
    auto config = nlohmann::json::parse(config_text);
    config["tie_word_embeddings"] = std::string_view(value) == "true";
    io::write_text_file(other + "/config.json", config.dump());
    const std::string merged_path = folder.file(std::string("merged-") + value);
    const auto result = merge_models({stored, other}, merged_path, {});
    const auto merged = io::Safetensors::open(merged_path + "/model.safetensors");
    const float half = config["tie_word_embeddings"] ? 0.5F : 0.0F;
    EXPECT_EQ(result.taken.size(), config["tie_word_embeddings"] ? 0U : 1U);
    const std::vector<float> table =
        std::find_if(merged.tensors().begin(), merged.tensors().end(), is_table)->to_floats();
    const std::vector<float> head = merged.at("lm_head.weight").to_floats();
    for (std::size_t i = 0; i < head.size(); ++i) ASSERT_EQ(head[i], half * table[i]);
  }
}

TEST(Merge, ReadsShardsAndDenseModules) {
  const io::TempDirectory folder;
  const std::string sharded = kModels + "llama-biases-llama3-sharded";
  merge_models({sharded + "/", sharded}, folder.file("one"), {MergeMethod::slerp, {}});
  EXPECT_FALSE(io::is_file(folder.file("one/model.safetensors.index.json")));
  const std::vector<std::string> texts = {"t3 t4 t5", "t6 t7"};
  EXPECT_EQ(Encoder::open(folder.file("one")).encode(texts).values,
            Encoder::open(sharded).encode(texts).values);

  const std::string dense = kVectors + "st-dense";
  merge_models({dense, dense}, folder.file("dense"), {});
  EXPECT_EQ(Encoder::open(folder.file("dense")).encode(texts).values,
            Encoder::open(dense).encode(texts).values);
}

TEST(Merge, MergesStaticModels) {
  const io::TempDirectory folder;
  merge_models({kVectors + "st-static", kVectors + "st-static"}, folder.file("out"), {});
  const std::vector<std::string> texts = {"t3 t4 t5", "t6 t7"};
  EXPECT_EQ(Encoder::open(folder.file("out")).encode(texts).values,
            Encoder::open(kVectors + "st-static").encode(texts).values);
}

TEST(Merge, RefusesOtherArchitectures) {
  const io::TempDirectory folder;
  const std::string output = folder.file("out");
  EXPECT_KINDRED_ERROR(merge_models({kMerge + "a", kModels + "qwen2"}, output, {}),
                       ErrorKind::bad_input, "families are bert and qwen2");
  EXPECT_KINDRED_ERROR(merge_models({kMerge + "a", kModels + "bert-gelu"}, output, {}),
                       ErrorKind::bad_input, "cannot be merged");
}

TEST(Merge, RefusesAnotherTokenizer) {
  const io::TempDirectory folder;
  const std::string other = folder.file("other");
  fs::copy(kMerge + "b", other, fs::copy_options::recursive);
  const std::string tokenizer = io::read_text_file(other + "/tokenizer.json");
  std::string swapped = tokenizer;
  swapped.replace(swapped.find("\"shoe\""), 6, "\"boot\"");
  io::write_text_file(other + "/tokenizer.json", swapped);
  EXPECT_KINDRED_ERROR(merge_models({kMerge + "a", other}, folder.file("out"), {}),
                       ErrorKind::bad_input, "token 8 is 'shoe' and 'boot'");
  io::write_text_file(other + "/tokenizer.json", tokenizer);
  io::write_text_file(other + "/tokenizer_config.json", R"({"do_lower_case": false})");
  EXPECT_KINDRED_ERROR(merge_models({kMerge + "a", other}, folder.file("out"), {}),
                       ErrorKind::bad_input, "differently");
}

TEST(Merge, RefusesNaNAndValuesThatHalfCannotHold) {
  const io::TempDirectory folder;
  const auto before = io::Safetensors::open(kMerge + "b/model.safetensors");
  std::vector<float> bad = before.at("embeddings.word_embeddings.weight").to_floats();
  const auto with = [&](const std::string& name, float value) {
    bad[17] = value;
    return changed_model(folder, name, [&](io::TensorView& tensor) {
      if (tensor.name == "embeddings.word_embeddings.weight")
        tensor.data = reinterpret_cast<const std::byte*>(bad.data());
    });
  };
  EXPECT_KINDRED_ERROR(
      merge_models({kMerge + "a", with("nan", std::numeric_limits<float>::quiet_NaN())},
                   folder.file("out"), {}),
      ErrorKind::corrupt, "in row 2 that is not finite");
  EXPECT_KINDRED_ERROR(merge_models({kMerge + "d", with("large", 1e6F)}, folder.file("out"), {}),
                       ErrorKind::exhausted, "F16 cannot hold");
}

TEST(Merge, RefusesWeightsThatDoNotFit) {
  const io::TempDirectory folder;
  const auto merge = [&](const std::vector<double>& weights) {
    merge_models({kMerge + "a", kMerge + "b"}, folder.file("out"), {MergeMethod::average, weights});
  };
  EXPECT_KINDRED_ERROR(merge({1.0}), ErrorKind::bad_input, "1 weights for 2 models");
  EXPECT_KINDRED_ERROR(merge({1.0, -0.5}), ErrorKind::bad_input, "-0.5 is not a weight");
  EXPECT_KINDRED_ERROR(merge({0.0, 0.0}), ErrorKind::bad_input, "all 0");
  EXPECT_KINDRED_ERROR(merge_models({kMerge + "a"}, folder.file("out"), {}), ErrorKind::bad_input,
                       "two or more");
  EXPECT_KINDRED_ERROR(merge_models({kMerge + "a", kMerge + "b", kMerge + "a"}, folder.file("out"),
                                    {MergeMethod::slerp, {}}),
                       ErrorKind::bad_input, "slerp");
}

}  // namespace
}  // namespace kindred::prepare
