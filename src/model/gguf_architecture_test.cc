#include "model/gguf_architecture.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>
#include <variant>

#include "model/test_support.h"

namespace kindred::model {
namespace {

using testing::expect_error;
using testing::TemporaryDirectory;

using Value = std::variant<std::uint32_t, float, bool, std::string>;
using Metadata = std::map<std::string, Value>;

/// The bytes of a version 3 file with F32 tensors of zeros, or of `fill`.
class Builder {
 public:
  Metadata metadata;
  std::map<std::string, std::vector<std::uint64_t>> shapes;  ///< innermost first
  float fill = 0.0F;

  std::string bytes() const {
    std::string out = "GGUF";
    number<std::uint32_t>(out, 3);
    number<std::uint64_t>(out, shapes.size());
    number<std::uint64_t>(out, metadata.size());
    for (const auto& [key, value] : metadata) {
      text(out, key);
      std::visit([&](const auto& typed) { add(out, typed); }, value);
    }
    std::uint64_t offset = 0;
    for (const auto& [name, shape] : shapes) {
      text(out, name);
      number<std::uint32_t>(out, static_cast<std::uint32_t>(shape.size()));
      for (const std::uint64_t dimension : shape) number(out, dimension);
      number<std::uint32_t>(out, 0);  // F32
      number(out, offset);
      offset += padded(elements(shape) * 4);
    }
    out.resize(padded(out.size()));
    for (const auto& [name, shape] : shapes) {
      const std::size_t begin = out.size();
      for (std::uint64_t i = 0; i < elements(shape); ++i) number(out, fill);
      out.resize(begin + padded(elements(shape) * 4));
    }
    return out;
  }

 private:
  template <typename T>
  static void number(std::string& out, T value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  static void text(std::string& out, const std::string& value) {
    number<std::uint64_t>(out, value.size());
    out += value;
  }
  static void add(std::string& out, std::uint32_t value) {
    number<std::uint32_t>(out, 4);
    number(out, value);
  }
  static void add(std::string& out, float value) {
    number<std::uint32_t>(out, 6);
    number(out, value);
  }
  static void add(std::string& out, bool value) {
    number<std::uint32_t>(out, 7);
    out += value ? '\1' : '\0';
  }
  static void add(std::string& out, const std::string& value) {
    number<std::uint32_t>(out, 8);
    text(out, value);
  }
  static std::uint64_t elements(const std::vector<std::uint64_t>& shape) {
    std::uint64_t product = 1;
    for (const std::uint64_t dimension : shape) product *= dimension;
    return product;
  }
  static std::uint64_t padded(std::uint64_t size) { return (size + 31) / 32 * 32; }
};

Builder sample(const std::string& kind) {
  Builder builder;
  builder.metadata["general.architecture"] = kind;
  const auto set = [&](const std::string& key, std::uint32_t value) {
    builder.metadata[kind + "." + key] = value;
  };
  set("block_count", 2);
  set("embedding_length", 8);
  set("feed_forward_length", 12);
  set("attention.head_count", 2);
  set("context_length", 64);
  builder.shapes["token_embd.weight"] = {8, 10};
  return builder;
}

Architecture read(const Builder& builder) {
  TemporaryDirectory directory;
  directory.write("model.gguf", builder.bytes());
  return read_gguf_architecture(io::Gguf::open(directory.file("model.gguf")));
}

std::string pooling(const Builder& builder, bool causal) {
  TemporaryDirectory directory;
  directory.write("model.gguf", builder.bytes());
  return to_string(read_gguf_pooling(io::Gguf::open(directory.file("model.gguf")), causal));
}

TEST(GgufArchitecture, DecoderKinds) {
  for (const char* kind : {"llama", "qwen2", "qwen3"}) {
    Builder builder = sample(kind);
    builder.metadata[std::string(kind) + ".attention.head_count_kv"] = 1U;
    builder.metadata[std::string(kind) + ".attention.layer_norm_rms_epsilon"] = 1e-5F;
    builder.metadata[std::string(kind) + ".rope.freq_base"] = 100.0F;
    const TransformerSpec spec = read(builder).spec;
    EXPECT_EQ(spec.family, kind);
    EXPECT_EQ(spec.vocab_size, 10U);
    EXPECT_EQ(spec.kv_heads, 1U);
    EXPECT_EQ(spec.head_dim, 4U);
    EXPECT_FLOAT_EQ(spec.norm_eps, 1e-5F);
    EXPECT_TRUE(spec.causal());
    EXPECT_NEAR(spec.ropes[0].inverse_frequencies[1], 0.1F, 1e-6F);
    EXPECT_EQ(spec.ropes[0].interleaved, std::string(kind) == "llama");
    EXPECT_EQ(spec.qk_norm, std::string(kind) == "qwen3");
    builder.metadata[std::string(kind) + ".attention.causal"] = false;
    EXPECT_FALSE(read(builder).spec.causal());
  }
}

TEST(GgufArchitecture, RopeScaling) {
  Builder builder = sample("qwen2");
  builder.metadata["qwen2.rope.scaling.type"] = "linear";
  builder.metadata["qwen2.rope.scaling.factor"] = 4.0F;
  EXPECT_FLOAT_EQ(read(builder).spec.ropes[0].inverse_frequencies[0], 0.25F);
  builder.metadata["qwen2.rope.scaling.type"] = "yarn";
  builder.metadata["qwen2.rope.scaling.original_context_length"] = 16U;
  EXPECT_FLOAT_EQ(read(builder).spec.ropes[0].attention_factor, 0.1F * std::log(4.0F) + 1.0F);
  builder.metadata["qwen2.rope.scaling.type"] = "longrope";
  expect_error(ErrorKind::unsupported, {"qwen2.rope.scaling.type", "longrope"},
               [&] { read(builder); });
}

TEST(GgufArchitecture, RopeFactorsDivide) {
  Builder builder = sample("llama");
  const std::vector<float> plain = read(builder).spec.ropes[0].inverse_frequencies;
  builder.shapes["rope_freqs.weight"] = {2};
  builder.fill = 8.0F;
  const std::vector<float> divided = read(builder).spec.ropes[0].inverse_frequencies;
  for (std::size_t i = 0; i < 2; ++i) EXPECT_FLOAT_EQ(divided[i], plain[i] / 8.0F);
  builder.fill = 0.0F;
  expect_error(ErrorKind::corrupt, {"rope_freqs.weight"}, [&] { read(builder); });
  builder.shapes["rope_freqs.weight"] = {3};
  expect_error(ErrorKind::corrupt, {"rope_freqs.weight", "3"}, [&] { read(builder); });
}

TEST(GgufArchitecture, Bert) {
  Builder builder = sample("bert");
  builder.metadata["bert.attention.layer_norm_epsilon"] = 1e-12F;
  builder.metadata["bert.attention.causal"] = false;
  builder.shapes["token_types.weight"] = {8, 2};
  const Architecture bert = read(builder);
  EXPECT_EQ(bert.token_types, 2U);
  EXPECT_EQ(bert.spec.positions, Positions::learned);
  EXPECT_EQ(bert.spec.activation, Activation::gelu_erf);
  EXPECT_FALSE(bert.spec.causal());
}

TEST(GgufArchitecture, Pooling) {
  Builder builder = sample("bert");
  EXPECT_EQ(pooling(builder, false), "mean");
  EXPECT_EQ(pooling(builder, true), "last");
  const char* names[] = {"mean", "mean", "cls", "last"};
  for (std::uint32_t type = 0; type < 4; ++type) {
    builder.metadata["bert.pooling_type"] = type;
    EXPECT_EQ(pooling(builder, false), names[type]);
  }
  builder.metadata["bert.pooling_type"] = 4U;
  expect_error(ErrorKind::unsupported, {"bert.pooling_type", "4"},
               [&] { pooling(builder, false); });
}

TEST(GgufArchitecture, RefusesByKey) {
  expect_error(ErrorKind::unsupported, {"general.architecture", "nomic-bert"},
               [] { read(sample("nomic-bert")); });
  const struct {
    std::string key;
    Value value;
    ErrorKind kind;
  } cases[] = {
      {"llama.expert_count", 8U, ErrorKind::unsupported},
      {"llama.attention.sliding_window", 128U, ErrorKind::unsupported},
      {"llama.attention.value_length", 2U, ErrorKind::unsupported},
      {"llama.rope.dimension_count", 3U, ErrorKind::unsupported},
      {"split.count", 2U, ErrorKind::unsupported},
      {"llama.rope.dimension_count", 100U, ErrorKind::corrupt},
      {"llama.block_count", 4000000000U, ErrorKind::corrupt},
      {"llama.block_count", "2", ErrorKind::corrupt},
      {"llama.attention.head_count", 0U, ErrorKind::corrupt},
      {"llama.attention.head_count_kv", 3U, ErrorKind::corrupt},
      {"llama.embedding_length", 1U, ErrorKind::corrupt},
      {"llama.rope.freq_base", -1.0F, ErrorKind::corrupt},
      {"llama.rope.freq_base", NAN, ErrorKind::corrupt},
  };
  for (const auto& item : cases) {
    Builder builder = sample("llama");
    builder.metadata[item.key] = item.value;
    expect_error(item.kind, {}, [&] { read(builder); });
  }
  Builder builder = sample("llama");
  builder.metadata.erase("llama.block_count");
  expect_error(ErrorKind::not_found, {"llama.block_count"}, [&] { read(builder); });
}

}  // namespace
}  // namespace kindred::model
