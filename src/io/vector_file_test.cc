#include <cmath>
#include <cstring>
#include <limits>

#include "base/random.h"
#include "io/expect_error.h"
#include "io/half.h"
#include "io/npy.h"
#include "io/safetensors.h"
#include "io/temp_directory.h"
#include "io/vector_reader.h"
#include "io/vector_writer.h"

namespace kindred::io {
namespace {

using testing::ElementsAre;

std::vector<float> random_floats(std::size_t count) {
  Random random(7);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

std::vector<float> read_all(const VectorReader& reader) {
  std::vector<float> values(reader.rows() * reader.dimensions());
  reader.read_rows(0, reader.rows(), values.data());
  return values;
}

std::span<const std::byte> bytes_of(const auto& values) {
  return std::as_bytes(std::span(values));
}

class VectorFile : public testing::TestWithParam<const char*> {
 protected:
  std::string path() const { return directory_.file(std::string("v") + GetParam()); }
  bool packs() const { return std::string_view(GetParam()) != ".jsonl"; }
  bool is_fvecs() const { return std::string_view(GetParam()) == ".fvecs"; }
  TempDirectory directory_;
};

TEST_P(VectorFile, FloatsComeBackExactly) {
  std::vector<float> values = random_floats(7 * 5);
  values[3] = 1e-42F;
  values[4] = std::numeric_limits<float>::max();
  auto writer = VectorWriter::create(path(), {.dimensions = 5});
  writer->append(bytes_of(values).first(3 * 20));
  writer->append({});
  writer->append(bytes_of(values).subspan(3 * 20));
  EXPECT_EQ(writer->rows(), 7U);
  EXPECT_FALSE(is_file(path()));
  writer->finish();
  const VectorReader reader = VectorReader::open(path());
  EXPECT_EQ(reader.rows(), 7U);
  EXPECT_EQ(reader.dimensions(), 5U);
  EXPECT_EQ(reader.type(), VectorType::float32);
  EXPECT_EQ(read_all(reader), values);
  float row[5];
  reader.read_rows(6, 1, row);
  EXPECT_EQ(row[4], values[34]);
  EXPECT_KINDRED_ERROR(reader.read_rows(6, 2, row), ErrorKind::internal, "out of range");
}

TEST_P(VectorFile, Halves) {
  if (is_fvecs()) GTEST_SKIP() << "holds float32 alone";
  const std::vector<float> values = random_floats(12);
  std::vector<std::uint16_t> halves(12);
  floats_to_halves(values.data(), 12, halves.data());
  std::vector<float> expected(12);
  halves_to_floats(halves.data(), 12, expected.data());
  auto writer = VectorWriter::create(path(), {.dimensions = 4, .type = VectorType::float16});
  writer->append(bytes_of(halves));
  writer->finish();
  const VectorReader reader = VectorReader::open(path());
  EXPECT_EQ(reader.type(), packs() ? VectorType::float16 : VectorType::float32);
  EXPECT_EQ(read_all(reader), expected);
}

TEST_P(VectorFile, Integers) {
  if (is_fvecs()) GTEST_SKIP() << "holds float32 alone";
  const std::vector<std::int8_t> values{-128, -1, 0, 127};
  auto writer = VectorWriter::create(path(), {.dimensions = 2, .type = VectorType::int8});
  writer->append(bytes_of(values));
  writer->finish();
  EXPECT_EQ(read_all(VectorReader::open(path())), (std::vector<float>{-128, -1, 0, 127}));
  writer = VectorWriter::create(path(), {.dimensions = 2, .type = VectorType::uint8});
  writer->append(bytes_of(values));
  writer->finish();
  EXPECT_EQ(read_all(VectorReader::open(path())), (std::vector<float>{128, 255, 0, 127}));
}

TEST_P(VectorFile, NoRows) {
  if (is_fvecs()) GTEST_SKIP() << "an empty file does not say how long its rows are";
  VectorWriter::create(path(), {.dimensions = 3})->finish();
  const VectorReader reader = VectorReader::open(path());
  EXPECT_EQ(reader.rows(), 0U);
  EXPECT_EQ(reader.dimensions(), packs() ? 3U : 0U);
}

TEST_P(VectorFile, ResumesAfterTheLastSureRow) {
  const std::vector<float> values = random_floats(100 * 3);
  const VectorWriterOptions options{.dimensions = 3, .resume_key = "model a"};
  {
    auto writer = VectorWriter::create(path(), options);
    EXPECT_EQ(writer->rows(), 0U);
    writer->append(bytes_of(values).first(40 * 12));
    writer->flush();
    writer->append(bytes_of(values).subspan(40 * 12, 10 * 12));
  }
  EXPECT_FALSE(is_file(path()));
  // As after a loss of power: what was noted last did not reach the disk whole, and zeros follow.
  const std::string partial = path() + ".partial";
  const std::string whole = read_text_file(partial);
  write_text_file(partial, whole.substr(0, whole.size() - 5) + std::string(1000, '\0'));
  auto writer = VectorWriter::create(path(), options);
  EXPECT_EQ(writer->rows(), 40U);
  writer->append(bytes_of(values).subspan(40 * 12));
  writer->finish();
  EXPECT_EQ(read_all(VectorReader::open(path())), values);
  EXPECT_THAT(list_directory(directory_.path()), ElementsAre(std::string("v") + GetParam()));
  // Bit for bit what one run writes.
  const std::string resumed = read_text_file(path());
  writer = VectorWriter::create(path(), {.dimensions = 3});
  writer->append(bytes_of(values));
  writer->finish();
  EXPECT_TRUE(read_text_file(path()) == resumed);
}

TEST_P(VectorFile, OtherWorkStartsOver) {
  const std::vector<float> values = random_floats(6);
  const auto begin = [&](const std::string& key, std::size_t dimensions) {
    auto writer = VectorWriter::create(path(), {.dimensions = dimensions, .resume_key = key});
    const std::uint64_t rows = writer->rows();
    writer->append(bytes_of(values));
    return rows;
  };
  EXPECT_EQ(begin("model a", 3), 0U);
  EXPECT_EQ(begin("model a", 3), 2U);
  EXPECT_EQ(begin("model b", 3), 0U);
  EXPECT_EQ(begin("model b", 2), 0U);
  EXPECT_EQ(begin("model b", 2), 3U);
}

INSTANTIATE_TEST_SUITE_P(Formats, VectorFile,
                         testing::Values(".npy", ".safetensors", ".jsonl", ".fvecs"),
                         [](const auto& parameter) { return std::string(parameter.param + 1); });

TEST(VectorFiles, PackedBits) {
  const TempDirectory directory;
  const std::string path = directory.file("v.safetensors");
  const std::vector<std::uint8_t> bits{0b10100000, 0b01000000, 0b00000001, 0b11000000};
  auto writer = VectorWriter::create(path, {.dimensions = 10, .type = VectorType::ubinary});
  EXPECT_EQ(writer->row_bytes(), 2U);
  writer->append(bytes_of(bits));
  writer->finish();
  VectorReader reader = VectorReader::open(path);
  EXPECT_EQ(reader.dimensions(), 10U);
  EXPECT_EQ(reader.tensor().columns(), 2U);
  const std::vector<float> expected{1,  -1, 1,  -1, -1, -1, -1, -1, -1, 1,
                                    -1, -1, -1, -1, -1, -1, -1, 1,  1,  1};
  EXPECT_EQ(read_all(reader), expected);
  // binary: the same bytes less 128.
  std::vector<std::int8_t> shifted;
  for (const std::uint8_t byte : bits) shifted.push_back(static_cast<std::int8_t>(byte - 128));
  writer = VectorWriter::create(path, {.dimensions = 10, .type = VectorType::binary});
  writer->append(bytes_of(shifted));
  writer->finish();
  reader = VectorReader::open(path);
  EXPECT_EQ(reader.type(), VectorType::binary);
  EXPECT_EQ(read_all(reader), expected);
}

TEST(VectorFiles, SafetensorsKeepMetadata) {
  const TempDirectory directory;
  const std::string path = directory.file("v.safetensors");
  const std::vector<float> values{1, 2};
  auto writer = VectorWriter::create(path, {.dimensions = 2, .metadata = {{"fingerprint", "abc"}}});
  writer->append(bytes_of(values));
  writer->finish();
  const Safetensors file = Safetensors::open(path);
  EXPECT_EQ(file.metadata().at("fingerprint"), "abc");
  EXPECT_EQ(file.metadata().at("vector_type"), "float32");
  EXPECT_EQ(file.at("embeddings").shape, (std::vector<std::size_t>{1, 2}));
  EXPECT_EQ(VectorReader::open(path).metadata("fingerprint"), "abc");
  EXPECT_EQ(VectorReader::open(path).metadata("none"), "");
}

TEST(VectorFiles, JsonlLines) {
  const TempDirectory directory;
  const std::vector<float> values{0.1F, -2, 1e-8F, 3};
  auto writer = VectorWriter::create(directory.file("v.jsonl"), {.dimensions = 2});
  writer->append(bytes_of(values));
  writer->finish();
  EXPECT_EQ(read_text_file(directory.file("v.jsonl")),
            "{\"index\":0,\"embedding\":[0.1,-2]}\n{\"index\":1,\"embedding\":[1e-08,3]}\n");
  writer = VectorWriter::create(directory.file("v.jsonl"), {.dimensions = 2});
  const std::vector<float> bad{1, 2, 3, std::nanf("")};
  EXPECT_KINDRED_ERROR(writer->append(bytes_of(bad)), ErrorKind::bad_input, "row 1");
}

TEST(VectorFiles, FvecsRows) {
  const TempDirectory directory;
  const std::string path = directory.file("v.fvecs");
  const std::vector<float> rows{1, 2, 3, 4, 5, 6};
  VectorWriterOptions options;
  options.dimensions = 3;
  const auto writer = VectorWriter::create(path, options);
  writer->append(std::as_bytes(std::span(rows)));
  writer->finish();
  const std::string bytes = read_text_file(path);
  ASSERT_EQ(bytes.size(), 2 * (4 + 12U));
  EXPECT_EQ(bytes.substr(16, 4), std::string("\3\0\0\0", 4));
  const VectorReader reader = VectorReader::open(path);
  EXPECT_EQ(reader.rows(), 2U);
  std::vector<float> read(6);
  reader.read_rows(0, 2, read.data());
  EXPECT_EQ(read, rows);
  for (const std::size_t size : {0U, 3U, 4U, 15U, 17U, 31U}) {
    directory.write("cut.fvecs", bytes.substr(0, size));
    EXPECT_KINDRED_ERROR(VectorReader::open(directory.file("cut.fvecs")), ErrorKind::corrupt,
                         "cut.fvecs");
  }
  std::string odd = bytes;
  odd[16] = 2;
  directory.write("odd.fvecs", odd);
  EXPECT_KINDRED_ERROR(VectorReader::open(directory.file("odd.fvecs")), ErrorKind::corrupt,
                       "row 1");
  options.type = VectorType::int8;
  EXPECT_KINDRED_ERROR(VectorWriter::create(path, options), ErrorKind::bad_input, "float32");
}

TEST_P(VectorFile, NanAndInfinityAreRefusedWithTheirRow) {
  if (std::string_view(GetParam()) == ".jsonl") GTEST_SKIP() << "JSON has no such numbers";
  for (const float bad : {std::nanf(""), -std::nanf(""), HUGE_VALF, -HUGE_VALF}) {
    for (const std::size_t dimensions : {1U, 3U, 16U, 37U}) {
      std::vector<float> values = random_floats(5 * dimensions);
      values[4 * dimensions - 1] = bad;
      auto writer = VectorWriter::create(path(), {.dimensions = dimensions});
      writer->append(bytes_of(values));
      writer->finish();
      const VectorReader reader = VectorReader::open(path());
      std::vector<float> out(5 * dimensions);
      EXPECT_NO_THROW(reader.read_rows(0, 3, out.data()));
      EXPECT_NO_THROW(reader.read_rows(4, 1, out.data()));
      EXPECT_KINDRED_ERROR(reader.read_rows(0, 5, out.data()), ErrorKind::bad_input,
                           "row 3 has NaN or infinity");
    }
  }
}

TEST(VectorFiles, BytesOfNpyAreBitsWhenToldSo) {
  const TempDirectory directory;
  const std::vector<std::uint8_t> bits{0b10100000, 0b01000000};
  for (const VectorType type : {VectorType::binary, VectorType::ubinary}) {
    std::vector<std::uint8_t> stored = bits;
    if (type == VectorType::binary)
      for (std::uint8_t& byte : stored) byte ^= 128;
    const std::string path = directory.file("v.npy");
    auto writer = VectorWriter::create(path, {.dimensions = 10, .type = type});
    writer->append(bytes_of(stored));
    writer->finish();
    VectorReader reader = VectorReader::open(path);
    EXPECT_FALSE(reader.says_type());
    EXPECT_EQ(reader.dimensions(), 2U);
    EXPECT_KINDRED_ERROR(reader.take_as_bits(20), ErrorKind::bad_input, "not packed bits of 20");
    reader.take_as_bits(10);
    EXPECT_TRUE(reader.says_type());
    EXPECT_EQ(reader.type(), type);
    EXPECT_EQ(read_all(reader), (std::vector<float>{1, -1, 1, -1, -1, -1, -1, -1, -1, 1}));
    reader = VectorReader::open(path);
    reader.take_as_bits();
    EXPECT_EQ(reader.dimensions(), 16U);
  }
  auto writer = VectorWriter::create(directory.file("f.npy"), {.dimensions = 2});
  writer->append(bytes_of(std::vector<float>{1, 2}));
  writer->finish();
  VectorReader floats = VectorReader::open(directory.file("f.npy"));
  EXPECT_TRUE(floats.says_type());
  EXPECT_KINDRED_ERROR(floats.take_as_bits(), ErrorKind::bad_input, "float32 vectors");
}

TEST(VectorFiles, BvecsAndIvecs) {
  const TempDirectory directory;
  const std::string rows("\2\0\0\0\1\xFF\2\0\0\0\3\4", 12);
  const VectorReader reader = VectorReader::open(directory.write("v.bvecs", rows));
  EXPECT_EQ(reader.rows(), 2U);
  EXPECT_EQ(reader.type(), VectorType::uint8);
  EXPECT_TRUE(reader.says_type());
  EXPECT_EQ(read_all(reader), (std::vector<float>{1, 255, 3, 4}));
  for (const std::size_t size : {0U, 3U, 5U, 7U, 11U}) {
    EXPECT_KINDRED_ERROR(VectorReader::open(directory.write("c.bvecs", rows.substr(0, size))),
                         ErrorKind::corrupt, "c.bvecs");
  }
  EXPECT_KINDRED_ERROR(VectorReader::open(directory.write("v.ivecs", rows)), ErrorKind::bad_input,
                       "true neighbours");
  for (const char* name : {"a.npy", "a.NPY", "a.safetensors", "a.fvecs", "a.bvecs", "a.ivecs"})
    EXPECT_TRUE(has_vector_ending(name)) << name;
  for (const char* name : {"a.jsonl", "npy", "a.npy.txt", ""})
    EXPECT_FALSE(has_vector_ending(name)) << name;
}

TEST(VectorFiles, RefusesWhatIsNoMatrixOfVectors) {
  const TempDirectory directory;
  EXPECT_KINDRED_ERROR(VectorWriter::create("x.txt", {.dimensions = 2}), ErrorKind::bad_input,
                       ".npy, .safetensors, .jsonl or .fvecs");
  EXPECT_KINDRED_ERROR(VectorWriter::create(directory.file("x.npy"), {}), ErrorKind::bad_input,
                       "no dimensions");
  EXPECT_KINDRED_ERROR(VectorReader::open("x.csv"), ErrorKind::bad_input,
                       ".npy, .safetensors, .jsonl or .fvecs");
  const std::string golden = std::string(KINDRED_TEST_DATA) + "/golden/npy/";
  EXPECT_KINDRED_ERROR(VectorReader::open(golden + "i4.npy"), ErrorKind::unsupported, "I32");
  EXPECT_KINDRED_ERROR(VectorReader::open(golden + "scalar.npy"), ErrorKind::bad_input,
                       "0 dimensions");
  EXPECT_EQ(VectorReader::open(golden + "vector.npy").rows(), 1U);
  EXPECT_EQ(read_all(VectorReader::open(golden + "f8.npy")),
            (std::vector<float>{-2, -1, 0, 1, 2, 3}));
  const auto jsonl = [&](std::string_view text) {
    return VectorReader::open(directory.write("v.jsonl", text));
  };
  EXPECT_EQ(jsonl("{\"embedding\":[1,2.5]}\n\n{\"embedding\":[3,4]}").rows(), 2U);
  EXPECT_KINDRED_ERROR(jsonl("{\"embedding\":[1]}\n{\"embedding\":[1,2]}\n"), ErrorKind::corrupt,
                       "line 2: an embedding of 2 numbers after ones of 1");
  EXPECT_KINDRED_ERROR(jsonl("{\"embedding\":[\"a\"]}\n"), ErrorKind::corrupt, "line 1");
  EXPECT_KINDRED_ERROR(jsonl("{}\n"), ErrorKind::corrupt, "\"embedding\"");
}

TEST(VectorFiles, ContradictoryMetadataIsRefused) {
  const TempDirectory directory;
  const std::vector<std::byte> bytes(4);
  const TensorView tensor{
      .name = "embeddings", .dtype = DType::u8, .shape = {2, 2}, .data = bytes.data(), .bytes = 4};
  for (const char* dimensions : {"17", "8", "-1", "", "16x"}) {
    write_safetensors(directory.file("v.safetensors"), std::span(&tensor, 1),
                      {{"vector_type", "ubinary"}, {"dimensions", dimensions}});
    EXPECT_KINDRED_ERROR(VectorReader::open(directory.file("v.safetensors")), ErrorKind::corrupt,
                         "contradict");
  }
}

TEST(VectorTypes, Names) {
  for (const char* name : {"float32", "float16", "int8", "uint8", "binary", "ubinary"}) {
    EXPECT_EQ(to_string(parse_vector_type(name)), name);
  }
  EXPECT_KINDRED_ERROR(parse_vector_type("int4"), ErrorKind::bad_input,
                       "float32, float16, int8, uint8, binary, ubinary");
  EXPECT_EQ(stored_columns(VectorType::ubinary, 384), 48U);
  EXPECT_EQ(stored_columns(VectorType::binary, 385), 49U);
  EXPECT_EQ(stored_columns(VectorType::int8, 385), 385U);
}

}  // namespace
}  // namespace kindred::io
