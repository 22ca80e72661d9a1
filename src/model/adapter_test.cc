#include "model/adapter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <functional>
#include <tuple>

#include "model/directory.h"
#include "model/fingerprint.h"
#include "model/test_support.h"
#include "model/trained_copy.h"
#include "model/trained_model.h"

namespace kindred::model {
namespace {

namespace fs = std::filesystem;
using testing::expect_error;
using testing::TemporaryDirectory;

/// An adapter of tests/golden/adapters beside a copy of its base.
struct Adapted {
  explicit Adapted(const std::string& name) {
    fs::copy(golden(name), directory.file("adapter"));
    fs::remove(directory.file("adapter/merged.safetensors"));  // weights that an adapter has not
    base = io::read_text_file(directory.file("adapter/base.txt"));
    base.pop_back();
    directory.copy_golden(base, "base");
    directory.set("adapter/adapter_config.json", "base_model_name_or_path", "../base");
  }
  static std::string golden(const std::string& name) {
    return std::string(KINDRED_TEST_DATA) + "/golden/adapters/" + name;
  }
  ModelDirectory open() const { return ModelDirectory::open(directory.file("adapter")); }
  void configure(const std::string& key, const nlohmann::json& value) const {
    directory.set("adapter/adapter_config.json", key, value);
  }

  TemporaryDirectory directory;
  std::string base;
};

class MergedByPeft : public ::testing::TestWithParam<const char*> {};

TEST_P(MergedByPeft, IsWhatKindredMerges) {
  const Adapted adapted(GetParam());
  const ModelDirectory merged = adapted.open();
  const ModelDirectory base = ModelDirectory::open(adapted.directory.file("base"));
  const io::Safetensors golden =
      io::Safetensors::open(Adapted::golden(GetParam()) + "/merged.safetensors");
  const auto plain = [](std::string name) {
    for (const std::string prefix : {"model.", "bert."})
      if (name.starts_with(prefix)) return name.substr(prefix.size());
    return name;
  };
  std::map<std::string, std::vector<float>> wanted;
  for (const io::TensorView& tensor : golden.tensors())
    wanted[plain(tensor.name)] = tensor.to_floats();
  std::map<std::string, std::vector<float>> before;  // parts of fused matrices behind one another
  for_each_tensor(base.weights, [&](const io::TensorView& tensor, bool) {
    const std::vector<float> values = tensor.to_floats();
    auto& all = before[plain(tensor.name)];
    all.insert(all.end(), values.begin(), values.end());
  });
  std::map<std::string, std::vector<float>> got;
  for_each_tensor(merged.weights, [&](const io::TensorView& tensor, bool) {
    const std::vector<float> values = tensor.to_floats();
    auto& all = got[plain(tensor.name)];
    all.insert(all.end(), values.begin(), values.end());
  });
  std::size_t changed = 0;
  for (const auto& [name, values] : got) {
    const bool changes = wanted.contains(name);
    const std::vector<float>& expected = changes ? wanted[name] : before[name];
    ASSERT_EQ(values.size(), expected.size()) << name;
    for (std::size_t i = 0; i < values.size(); ++i)
      ASSERT_NEAR(values[i], expected[i], changes ? 2e-6 : 0.0) << name << " " << i;
    changed += changes ? 1 : 0;
  }
  EXPECT_GE(changed, 4U);
  EXPECT_NE(fingerprint(merged), fingerprint(base));
  EXPECT_EQ(merged.info.path, adapted.directory.file("adapter"));
  EXPECT_TRUE(fs::equivalent(merged.tokenizer_path, base.tokenizer_path));
}

INSTANTIATE_TEST_SUITE_P(Cases, MergedByPeft,
                         ::testing::Values("patterns", "all-linear-rank-stable", "expression-fused",
                                           "language-model"),
                         [](const auto& adapter) {
                           std::string name = adapter.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Adapter, BaseIsGivenOrNamed) {
  const Adapted adapted("patterns");
  adapted.configure("base_model_name_or_path", "owner/model");
  expect_error(ErrorKind::not_found, {"owner/model", "--base"}, [&] { adapted.open(); });
  const std::string base = adapted.directory.file("base");
  const ModelDirectory given = ModelDirectory::open(adapted.directory.file("adapter"), base);
  EXPECT_FALSE(given.adapter.empty());
  expect_error(ErrorKind::bad_input, {"--base"}, [&] { ModelDirectory::open(base, base); });
  expect_error(ErrorKind::not_found, {"nowhere"},
               [&] { ModelDirectory::open(adapted.directory.file("adapter"), "nowhere"); });
}

// sentence-transformers saves the adapter in the place of the Transformer module.
TEST(Adapter, InTheFolderOfAModule) {
  const Adapted adapted("patterns");
  fs::create_directories(adapted.directory.file("model"));
  fs::copy(adapted.directory.file("adapter"), adapted.directory.file("model/0_Transformer"),
           fs::copy_options::recursive);
  adapted.directory.set("model/0_Transformer/adapter_config.json", "base_model_name_or_path",
                        adapted.directory.file("base"));
  adapted.directory.write("model/modules.json", R"([
      {"path": "0_Transformer", "type": "sentence_transformers.models.Transformer"},
      {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}])");
  adapted.directory.write("model/1_Pooling/config.json", R"({"pooling_mode": "max"})");
  adapted.directory.write("model/0_Transformer/sentence_bert_config.json",
                          R"({"max_seq_length": 9})");
  const ModelDirectory model = ModelDirectory::open(adapted.directory.file("model"));
  EXPECT_EQ(model.info.pooling, "max");
  EXPECT_EQ(model.info.max_length, 9U);
  EXPECT_EQ(model.adapter, adapted.open().adapter);
  EXPECT_EQ(model.weights.layers[0].query.weight.to_floats(),
            adapted.open().weights.layers[0].query.weight.to_floats());
}

TEST(Adapter, BesideFullWeightsIsRefused) {
  const Adapted adapted("patterns");
  for (const char* file : {"adapter_config.json", "adapter_model.safetensors"})
    fs::copy(adapted.directory.file("adapter") + "/" + file, adapted.directory.file("base"));
  expect_error(ErrorKind::bad_input, {"adapter_config.json", "beside full weights"},
               [&] { ModelDirectory::open(adapted.directory.file("base")); });
}

TEST(Adapter, IsTrainedOnAndWrittenWhole) {
  const Adapted adapted("patterns");
  const ModelDirectory merged = adapted.open();
  TrainedModel trained;
  trained.weights = merged.weights;
  write_trained(merged, trained, adapted.directory.file("out"));
  const ModelDirectory out = ModelDirectory::open(adapted.directory.file("out"));
  EXPECT_TRUE(out.adapter.empty());
  EXPECT_FALSE(io::is_file(adapted.directory.file("out/adapter_config.json")));
  EXPECT_EQ(out.weights.layers[0].query.weight.to_floats(),
            merged.weights.layers[0].query.weight.to_floats());
  // What copies files would lose the adapter.
  expect_error(ErrorKind::unsupported, {"adapter"}, [&] {
    quantize(adapted.directory.file("adapter"), adapted.directory.file("small"),
             WeightFormat::bf16);
  });
}

TEST(Adapter, RefusesOtherKindsByName) {
  for (const auto& [key, value, kind] :
       {std::tuple<const char*, nlohmann::json, ErrorKind>{"peft_type", "ADALORA",
                                                           ErrorKind::unsupported},
        {"peft_type", "IA3", ErrorKind::unsupported},
        {"peft_type", nullptr, ErrorKind::unsupported},
        {"use_dora", true, ErrorKind::unsupported},
        {"lora_bias", true, ErrorKind::unsupported},
        {"target_parameters", {"experts"}, ErrorKind::unsupported},
        {"layer_replication", {{0, 1}}, ErrorKind::unsupported},
        {"init_lora_weights", "pissa_niter_4", ErrorKind::unsupported},
        {"bias", "some", ErrorKind::unsupported},
        {"r", 0, ErrorKind::corrupt},
        {"r", "four", ErrorKind::corrupt},
        {"r", 5, ErrorKind::corrupt},
        {"lora_alpha", "big", ErrorKind::corrupt},
        {"rank_pattern", {1}, ErrorKind::corrupt},
        {"rank_pattern", {{"v_proj", 0}}, ErrorKind::corrupt},
        {"alpha_pattern", {{"(", 1}}, ErrorKind::unsupported},
        {"target_modules", {"k_proj"}, ErrorKind::corrupt},
        {"target_modules", {1}, ErrorKind::corrupt}}) {
    const Adapted adapted("patterns");
    adapted.configure(key, value);
    expect_error(kind, {"adapter"}, [&] { adapted.open(); });
  }
}

/// The adapter of "patterns" with one tensor changed.
void rewrite(const Adapted& adapted,
             const std::function<void(std::vector<io::TensorView>&)>& change) {
  const std::string path = adapted.directory.file("adapter/adapter_model.safetensors");
  const io::Safetensors file = io::Safetensors::open(path);
  std::vector<io::TensorView> tensors = file.tensors();
  change(tensors);
  io::write_safetensors(adapted.directory.file("new"), tensors);
  fs::rename(adapted.directory.file("new"), path);
}

TEST(Adapter, RefusesTensorsThatDoNotFit) {
  const auto named = [](std::vector<io::TensorView>& tensors, const std::string& ending) {
    return std::find_if(tensors.begin(), tensors.end(), [&](const io::TensorView& tensor) {
      return tensor.name.ends_with(ending);
    });
  };
  const Adapted missing("patterns");
  rewrite(missing, [&](auto& tensors) {
    tensors.erase(named(tensors, "0.self_attn.q_proj.lora_B.weight"));
  });
  expect_error(ErrorKind::corrupt, {"q_proj", "lora_A alone"}, [&] { missing.open(); });

  const Adapted other("patterns");
  rewrite(other, [&](auto& tensors) {
    for (const char* ending :
         {"0.self_attn.q_proj.lora_A.weight", "0.self_attn.q_proj.lora_B.weight"}) {
      std::string& name = named(tensors, ending)->name;
      name.replace(name.find("layers.0"), 8, "layers.9");
    }
  });
  expect_error(ErrorKind::bad_input, {"layers.9", "--base"}, [&] { other.open(); });

  const Adapted shape("patterns");
  rewrite(shape, [&](auto& tensors) {
    io::TensorView& tensor = *named(tensors, "1.self_attn.q_proj.lora_A.weight");
    std::swap(tensor.shape[0], tensor.shape[1]);
  });
  expect_error(ErrorKind::corrupt, {"q_proj"}, [&] { shape.open(); });

  const Adapted dora("patterns");
  rewrite(dora, [&](auto& tensors) {
    io::TensorView& tensor = *named(tensors, "1.self_attn.q_proj.lora_A.weight");
    tensor.name = "base_model.model.layers.1.self_attn.q_proj.lora_magnitude_vector";
  });
  expect_error(ErrorKind::unsupported, {"magnitude"}, [&] { dora.open(); });

  const Adapted untrained("patterns");
  std::vector<float> zeros(1 << 16, 0.0F);
  rewrite(untrained, [&](auto& tensors) {
    std::erase_if(tensors, [](const io::TensorView& tensor) {
      return tensor.name.find("lora_") == std::string::npos;
    });
    for (io::TensorView& tensor : tensors)
      if (tensor.name.find("lora_B") != std::string::npos ||
          tensor.name.find("embedding_B") != std::string::npos)
        tensor.data = reinterpret_cast<const std::byte*>(zeros.data());
  });
  expect_error(ErrorKind::corrupt, {"changes nothing"}, [&] { untrained.open(); });

  const Adapted absent("patterns");
  fs::remove(absent.directory.file("adapter/adapter_model.safetensors"));
  expect_error(ErrorKind::not_found, {"adapter_model.safetensors"}, [&] { absent.open(); });
}

class WrittenAdapter : public ::testing::TestWithParam<const char*> {};

// What is written is merged again by the reader, whose merging is peft's.
TEST_P(WrittenAdapter, ChangesWhatItWasMadeOf) {
  TemporaryDirectory directory;
  directory.copy_golden(GetParam(), "base");
  const ModelDirectory base = ModelDirectory::open(directory.file("base"));
  const LayerWeights& layer = base.weights.layers.back();
  std::deque<std::vector<float>> buffers;
  const auto matrix = [&](std::size_t rows, std::size_t columns, float first) {
    std::vector<float>& values = buffers.emplace_back(rows * columns);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = first + 0.01F * static_cast<float>(i % 13);
    io::TensorView view;
    view.shape = {rows, columns};
    view.data = reinterpret_cast<const std::byte*>(values.data());
    view.bytes = values.size() * sizeof(float);
    return view;
  };
  std::vector<AdaptedLinear> changes;
  std::size_t rank = 2;
  for (const LinearWeights* linear : {&layer.query, &layer.value, &layer.down}) {
    const std::size_t rows = linear->weight.shape[0];
    const std::size_t columns = linear->weight.shape[1];
    changes.push_back({linear, matrix(rank, columns, -0.05F), matrix(rows, rank, 0.1F), 1.5});
    ++rank;
  }
  changes[1].scale = 0.5;  // another than its neighbour's in a fused matrix
  write_adapter(base, changes, "../base", directory.file("adapter"));
  const ModelDirectory merged = ModelDirectory::open(directory.file("adapter"));
  const LayerWeights& after = merged.weights.layers.back();
  const std::vector<const LinearWeights*> got = {&after.query, &after.value, &after.down};
  for (std::size_t c = 0; c < changes.size(); ++c) {
    const std::vector<float> a = changes[c].a.to_floats();
    const std::vector<float> b = changes[c].b.to_floats();
    const std::size_t r = changes[c].a.shape[0];
    const std::size_t columns = changes[c].a.shape[1];
    std::vector<float> wanted = changes[c].target->weight.to_floats();
    for (std::size_t i = 0; i < wanted.size(); ++i)
      for (std::size_t k = 0; k < r; ++k)
        wanted[i] += static_cast<float>(changes[c].scale) * b[i / columns * r + k] *
                     a[k * columns + i % columns];
    const std::vector<float> values = got[c]->weight.to_floats();
    for (std::size_t i = 0; i < values.size(); ++i) ASSERT_NEAR(values[i], wanted[i], 1e-5) << c;
  }
  EXPECT_EQ(after.key.weight.to_floats(), layer.key.weight.to_floats());
  EXPECT_EQ(merged.weights.layers.front().query.weight.to_floats(),
            base.weights.layers.front().query.weight.to_floats());
}

INSTANTIATE_TEST_SUITE_P(Families, WrittenAdapter,
                         ::testing::Values("qwen3", "llama-biases-llama3-sharded", "modernbert",
                                           "bert-gelu", "xlm-roberta"),
                         [](const auto& model) {
                           std::string name = model.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(WrittenAdapterErrors, NothingAndGguf) {
  TemporaryDirectory directory;
  directory.copy_golden("qwen3", "base");
  const ModelDirectory base = ModelDirectory::open(directory.file("base"));
  expect_error(ErrorKind::bad_input, {"without a change"},
               [&] { write_adapter(base, {}, "base", directory.file("out")); });
  directory.copy_golden("gguf-qwen3-q4_0", "gguf");
  expect_error(ErrorKind::unsupported, {"GGUF"}, [&] {
    write_adapter(ModelDirectory::open(directory.file("gguf")), {}, "base", directory.file("out"));
  });
}

}  // namespace
}  // namespace kindred::model
