#include "io/safetensors.h"

#include <cstring>

#include "io/expect_error.h"
#include "io/temp_directory.h"

namespace kindred::io {
namespace {

using Shape = std::vector<std::size_t>;

std::string with_length(const std::string& json, const std::string& data) {
  const std::uint64_t length = json.size();
  std::string text(8, '\0');
  std::memcpy(text.data(), &length, 8);
  return text + json + data;
}

class SafetensorsFile : public testing::Test {
 protected:
  Safetensors open(const std::string& json, std::size_t data_bytes) {
    return Safetensors::open(
        directory_.write("m.safetensors", with_length(json, std::string(data_bytes, '\1'))));
  }
  TempDirectory directory_;
};

TensorView view(const std::string& name, DType type, Shape shape,
                std::span<const std::byte> bytes) {
  return {.name = name,
          .dtype = type,
          .shape = std::move(shape),
          .data = bytes.data(),
          .bytes = bytes.size()};
}

TEST_F(SafetensorsFile, ReadsTheReferencesFile) {
  const Safetensors file =
      Safetensors::open(std::string(KINDRED_TEST_DATA) + "/golden/gguf/quants.safetensors");
  EXPECT_EQ(file.metadata().at("made_by"), "gguf");
  EXPECT_EQ(file.at("blocks.q4_k").shape, (Shape{3, 512}));
  EXPECT_EQ(file.tensors().size(), 15U);
  EXPECT_EQ(file.find("none"), nullptr);
  EXPECT_KINDRED_ERROR(file.at("none"), ErrorKind::not_found, "has no tensor none; it has 15");
}

TEST_F(SafetensorsFile, WritesAndReads) {
  const std::vector<float> floats{1, 2, 3, 4, 5, 6};
  const std::vector<std::int8_t> bytes{-1, 2, -3};
  const std::vector<TensorView> tensors{
      view("a \"quoted\" é", DType::i8, {3}, std::as_bytes(std::span(bytes))),
      view("b", DType::f32, {2, 3}, std::as_bytes(std::span(floats))),
      view("empty", DType::f16, {0, 3}, {}),
      view("scalar", DType::f32, {}, std::as_bytes(std::span(floats.data(), 1)))};
  write_safetensors(directory_.file("w.safetensors"), tensors, {{"key", "value\n"}});
  const Safetensors file = Safetensors::open(directory_.file("w.safetensors"));
  EXPECT_EQ(file.metadata(), (std::map<std::string, std::string>{{"key", "value\n"}}));
  EXPECT_EQ(file.at("b").to_floats(), floats);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(file.at("b").data) % 8, 0U);  // wide types come first
  EXPECT_EQ(std::memcmp(file.at("a \"quoted\" é").data, bytes.data(), 3), 0);
  EXPECT_EQ(file.at("empty").shape, (Shape{0, 3}));
  EXPECT_FALSE(file.at("empty").empty());
  EXPECT_EQ(file.at("scalar").to_floats(), (std::vector<float>{1}));
  EXPECT_EQ(file.files(), (std::vector<std::string>{directory_.file("w.safetensors")}));
}

TEST_F(SafetensorsFile, ViewsLiveAsLongAsTheStorage) {
  const std::vector<float> floats{1, 2, 3};
  const TensorView tensor = view("a", DType::f32, {3}, std::as_bytes(std::span(floats)));
  write_safetensors(directory_.file("w.safetensors"), std::span(&tensor, 1));
  TensorView kept;
  std::shared_ptr<const void> storage;
  {
    Safetensors file = Safetensors::open(directory_.file("w.safetensors"));
    const Safetensors moved = std::move(file);
    kept = moved.at("a");
    storage = moved.storage();
  }
  kept.release_pages();
  EXPECT_EQ(kept.to_floats(), floats);
}

TEST_F(SafetensorsFile, WriterRefuses) {
  const std::vector<std::byte> bytes(18);
  const TensorView block = view("q", DType::q4_0, {32}, bytes);
  const TensorView plain = view("a", DType::u8, {18}, bytes);
  const TensorView bad_name = view("\xFF", DType::u8, {18}, bytes);
  const TensorView wrong_size = view("a", DType::u8, {17}, bytes);
  EXPECT_KINDRED_ERROR(safetensors_header(std::span(&block, 1), {}), ErrorKind::unsupported,
                       "Q4_0");
  EXPECT_KINDRED_ERROR(safetensors_header(std::vector{plain, plain}, {}), ErrorKind::bad_input,
                       "the name a");
  EXPECT_KINDRED_ERROR(safetensors_header(std::span(&bad_name, 1), {}), ErrorKind::bad_input,
                       "not UTF-8");
  EXPECT_KINDRED_ERROR(safetensors_header(std::span(&wrong_size, 1), {}), ErrorKind::internal,
                       "shape × type");
}

TEST_F(SafetensorsFile, TakesEveryPlainType) {
  for (const auto& [type, bytes] : {std::pair("BOOL", 1),
                                    {"U8", 1},
                                    {"I8", 1},
                                    {"U16", 2},
                                    {"I16", 2},
                                    {"F16", 2},
                                    {"BF16", 2},
                                    {"U32", 4},
                                    {"I32", 4},
                                    {"F32", 4},
                                    {"U64", 8},
                                    {"I64", 8},
                                    {"F64", 8}}) {
    const Safetensors file =
        open(fmt::format(R"({{"a":{{"dtype":"{}","shape":[3],"data_offsets":[0,{}]}}}})", type,
                         3 * bytes),
             static_cast<std::size_t>(3 * bytes));
    EXPECT_EQ(to_string(file.at("a").dtype), type);
  }
}

TEST_F(SafetensorsFile, OtherTypesAreRefusedOnlyWhenAskedFor) {
  const Safetensors file = open(R"({"a":{"dtype":"F8_E4M3","shape":[3],"data_offsets":[0,3]},)"
                                R"("b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}})",
                                5);
  EXPECT_EQ(file.tensors().size(), 1U);
  EXPECT_EQ(file.at("b").bytes, 2U);
  EXPECT_EQ(file.find("a"), nullptr);
  EXPECT_EQ(file.unread().at("a"), "F8_E4M3");
  EXPECT_KINDRED_ERROR(file.at("a"), ErrorKind::unsupported,
                       "tensor a has elements of type F8_E4M3");
}

TEST_F(SafetensorsFile, MayHoldNothing) {
  EXPECT_TRUE(open(R"({"__metadata__":{"format":"pt"}})", 0).tensors().empty());
}

TEST_F(SafetensorsFile, RefusesContradictions) {
  const auto tensor = [](const char* name, const char* shape, const char* offsets) {
    return fmt::format(R"("{}":{{"dtype":"F32","shape":{},"data_offsets":{}}})", name, shape,
                       offsets);
  };
  const auto refused = [&](const std::string& json, std::size_t data, const char* why) {
    EXPECT_KINDRED_ERROR(open("{" + json + "}", data), ErrorKind::corrupt, why);
  };
  EXPECT_NO_THROW(open("{" + tensor("a", "[2]", "[0,8]") + "}", 8));
  refused(tensor("a", "[2]", "[0,8]"), 7, "outside the file");
  refused(tensor("a", "[2]", "[8,0]"), 8, "outside the file");
  refused(tensor("a", "[2]", "[0]"), 8, "outside the file");
  refused(tensor("a", "[2]", "[0,-8]"), 8, "not a size");
  refused(tensor("a", "[2]", "[0,8]"), 9, "1 bytes follow the last tensor");
  refused(tensor("a", "[3]", "[0,8]"), 8, "of shape [3] and type F32 does not take 8 bytes");
  refused(tensor("a", "[4611686018427387906]", "[0,8]"), 8, "does not take");
  refused(tensor("a", "[2]", "[0,8]") + "," + tensor("b", "[2]", "[4,12]"), 12, "overlaps");
  refused(tensor("a", "[2]", "[0,8]") + "," + tensor("b", "[1]", "[12,16]"), 16, "leaves a gap");
  refused(tensor("a", "[1]", "[0,4]") + "," + tensor("a", "[1]", "[4,8]"), 8, "appears twice");
  refused(R"("a":{"shape":[1],"data_offsets":[0,4]})", 4, "no dtype");
  refused(R"("a":{"dtype":"F32","data_offsets":[0,4]})", 4, "no shape");
  refused(R"("a":{"dtype":"F32","shape":[1]})", 4, "no data_offsets");
  refused(R"("a":5)", 0, "no dtype");
  refused(R"("__metadata__":{"a":1})", 0, "not a string");
  refused(R"("__metadata__":[])", 0, "not an object");
  refused(R"("__metadata__":{},"__metadata__":{})", 0, "twice");
  refused("", 4, "4 bytes follow");
  EXPECT_KINDRED_ERROR(open("[]", 0), ErrorKind::corrupt, "not a JSON object");
  EXPECT_KINDRED_ERROR(open("{", 0), ErrorKind::corrupt, "not JSON");
}

TEST_F(SafetensorsFile, RefusesLyingHeaderLengths) {
  const auto open_text = [&](const std::string& text) {
    return Safetensors::open(directory_.write("m.safetensors", text));
  };
  EXPECT_KINDRED_ERROR(open_text(""), ErrorKind::corrupt, "0 bytes are no safetensors file");
  EXPECT_KINDRED_ERROR(open_text(std::string("\x40\0\0\0\0\0\0\0{}", 10)), ErrorKind::corrupt,
                       "claims 64 bytes of a file of 10");
  EXPECT_KINDRED_ERROR(open_text(std::string(8, '\xFF') + "{}"), ErrorKind::corrupt,
                       "more than the 100000000 allowed");
}

TEST_F(SafetensorsFile, Sharded) {
  const std::vector<float> floats{1, 2};
  const auto bytes = std::as_bytes(std::span(floats));
  const TensorView a = view("a", DType::f32, {2}, bytes);
  const TensorView b = view("b", DType::f32, {2}, bytes);
  write_safetensors(directory_.file("m-1.safetensors"), std::span(&a, 1), {{"format", "pt"}});
  write_safetensors(directory_.file("m-2.safetensors"), std::span(&b, 1));
  const auto open_index = [&](const std::string& map) {
    return Safetensors::open(
        directory_.write("model.safetensors.index.json", R"({"weight_map":)" + map + "}"));
  };
  const Safetensors file = open_index(R"({"b":"m-2.safetensors","a":"m-1.safetensors"})");
  EXPECT_EQ(file.at("b").to_floats(), floats);
  EXPECT_EQ(file.tensors().size(), 2U);
  EXPECT_EQ(file.metadata().at("format"), "pt");
  EXPECT_EQ(file.files().size(), 2U);
  EXPECT_KINDRED_ERROR(open_index(R"({"b":"m-1.safetensors"})"), ErrorKind::corrupt,
                       "tensor b is in m-1.safetensors");
  EXPECT_KINDRED_ERROR(open_index(R"({"a":"m-3.safetensors"})"), ErrorKind::not_found, "m-3");
  for (const char* path : {"../m-1.safetensors", "/etc/passwd", "..", "", "a/b", "a\\\\b"}) {
    EXPECT_KINDRED_ERROR(open_index(fmt::format(R"({{"a":"{}"}})", path)), ErrorKind::corrupt,
                         "not the name of a file beside it");
  }
  EXPECT_KINDRED_ERROR(open_index(R"({"a":3})"), ErrorKind::corrupt, "not the name");
  EXPECT_KINDRED_ERROR(open_index("[]"), ErrorKind::corrupt, "no weight_map");
  EXPECT_KINDRED_ERROR(open_index("{"), ErrorKind::corrupt, "not JSON");
}

TEST_F(SafetensorsFile, ATensorInTwoShardsIsRefused) {
  const std::vector<float> floats{1, 2};
  const TensorView a = view("a", DType::f32, {2}, std::as_bytes(std::span(floats)));
  write_safetensors(directory_.file("1.safetensors"), std::span(&a, 1));
  write_safetensors(directory_.file("2.safetensors"), std::span(&a, 1));
  const std::string index =
      directory_.write("i.json", R"({"weight_map":{"a":"1.safetensors","a":"2.safetensors"}})");
  EXPECT_KINDRED_ERROR(Safetensors::open(index), ErrorKind::corrupt, "appears twice");
}

}  // namespace
}  // namespace kindred::io
