#include "io/known_format.h"

#include <span>
#include <vector>

#include "base/random.h"
#include "io/expect_error.h"
#include "io/npy.h"
#include "io/table.h"

namespace kindred::io {
namespace {

using namespace std::string_view_literals;

TEST(KnownFormat, IsNamedWithTheNextStep) {
  const auto refused = [](std::string_view head, const char* what) {
    EXPECT_KINDRED_ERROR(refuse_known_format(head, "f"), ErrorKind::bad_input, what);
    // By whatever name and format it comes.
    for (const char* name : {"f.txt", "f.csv", "f.tsv", "f.jsonl", "f.json"}) {
      EXPECT_KINDRED_ERROR(TableReader::from_memory(head, name), ErrorKind::bad_input, what);
    }
  };
  refused(
      "\xFD"
      "7zXZ\0\0"sv,
      "xzcat f");
  refused("BZh91AY&SY\x8F"sv, "bzcat f");
  refused("PK\x03\x04\x14"sv, "zip archive");
  refused("PAR1\x15"sv, "Parquet");
  refused("SQLite format 3\0\x10"sv, "SQLite");
  refused("\x93NUMPY\x01"sv, "NumPy array");
  refused("\x40\0\0\0\0\0\0\0{\"a\":1}"sv, "safetensors");
  refused("GGUF\x03\0\0\0"sv, "GGUF");
  refused("%PDF-1.7\n"sv, "PDF");
  refused("\x80\x04\x95"sv, "pickle");
  refused("\xFF\xFEr\0e\0d\0"sv, "iconv -f UTF-16 ");
  refused("r\0e\0d\0 \0s\0h\0o\0e\0s\0\n\0"sv, "iconv -f UTF-16LE ");
  refused("\0r\0e\0d\0 \0s\0h\0o\0e\0s\0\n"sv, "iconv -f UTF-16BE ");
  std::string tar(512, '\0');
  tar.replace(0, 5, "a.txt");
  tar.replace(257, 5, "ustar");
  refused(tar, "tar archive");
  // Vectors under another name.
  std::vector<float> floats;
  Random random(1);
  for (int i = 0; i < 512; ++i) floats.push_back(static_cast<float>(random.normal()) * 0.05F);
  const auto bytes = std::as_bytes(std::span(floats));
  refused({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, "binary");
  refused(std::string(64, '\0'), "binary");
}

TEST(KnownFormat, TextIsLet) {
  for (const std::string_view head :
       {""sv, "a"sv, "BZh is a name"sv, "PK 5"sv, "PAR16 lamp"sv, "GGUF models"sv, "ARROW1 shirt"sv,
        "%PD"sv, "a\0b"sv, "\0"sv, "\0\0\0\0"sv, "a,b\n1,2\n"sv, "[1]"sv,
        "\xEF\xBB\xBF"
        "a"sv,
        "\xFF\xFF"sv, "红色跑鞋"sv, "a\0\0b\0 c\x01 d"sv, "\x1B[31mred\x1B[0m\t\v\f\r\n"sv}) {
    EXPECT_NO_THROW(refuse_known_format(head, "f")) << head;
  }
}

}  // namespace
}  // namespace kindred::io
