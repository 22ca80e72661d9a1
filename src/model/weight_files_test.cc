#include "model/weight_files.h"

#include <gtest/gtest.h>

#include <cstring>

#include "kindred/model.h"
#include "model/directory.h"
#include "model/test_support.h"

namespace kindred::model {
namespace {

namespace fs = std::filesystem;
using testing::expect_error;
using testing::TemporaryDirectory;

const std::string kGolden = std::string(KINDRED_TEST_DATA) + "/golden/";

constexpr const char* kPointer =
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n";

/// A directory of tests/golden/vectors with the weights of its twin in tests/golden/torch.
void copy_with_torch_weights(const std::string& name, const TemporaryDirectory& directory) {
  const auto options = fs::copy_options::recursive | fs::copy_options::overwrite_existing;
  fs::copy(kGolden + "vectors/" + name, directory.path(), options);
  for (const auto& entry : fs::recursive_directory_iterator(directory.path())) {
    if (entry.path().extension() == ".safetensors") fs::remove(entry.path());
  }
  fs::copy(kGolden + "torch/" + name, directory.path(), options);
}

std::vector<io::TensorView> all_tensors(const ModelDirectory& model) {
  std::vector<io::TensorView> tensors;
  for_each_tensor(model.weights,
                  [&](const io::TensorView& tensor, bool) { tensors.push_back(tensor); });
  for (const HeadStep& step : model.head) {
    if (step.kind != HeadStep::Kind::dense) continue;
    tensors.push_back(step.dense.linear.weight);
    if (!step.dense.linear.bias.empty()) tensors.push_back(step.dense.linear.bias);
  }
  if (model.is_static) tensors.push_back(model.static_embeddings);
  return tensors;
}

class TorchDirectory : public ::testing::TestWithParam<const char*> {
 protected:
  TorchDirectory() { copy_with_torch_weights(GetParam(), directory); }
  TemporaryDirectory directory;
};

TEST_P(TorchDirectory, HasTheBytesOfItsSafetensorsTwin) {
  const ModelDirectory model = ModelDirectory::open(directory.path());
  const ModelDirectory twin = ModelDirectory::open(kGolden + "vectors/" + GetParam());
  const std::vector<io::TensorView> got = all_tensors(model);
  const std::vector<io::TensorView> wanted = all_tensors(twin);
  ASSERT_EQ(got.size(), wanted.size());
  ASSERT_FALSE(got.empty());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_EQ(got[i].name, wanted[i].name);
    ASSERT_EQ(got[i].shape, wanted[i].shape) << wanted[i].name;
    EXPECT_EQ(std::memcmp(got[i].data, wanted[i].data, wanted[i].bytes), 0) << wanted[i].name;
  }
  EXPECT_EQ(model.info.parameters, twin.info.parameters);
  EXPECT_EQ(model.info.weight_types, twin.info.weight_types);
  for (const std::string& path : model.weight_files) EXPECT_TRUE(path.ends_with(".bin")) << path;
}

TEST_P(TorchDirectory, IsInspected) {
  const ModelInfo info = inspect(directory.path());
  EXPECT_EQ(info.fingerprint.size(), 64U);
  EXPECT_GT(info.file_bytes, 0U);
}

TEST_P(TorchDirectory, IsQuantisedToSafetensors) {
  quantize(directory.path(), directory.file("out"), WeightFormat::bf16);
  for (const auto& entry : fs::recursive_directory_iterator(directory.file("out"))) {
    EXPECT_NE(entry.path().extension(), ".bin") << entry.path();
  }
  const std::vector<io::TensorView> got = all_tensors(ModelDirectory::open(directory.file("out")));
  quantize(kGolden + "vectors/" + GetParam(), directory.file("twin"), WeightFormat::bf16);
  const std::vector<io::TensorView> wanted =
      all_tensors(ModelDirectory::open(directory.file("twin")));
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_EQ(got[i].name, wanted[i].name);
}

INSTANTIATE_TEST_SUITE_P(Models, TorchDirectory, ::testing::Values("st-dense", "st-static"),
                         [](const auto& parameter) {
                           std::string name = parameter.param;
                           name[name.find('-')] = '_';
                           return name;
                         });

class Weights : public ::testing::Test {
 protected:
  Weights() { directory.copy_golden("bert-gelu"); }
  void rename(const std::string& from, const std::string& to) const {
    fs::create_directories(fs::path(directory.file(to)).parent_path());
    fs::rename(directory.file(from), directory.file(to));
  }
  std::vector<std::string> paths() const { return open_weights(directory.path()).paths; }

  TemporaryDirectory directory;
};

TEST_F(Weights, AreSafetensorsWhereBothAreThere) {
  directory.write("pytorch_model.bin", "never read");
  EXPECT_EQ(paths(), std::vector<std::string>{directory.file("model.safetensors")});
}

// BGE-M3 has heads of its own, trainers leave their state behind.
TEST_F(Weights, AreNotWhatOtherProgramsLeave) {
  for (const char* name : {"colbert_linear.pt", "sparse_linear.pt", "training_args.bin",
                           "optimizer.pt", "scheduler.bin", "rng_state.pth", "model.onnx"}) {
    directory.write(name, "never read");
  }
  rename("model.safetensors", "kept");
  fs::copy(kGolden + "torch/wrapped.bin", directory.file("pytorch_model.bin"));
  EXPECT_EQ(paths(), std::vector<std::string>{directory.file("pytorch_model.bin")});
  rename("pytorch_model.bin", "pytorch_model.fp16.bin");
  EXPECT_EQ(paths(), std::vector<std::string>{directory.file("pytorch_model.fp16.bin")});
  fs::remove(directory.file("pytorch_model.fp16.bin"));
  fs::remove(directory.file("model.onnx"));
  expect_error(ErrorKind::not_found, {"neither model.safetensors nor pytorch_model.bin"},
               [&] { paths(); });
}

TEST_F(Weights, OfOtherProgramsAreNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"model.onnx", "ONNX Runtime"},     {"onnx/model_quantized.onnx", "ONNX Runtime"},
      {"tf_model.h5", "TensorFlow"},      {"flax_model.msgpack", "Flax"},
      {"rust_model.ot", "rust-bert"},     {"openvino/openvino_model.xml", "OpenVINO"},
      {"openvino_model.xml", "OpenVINO"},
  };
  for (const auto& [file, program] : cases) {
    rename("model.safetensors", file);
    expect_error(ErrorKind::unsupported, {file, program, "model.safetensors"},
                 [&] { ModelDirectory::open(directory.path()); });
    rename(file, "model.safetensors");
  }
  rename("model.safetensors", "model-Q8_0.gguf");
  expect_error(ErrorKind::bad_input, {"model-Q8_0.gguf", "give that file"},
               [&] { ModelDirectory::open(directory.path()); });
}

TEST_F(Weights, OfGitLfsAreNamed) {
  for (const char* name : {"model.safetensors", "config.json"}) {
    TemporaryDirectory clone;
    clone.copy_golden("bert-gelu");
    clone.write(name, kPointer);
    expect_error(ErrorKind::bad_input, {name, "lfs pull"},
                 [&] { ModelDirectory::open(clone.path()); });
  }
  fs::remove(directory.file("model.safetensors"));
  directory.write("pytorch_model.bin", kPointer);
  expect_error(ErrorKind::bad_input, {"pytorch_model.bin", "lfs pull"},
               [&] { ModelDirectory::open(directory.path()); });
}

TEST(TensorSet, UnknownTypesRefuseOnlyWhatNeedsThem) {
  TemporaryDirectory directory;
  const std::string header = R"({"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]},)"
                             R"("b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})";
  std::string bytes(8, '\0');
  bytes[0] = static_cast<char>(header.size());
  directory.write("model.safetensors", bytes + header + std::string(8, '\0'));
  const TensorSet tensors = open_weights(directory.path()).tensors;
  EXPECT_EQ(tensors.get("b", {1}).elements(), 1U);
  expect_error(ErrorKind::unsupported, {"model.safetensors", "\"a\"", "F8_E4M3"},
               [&] { tensors.get("a", {4}); });
}

/// The tensors of a golden model under other names.
void write_renamed(const std::string& from, const std::string& to,
                   const std::function<std::vector<std::string>(const std::string&)>& names) {
  const io::Safetensors file = io::Safetensors::open(from);
  std::vector<io::TensorView> renamed;
  for (const io::TensorView& tensor : file.tensors()) {
    for (const std::string& name : names(tensor.name)) {
      renamed.push_back(tensor);
      renamed.back().name = name;
    }
  }
  io::write_safetensors(to, renamed);
}

TEST(TensorSet, WrappedModelsAreFound) {
  const std::string golden = kGolden + "models/bert-gelu/model.safetensors";
  for (const char* prefix : {"_orig_mod.", "module.", "0.auto_model.bert.", "encoder.model."}) {
    TemporaryDirectory directory;
    directory.copy_golden("bert-gelu");
    write_renamed(golden, directory.file("model.safetensors"), [&](const std::string& name) {
      return std::vector<std::string>{prefix + name,
                                      "classifier." + name.substr(name.size() - 4) +
                                          std::to_string(std::hash<std::string>()(name))};
    });
    const ModelDirectory model = ModelDirectory::open(directory.path());
    EXPECT_EQ(model.weights.word_embeddings.name,
              std::string(prefix) + "embeddings.word_embeddings.weight");
  }
  TemporaryDirectory directory;
  directory.copy_golden("bert-gelu");
  write_renamed(golden, directory.file("model.safetensors"), [&](const std::string& name) {
    return std::vector<std::string>{"question." + name, "context." + name};
  });
  expect_error(ErrorKind::unsupported, {"several models", "question.embeddings"},
               [&] { ModelDirectory::open(directory.path()); });
}

}  // namespace
}  // namespace kindred::model
