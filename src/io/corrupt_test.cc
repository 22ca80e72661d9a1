// Files cut short at every byte and with single bytes changed: an Error or a sound object, never a
// crash.
#include <cstring>
#include <functional>

#include "base/random.h"
#include "io/expect_error.h"
#include "io/gguf.h"
#include "io/gguf_builder.h"
#include "io/npy.h"
#include "io/safetensors.h"
#include "io/temp_directory.h"
#include "io/torch_file.h"

namespace kindred::io {
namespace {

void use(const TensorView& tensor) {
  if (tensor.dtype >= DType::i64 && tensor.dtype <= DType::boolean) return;
  for (const float value : tensor.to_floats()) static_cast<void>(value);
}

void use_safetensors(const std::string& path) {
  const Safetensors file = Safetensors::open(path);
  for (const TensorView& tensor : file.tensors()) use(tensor);
}

void use_gguf(const std::string& path) {
  const Gguf file = Gguf::open(path);
  for (const GgufTensorInfo& tensor : file.tensors()) {
    if (tensor.dtype) use(file.tensor(tensor.name));
  }
  for (const std::string_view key : file.keys()) {
    try {
      static_cast<void>(file.strings(key));
    } catch (const Error&) {
    }
  }
}

void use_torch(const std::string& path) {
  const TorchFile file = TorchFile::open(path);
  for (const TensorView& tensor : file.tensors()) use(tensor);
}

void use_npy(const std::string& path) {
  use(read_npy(path).tensor);
}

std::string small_safetensors(const TempDirectory& directory) {
  const std::vector<float> floats{1, 2, 3, 4};
  const auto bytes = std::as_bytes(std::span(floats));
  const TensorView tensors[] = {
      {.name = "a", .dtype = DType::f32, .shape = {2, 2}, .data = bytes.data(), .bytes = 16},
      {.name = "b", .dtype = DType::f16, .shape = {2}, .data = bytes.data(), .bytes = 4}};
  write_safetensors(directory.file("whole"), tensors, {{"format", "pt"}});
  return read_text_file(directory.file("whole"));
}

std::string small_gguf() {
  GgufBuilder builder(2, 3);
  builder.key("general.architecture", GgufValueType::string).string("bert");
  builder.key("n", GgufValueType::uint32).number<std::uint32_t>(4);
  builder.key("tokens", GgufValueType::array).array(GgufValueType::string, 2);
  builder.string("a").string("bc");
  builder.tensor("w", {32, 2}, /*Q8_0=*/8, 0).tensor("b", {4}, /*F32=*/0, 96);
  return builder.data(96 + 16).text();
}

std::string small_torch(const std::string& name) {
  return read_text_file(std::string(KINDRED_TEST_DATA) + "/golden/torch/" + name);
}

std::string small_npy() {
  const std::vector<std::size_t> shape{2, 2};
  return npy_header(DType::f32, shape) + std::string(16, '\1');
}

class Corrupt : public testing::Test {
 protected:
  // How many of the variants were refused. Anything but an Error ends the test.
  int refused(const std::vector<std::string>& variants,
              const std::function<void(const std::string&)>& read) {
    int count = 0;
    for (const std::string& text : variants) {
      try {
        read(directory_.write("file", text));
      } catch (const Error& error) {
        EXPECT_NE(error.kind(), ErrorKind::internal) << error.what();
        ++count;
      }
    }
    return count;
  }

  static std::vector<std::string> truncations(const std::string& text) {
    std::vector<std::string> variants;
    for (std::size_t size = 0; size < text.size(); ++size) variants.push_back(text.substr(0, size));
    return variants;
  }

  // Each byte of the first `header` set to some values, and random ones changed.
  static std::vector<std::string> mutations(const std::string& text) {
    std::vector<std::string> variants;
    for (std::size_t at = 0; at < std::min<std::size_t>(text.size(), 400); ++at) {
      for (const char value : {'\0', '\1', '\x7F', '\x80', '\xFF', '9'}) {
        variants.push_back(text);
        variants.back()[at] = value;
      }
    }
    Random random(11);
    for (int i = 0; i < 500; ++i) {
      variants.push_back(text);
      for (std::uint64_t n = random.below(6) + 1; n > 0; --n) {
        variants.back()[random.below(text.size())] = static_cast<char>(random.below(256));
      }
    }
    return variants;
  }

  TempDirectory directory_;
};

TEST_F(Corrupt, SafetensorsCutShort) {
  const std::string text = small_safetensors(directory_);
  EXPECT_EQ(refused(truncations(text), use_safetensors), static_cast<int>(text.size()));
  EXPECT_EQ(refused({text}, use_safetensors), 0);
}

TEST_F(Corrupt, SafetensorsChanged) {
  EXPECT_GT(refused(mutations(small_safetensors(directory_)), use_safetensors), 100);
}

TEST_F(Corrupt, GgufCutShort) {
  const std::string text = small_gguf();
  EXPECT_EQ(refused(truncations(text), use_gguf), static_cast<int>(text.size()));
  EXPECT_EQ(refused({text}, use_gguf), 0);
}

TEST_F(Corrupt, GgufChanged) {
  EXPECT_GT(refused(mutations(small_gguf()), use_gguf), 100);
}

TEST_F(Corrupt, TorchFilesCutShort) {
  for (const char* name : {"wrapped.bin", "python2.bin"}) {
    const std::string text = small_torch(name);
    EXPECT_EQ(refused(truncations(text), use_torch), static_cast<int>(text.size()));
    EXPECT_EQ(refused({text}, use_torch), 0);
  }
}

TEST_F(Corrupt, TorchFilesChanged) {
  for (const char* name : {"wrapped.bin", "python2.bin"}) {
    EXPECT_GT(refused(mutations(small_torch(name)), use_torch), 100);
  }
}

TEST_F(Corrupt, NpyCutShort) {
  const std::string text = small_npy();
  EXPECT_EQ(refused(truncations(text), use_npy), static_cast<int>(text.size()));
  EXPECT_EQ(refused({text}, use_npy), 0);
}

TEST_F(Corrupt, NpyChanged) {
  EXPECT_GT(refused(mutations(small_npy()), use_npy), 100);
}

// Each file is named by its fault (tests/reference/make_corrupt.py).
TEST(CorruptFiles, AreRefused) {
  const std::pair<const char*, void (*)(const std::string&)> readers[] = {
      {"safetensors", use_safetensors}, {"gguf", use_gguf}, {"npy", use_npy}, {"torch", use_torch}};
  for (const auto& [folder, read] : readers) {
    const std::string directory = std::string(KINDRED_TEST_DATA) + "/corrupt/" + folder;
    for (const std::string& name : list_directory(directory)) {
      const std::string path = join_path(directory, name);
      EXPECT_THROW(read(path), Error) << path;
    }
  }
}

}  // namespace
}  // namespace kindred::io
