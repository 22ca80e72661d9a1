#include "io/torch_file.h"

#include <cstring>
#include <filesystem>

#include "io/expect_error.h"
#include "io/file.h"
#include "io/safetensors.h"
#include "io/temp_directory.h"

namespace kindred::io {
namespace {

using testing::ElementsAre;

// The files and the values are PyTorch's (tests/reference/make_torch_files.py).
std::string golden(const std::string& name) {
  return std::string(KINDRED_TEST_DATA) + "/golden/torch/" + name;
}

std::size_t expect_golden_values(const TorchFile& file) {
  const Safetensors expected = Safetensors::open(golden("tensors.safetensors"));
  for (const TensorView& tensor : file.tensors()) {
    const TensorView& wanted = expected.at(tensor.name);
    EXPECT_EQ(tensor.dtype, wanted.dtype) << tensor.name;
    EXPECT_EQ(tensor.shape, wanted.shape) << tensor.name;
    EXPECT_EQ(tensor.bytes, wanted.bytes) << tensor.name;
    EXPECT_FALSE(tensor.empty()) << tensor.name;
    if (tensor.bytes == wanted.bytes) {
      EXPECT_EQ(std::memcmp(tensor.data, wanted.data, wanted.bytes), 0) << tensor.name;
    }
  }
  return file.tensors().size();
}

const TensorView* find(const TorchFile& file, const std::string& name) {
  for (const TensorView& tensor : file.tensors()) {
    if (tensor.name == name) return &tensor;
  }
  return nullptr;
}

class TorchContainers : public testing::TestWithParam<const char*> {};

TEST_P(TorchContainers, HoldTheValuesThatPyTorchReads) {
  const TorchFile file = TorchFile::open(golden(GetParam()));
  const Safetensors expected = Safetensors::open(golden("tensors.safetensors"));
  const bool untyped = find(file, "u16") != nullptr;
  EXPECT_EQ(untyped, !std::string(GetParam()).starts_with("stream"));
  EXPECT_EQ(expect_golden_values(file), expected.tensors().size() - (untyped ? 0 : 1));
  EXPECT_EQ(find(file, "tied")->data, find(file, "f32")->data);
  EXPECT_EQ(find(file, "rows")->data, find(file, "f32")->data + 2 * 8 * sizeof(float));
  EXPECT_THAT(file.files(), ElementsAre(golden(GetParam())));
  EXPECT_EQ(file.unread().at("complex"), "ComplexFloat");
  EXPECT_EQ(file.unread().at("negated"), "a conjugate or negated view");
  EXPECT_EQ(file.unread().at("expanded"), "a view that repeats its elements");
  EXPECT_EQ(file.unread().contains("float8"), untyped);
}

INSTANTIATE_TEST_SUITE_P(Files, TorchContainers,
                         testing::Values("zip.bin", "stream.bin", "protocol4.bin", "stream4.bin"),
                         [](const auto& parameter) {
                           const std::string name = parameter.param;
                           return name.substr(0, name.find('.'));
                         });

TEST(TorchFile, ReadsParametersBesideOtherValues) {
  const TorchFile file = TorchFile::open(golden("parameters.bin"));
  EXPECT_EQ(expect_golden_values(file), 2U);
}

TEST(TorchFile, ReadsTheStateThatTrainingWraps) {
  const TorchFile file = TorchFile::open(golden("wrapped.bin"));
  EXPECT_EQ(expect_golden_values(file), 1U);
}

TEST(TorchFile, ReadsWhatPython2Wrote) {
  const TorchFile file = TorchFile::open(golden("python2.bin"));
  EXPECT_EQ(expect_golden_values(file), 3U);
}

TEST(TorchFile, ReadsShards) {
  const TorchFile file = TorchFile::open(golden("st-dense/pytorch_model.bin.index.json"));
  const Safetensors expected = Safetensors::open(std::string(KINDRED_TEST_DATA) +
                                                 "/golden/vectors/st-dense/model.safetensors");
  ASSERT_EQ(file.tensors().size(), expected.tensors().size());
  for (const TensorView& tensor : file.tensors()) {
    const TensorView& wanted = expected.at(tensor.name);
    ASSERT_EQ(tensor.shape, wanted.shape);
    EXPECT_EQ(std::memcmp(tensor.data, wanted.data, wanted.bytes), 0) << tensor.name;
  }
  EXPECT_EQ(file.files().size(), 2U);
}

TEST(TorchFile, ShardsMustHoldWhatTheIndexSays) {
  const TempDirectory directory;
  std::filesystem::copy(golden("wrapped.bin"), directory.file("a.bin"));
  const auto open = [&](const std::string& map) {
    return TorchFile::open(directory.write("i.json", R"({"weight_map": {)" + map + "}}"));
  };
  EXPECT_EQ(open(R"("f16": "a.bin")").tensors().size(), 1U);
  EXPECT_KINDRED_ERROR(open(R"("x": "a.bin")"), ErrorKind::corrupt, "tensor x is in a.bin");
  EXPECT_KINDRED_ERROR(open(R"("f16": "../a.bin")"), ErrorKind::corrupt, "beside it");
  std::filesystem::copy(golden("wrapped.bin"), directory.file("b.bin"));
  EXPECT_KINDRED_ERROR(open(R"("f16": "a.bin", "f16 ": "b.bin")"), ErrorKind::corrupt, "f16 ");
}

TEST(TorchFile, ViewsOutliveTheFile) {
  TensorView mapped;
  TensorView copied;
  std::shared_ptr<const void> storage;
  {
    const TorchFile file = TorchFile::open(golden("zip.bin"));
    mapped = *find(file, "f32");
    copied = *find(file, "transposed");
    storage = file.storage();
  }
  const std::vector<float> rows = mapped.to_floats();
  const std::vector<float> columns = copied.to_floats();
  for (std::size_t r = 0; r < 6; ++r) {
    for (std::size_t c = 0; c < 8; ++c) EXPECT_EQ(rows[8 * r + c], columns[6 * c + r]);
  }
}

// Python's pickles by hand.
std::string text(const std::string& value) {
  return std::string("X") + static_cast<char>(value.size()) + std::string(3, '\0') + value;
}

std::string integer(std::int32_t value) {
  std::string bytes(4, '\0');
  std::memcpy(bytes.data(), &value, 4);
  return "J" + bytes;
}

std::string stream(const std::string& object, const std::string& rest = "].") {
  return std::string("\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19.", 15) +
         "\x80\x02M\xE9\x03.\x80\x02}." + "\x80\x02" + object + ".\x80\x02" + rest;
}

/// A stream of one tensor "w" of float32 over a storage of `there` elements.
std::string one_tensor(const std::string& offset, const std::string& shape,
                       const std::string& strides, std::int32_t there = 4) {
  const std::string storage = "(" + text("storage") + "ctorch\nFloatStorage\n" + text("0") +
                              text("cpu") + integer(there) + "NtQ";
  std::string bytes(8 + static_cast<std::size_t>(there) * 4, '\1');
  const std::int64_t count = there;
  std::memcpy(bytes.data(), &count, 8);
  return stream("}" + text("w") + "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + offset +
                    shape + strides + "\x89}tRs",
                "]" + text("0") + "a." + bytes);
}

std::string tuple(std::initializer_list<std::int32_t> values) {
  std::string bytes = "(";
  for (const std::int32_t value : values) bytes += integer(value);
  return bytes + "t";
}

class TorchStream : public testing::Test {
 protected:
  TorchFile open(const std::string& bytes) {
    return TorchFile::open(directory_.write("pytorch_model.bin", bytes));
  }
  TempDirectory directory_;
};

TEST_F(TorchStream, ViewsMustLieInTheirStorage) {
  EXPECT_EQ(open(one_tensor(integer(0), tuple({2, 2}), tuple({2, 1}))).tensors().size(), 1U);
  EXPECT_EQ(open(one_tensor(integer(3), tuple({1}), tuple({1}))).tensors().size(), 1U);
  EXPECT_EQ(open(one_tensor(integer(4), tuple({0, 9}), tuple({9, 1}))).tensors().size(), 1U);
  const struct {
    std::int32_t offset;
    std::initializer_list<std::int32_t> shape, strides;
  } cases[] = {{1, {2, 2}, {2, 1}},
               {4, {1}, {1}},
               {5, {0}, {1}},
               {0, {2, 2}, {3, 1}},
               {0, {5}, {1}},
               {-1, {1}, {1}},
               {0, {-1}, {1}},
               {0, {2}, {-1}},
               {0, {2, 2}, {1}},
               {0, {2147483647, 2147483647, 2147483647}, {0, 0, 0}},
               {0, {2147483647, 2147483647}, {2147483647, 2147483647}}};
  for (const auto& item : cases) {
    const std::string bytes =
        one_tensor(integer(item.offset), tuple(item.shape), tuple(item.strides));
    EXPECT_KINDRED_ERROR(open(bytes), ErrorKind::corrupt, "tensor w");
  }
}

TEST_F(TorchStream, ASmallFileCannotAskForMuchMemory) {
  const TorchFile file = open(one_tensor(integer(0), tuple({1 << 20, 1 << 20}), tuple({0, 0})));
  EXPECT_TRUE(file.tensors().empty());
  EXPECT_EQ(file.unread().at("w"), "a view that repeats its elements");
}

TEST_F(TorchStream, RunsNothingAndNamesWhatItIsAskedFor) {
  EXPECT_KINDRED_ERROR(open(stream("cos\nsystem\n(" + text("true") + "tR")), ErrorKind::unsupported,
                       "os.system");
  EXPECT_KINDRED_ERROR(open(stream("cnumpy.core.multiarray\n_reconstruct\n")),
                       ErrorKind::unsupported, "numpy.core.multiarray._reconstruct");
  EXPECT_KINDRED_ERROR(open(stream("ctorch\nload\n")), ErrorKind::unsupported, "torch.load");
  EXPECT_KINDRED_ERROR(open(stream("ctorch\nEvilStorage\n")), ErrorKind::unsupported,
                       "torch.EvilStorage");
  EXPECT_KINDRED_ERROR(open(stream("cevil\nFloatStorage\n")), ErrorKind::unsupported,
                       "evil.FloatStorage");
  EXPECT_KINDRED_ERROR(open(stream("c__builtin__\x1B[2J\neval\n")), ErrorKind::unsupported,
                       "__builtin__?[2J.eval");
}

TEST_F(TorchStream, OtherFilesAreNamed) {
  EXPECT_KINDRED_ERROR(open(""), ErrorKind::corrupt, "no file of torch.save");
  EXPECT_KINDRED_ERROR(open("<html>"), ErrorKind::corrupt, "no file of torch.save");
  EXPECT_KINDRED_ERROR(open("\x80\x04K\x01."), ErrorKind::unsupported, "torch.save did not write");
  EXPECT_KINDRED_ERROR(open(std::string(257, '\0') + "ustar"), ErrorKind::unsupported,
                       "PyTorch 0.1");
  EXPECT_KINDRED_ERROR(open(stream("K\x01")), ErrorKind::unsupported, "no state_dict");
  std::string big_endian = stream("}");
  const std::string machine = "}" + text("little_endian") + "\x89s.";
  big_endian.replace(big_endian.find("}."), 2, machine);
  EXPECT_KINDRED_ERROR(open(big_endian), ErrorKind::unsupported, "big-endian");
}

}  // namespace
}  // namespace kindred::io
