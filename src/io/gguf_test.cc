#include "io/gguf.h"

#include "io/expect_error.h"
#include "io/gguf_builder.h"
#include "io/temp_directory.h"

namespace kindred::io {
namespace {

using Shape = std::vector<std::size_t>;
using testing::ElementsAre;
using Type = GgufValueType;

constexpr std::uint32_t kF32 = 0;
constexpr std::uint32_t kQ8_0 = 8;

class GgufFile : public testing::Test {
 protected:
  Gguf open(const std::string& text) { return Gguf::open(directory_.write("m.gguf", text)); }
  Gguf open(const GgufBuilder& builder) { return open(builder.text()); }
  TempDirectory directory_;
};

TEST_F(GgufFile, ReadsTheReferencesFile) {
  const Gguf file = Gguf::open(std::string(KINDRED_TEST_DATA) + "/golden/gguf/quants.gguf");
  EXPECT_EQ(file.version(), 3U);
  EXPECT_EQ(file.string("general.architecture"), "test");
  EXPECT_EQ(file.integer("test.uint8"), 200);
  EXPECT_EQ(file.integer("test.int8"), -5);
  EXPECT_EQ(file.integer("test.uint16"), 60000);
  EXPECT_EQ(file.integer("test.int16"), -30000);
  EXPECT_EQ(file.size("test.uint32"), 4'000'000'000U);
  EXPECT_EQ(file.integer("test.int32"), -2'000'000'000);
  EXPECT_EQ(file.integer("test.int64"), -(std::int64_t{1} << 62));
  EXPECT_EQ(file.number("test.float32"), 0.25);
  EXPECT_EQ(file.number("test.float64"), 1e-300);
  EXPECT_EQ(file.number("test.int8"), -5);
  EXPECT_TRUE(file.boolean("test.bool"));
  EXPECT_EQ(file.string("test.string"), "naïve 苹果");
  EXPECT_THAT(file.strings("test.strings"), ElementsAre("", "a", "▁the", "苹果"));
  EXPECT_THAT(file.integers("test.integers"), ElementsAre(3, -1, 7));
  EXPECT_THAT(file.numbers("test.floats"), ElementsAre(0.5F, -1.5F));
  EXPECT_THAT(file.numbers("test.integers"), ElementsAre(3.0F, -1.0F, 7.0F));
  EXPECT_EQ(file.array_size("test.strings"), 4U);
  EXPECT_EQ(file.array_size("test.string"), std::nullopt);
  EXPECT_EQ(file.keys().front(), "general.architecture");
  EXPECT_EQ(file.tensor("blocks.q6_k").shape, (Shape{3, 512}));
  EXPECT_EQ(file.tensor("plain.f32").shape, (Shape{2, 5}));
}

TEST_F(GgufFile, GettersNameTheKey) {
  const Gguf file = Gguf::open(std::string(KINDRED_TEST_DATA) + "/golden/gguf/quants.gguf");
  EXPECT_KINDRED_ERROR(file.string("no.key"), ErrorKind::not_found, "has no key no.key");
  EXPECT_KINDRED_ERROR(file.strings("no.key"), ErrorKind::not_found, "no.key");
  EXPECT_EQ(file.find_string("no.key"), std::nullopt);
  EXPECT_EQ(file.find_size("no.key"), std::nullopt);
  EXPECT_EQ(file.find_integer("test.int8"), -5);
  EXPECT_EQ(file.find_number("test.float32"), 0.25);
  EXPECT_EQ(file.find_boolean("test.bool"), true);
  EXPECT_KINDRED_ERROR(file.string("test.int8"), ErrorKind::corrupt,
                       "key test.int8 is a value of type int8, where a string is needed");
  EXPECT_KINDRED_ERROR(file.integer("test.float32"), ErrorKind::corrupt, "an integer");
  EXPECT_KINDRED_ERROR(file.integer("test.strings"), ErrorKind::corrupt, "an array of type string");
  EXPECT_KINDRED_ERROR(file.integer("test.uint64"), ErrorKind::corrupt, "below 2^63");
  EXPECT_KINDRED_ERROR(file.size("test.int8"), ErrorKind::corrupt, "not negative");
  EXPECT_KINDRED_ERROR(file.boolean("test.uint8"), ErrorKind::corrupt, "a boolean");
  EXPECT_KINDRED_ERROR(file.number("test.bool"), ErrorKind::corrupt, "type bool");
  EXPECT_KINDRED_ERROR(file.strings("test.integers"), ErrorKind::corrupt, "an array of strings");
  EXPECT_KINDRED_ERROR(file.integers("test.floats"), ErrorKind::corrupt, "an integer");
  EXPECT_KINDRED_ERROR(file.numbers("test.strings"), ErrorKind::corrupt, "an array of numbers");
  EXPECT_KINDRED_ERROR(file.tensor("none"), ErrorKind::not_found, "has no tensor none");
}

TEST_F(GgufFile, UnreadTypesAreRefusedOnlyWhenAskedFor) {
  const Gguf file = Gguf::open(std::string(KINDRED_TEST_DATA) + "/golden/gguf/quants.gguf");
  EXPECT_TRUE(file.has_tensor("unread.iq2_xxs"));
  EXPECT_KINDRED_ERROR(file.tensor("unread.iq2_xxs"), ErrorKind::unsupported, "stored as IQ2_XXS");
  const Gguf newer = open(GgufBuilder(1, 0).tensor("a", {32}, 77, 0).data(32));
  EXPECT_EQ(newer.tensors()[0].type, "type 77");
  EXPECT_KINDRED_ERROR(newer.tensor("a"), ErrorKind::unsupported, "stored as type 77");
}

TEST_F(GgufFile, RefusesOtherVersions) {
  EXPECT_NO_THROW(open(GgufBuilder(0, 0, 2)));
  EXPECT_KINDRED_ERROR(open(GgufBuilder(0, 0, 1)), ErrorKind::unsupported, "GGUF version 1");
  EXPECT_KINDRED_ERROR(open(GgufBuilder(0, 0, 4)), ErrorKind::unsupported, "GGUF version 4");
  EXPECT_KINDRED_ERROR(open(GgufBuilder(0, 0, 0x03000000)), ErrorKind::unsupported, "big-endian");
  EXPECT_KINDRED_ERROR(open("GGML and so on"), ErrorKind::corrupt, "not a GGUF file");
  EXPECT_KINDRED_ERROR(open(""), ErrorKind::corrupt, "not a GGUF file");
}

TEST_F(GgufFile, CountsThatLieAllocateNothing) {
  const std::uint64_t most = ~std::uint64_t{0};
  EXPECT_KINDRED_ERROR(open(GgufBuilder(0, most)), ErrorKind::corrupt, "keys do not fit");
  EXPECT_KINDRED_ERROR(open(GgufBuilder(most, 0)), ErrorKind::corrupt, "tensors do not fit");
  EXPECT_KINDRED_ERROR(open(GgufBuilder(0, 1).number(most).data(64)), ErrorKind::corrupt,
                       "bytes are needed");
  EXPECT_KINDRED_ERROR(
      open(GgufBuilder(0, 1).key("k", Type::array).array(Type::uint64, most / 8 + 2).data(64)),
      ErrorKind::corrupt, "values of type uint64 at offset");
  EXPECT_KINDRED_ERROR(
      open(GgufBuilder(0, 1).key("k", Type::array).array(Type::string, most).data(64)),
      ErrorKind::corrupt, "bytes are needed");
  EXPECT_KINDRED_ERROR(open(GgufBuilder(0, 1).key("k", static_cast<Type>(13)).data(64)),
                       ErrorKind::corrupt, "value type 13");
}

TEST_F(GgufFile, NestedArraysAreWalkedToADepth) {
  GgufBuilder shallow(0, 2);
  shallow.key("k", Type::array).array(Type::array, 2);
  shallow.array(Type::uint8, 1).number<std::uint8_t>(1).array(Type::uint8, 0);
  shallow.key("after", Type::uint8).number<std::uint8_t>(9);
  const Gguf file = open(shallow);
  EXPECT_EQ(file.integer("after"), 9);
  EXPECT_EQ(file.array_size("k"), 2U);
  EXPECT_KINDRED_ERROR(file.integers("k"), ErrorKind::corrupt, "an array of type array");
  GgufBuilder deep(0, 1);
  deep.key("k", Type::array);
  for (int i = 0; i < 100; ++i) deep.array(Type::array, 1);
  EXPECT_KINDRED_ERROR(open(deep), ErrorKind::corrupt, "nested more than");
}

TEST_F(GgufFile, TensorsAreTurnedRowMajor) {
  const Gguf file = open(GgufBuilder(2, 0)
                             .tensor("a", {64, 3}, kQ8_0, 0)
                             .tensor("b", {2, 3, 4}, kF32, 224)
                             .data(224 + 96));
  EXPECT_EQ(file.tensor("a").shape, (Shape{3, 64}));
  EXPECT_EQ(file.tensor("a").bytes, 204U);
  EXPECT_EQ(file.tensor("b").shape, (Shape{4, 3, 2}));
  EXPECT_EQ(file.tensor("b").data - file.tensor("a").data, 224);
}

TEST_F(GgufFile, RefusesContradictoryTensors) {
  const auto refused = [&](const GgufBuilder& builder, const char* why) {
    EXPECT_KINDRED_ERROR(open(builder), ErrorKind::corrupt, why);
  };
  const std::uint64_t huge = std::uint64_t{1} << 62;
  refused(GgufBuilder(1, 0).tensor("a", {8}, kF32, 0).data(31), "takes 32 bytes at 0 of 31");
  refused(GgufBuilder(1, 0).tensor("a", {8}, kF32, 64).data(32), "takes 32 bytes at 64");
  refused(GgufBuilder(1, 0).tensor("a", {8}, kF32, ~std::uint64_t{31}).data(32), "takes 32 bytes");
  refused(GgufBuilder(1, 0).tensor("a", {8}, kF32, 4).data(64), "not aligned");
  refused(GgufBuilder(1, 0).tensor("a", {huge, 4}, kF32, 0).data(32), "overflows");
  refused(GgufBuilder(1, 0).tensor("a", {huge}, kF32, 0).data(32), "overflows");
  refused(GgufBuilder(1, 0).tensor("a", {33}, kQ8_0, 0).data(64), "not whole blocks of 32");
  refused(GgufBuilder(1, 0).tensor("a", {}, kQ8_0, 0).data(64), "not whole blocks");
  refused(GgufBuilder(1, 0).tensor("a", {1, 1, 1, 1, 1}, kF32, 0).data(64), "5 dimensions");
  refused(GgufBuilder(2, 0).tensor("a", {16}, kF32, 0).tensor("b", {8}, kF32, 32).data(64),
          "overlaps");
  refused(GgufBuilder(2, 0).tensor("a", {8}, kF32, 0).tensor("a", {8}, kF32, 32).data(64),
          "tensor a appears twice");
  GgufBuilder twice(0, 2);
  for (int i = 0; i < 2; ++i) twice.key("k", Type::uint8).number<std::uint8_t>(1);
  refused(twice, "key k appears twice");
}

TEST_F(GgufFile, AlignmentIsReadAndChecked) {
  const auto aligned = [](std::uint32_t alignment) {
    return GgufBuilder(1, 1)
        .key("general.alignment", Type::uint32)
        .number(alignment)
        .tensor("a", {4}, kF32, 0)
        .data(16, alignment == 0 ? 1 : alignment);
  };
  EXPECT_NO_THROW(open(aligned(8)));
  EXPECT_NO_THROW(open(aligned(4096)));
  EXPECT_KINDRED_ERROR(open(aligned(0)), ErrorKind::corrupt, "general.alignment is 0");
  EXPECT_KINDRED_ERROR(open(aligned(24)), ErrorKind::corrupt, "general.alignment is 24");
}

}  // namespace
}  // namespace kindred::io
