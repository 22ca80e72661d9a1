#include "io/known_format.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>

#include "base/error.h"

namespace kindred::io {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kLookedAt = 4096;  // bytes, where no magic tells

struct Known {
  std::string_view magic;
  std::string_view is;    // "NAME is …"
  std::string_view next;  // a program that unpacks to standard output, or what to do
  bool unpacked_by_pipe = false;
};

constexpr std::string_view kModelNext = "name it as the model, and a file of texts as the input";
constexpr std::string_view kPickleNext = "save it as JSONL, vectors with numpy.save";

// Longer than the letters of a magic where a text might begin with these ("PAR16 lamp").
constexpr Known kKnown[] = {
    {"\xFD"
     "7zXZ\0"sv,
     "compressed by xz", "xzcat", true},
    {"BZh"sv, "compressed by bzip2", "bzcat", true},
    {"\x04\x22\x4D\x18"sv, "compressed by lz4", "lz4cat", true},
    {"PK\x03\x04"sv, "a zip archive (.zip, .xlsx, .npz)",
     "unpack it; save a table as CSV, arrays of vectors one by one with numpy.save"},
    {"7z\xBC\xAF\x27\x1C"sv, "a 7z archive", "unpack it"},
    {"PAR1\x15"sv, "Parquet",
     "name it .parquet for 'kindred import'; for anything else convert it to JSONL"},
    {"ARROW1\0\0"sv, "an Arrow (Feather) file", "convert it to JSONL"},
    {"Obj\x01"sv, "Avro", "convert it to JSONL"},
    {"SQLite format 3\0"sv, "a SQLite database", "export a table of it as CSV"},
    {"\x93NUMPY"sv, "a NumPy array", "vectors, not texts; name it .npy where vectors are read"},
    {"GGUF\x01\0\0"sv, "a GGUF model", kModelNext},
    {"GGUF\x02\0\0"sv, "a GGUF model", kModelNext},
    {"GGUF\x03\0\0"sv, "a GGUF model", kModelNext},
    {"\x89HDF\r\n\x1A\n"sv, "HDF5", "save its vectors with numpy.save, its texts as lines"},
    {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, "an old Office file (.xls, .doc)", "save it as CSV"},
    {"%PDF-"sv, "a PDF", "extract its text, as pdftotext does"},
    {"\x80\x02"sv, "a Python pickle", kPickleNext},
    {"\x80\x03"sv, "a Python pickle", kPickleNext},
    {"\x80\x04"sv, "a Python pickle", kPickleNext},
    {"\x80\x05"sv, "a Python pickle", kPickleNext},
};

bool is_bzip2(std::string_view head) {
  return head.size() >= 10 && head[3] >= '1' && head[3] <= '9' && head.substr(4, 6) == "1AY&SY"sv;
}

bool is_tar(std::string_view head) {
  return head.size() > 262 && head.substr(257, 5) == "ustar"sv;
}

// A length of 8 bytes, then JSON.
bool is_safetensors(std::string_view head) {
  std::uint64_t length = 0;
  if (head.size() < 10) return false;
  std::memcpy(&length, head.data(), sizeof(length));
  return length < (std::uint64_t{1} << 27) && head[7] == '\0' && head.substr(8, 2) == "{\""sv;
}

// Of text, next to nothing is control characters but blanks and line ends; of floats, an eighth.
bool is_binary(std::string_view head) {
  head = head.substr(0, kLookedAt);
  const auto controls =
      static_cast<std::size_t>(std::count_if(head.begin(), head.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 && (byte < '\t' || byte > '\r') && byte != 0x1B;
      }));
  return controls >= 8 && 25 * controls > head.size();
}

// The name of the encoding where it is UTF-16, else empty: by its mark, or since half of its bytes
// are 0 where most characters are Latin.
std::string_view utf16_of(std::string_view head) {
  if (head.starts_with("\xFF\xFE"sv) || head.starts_with("\xFE\xFF"sv)) return "UTF-16";
  const std::size_t pairs = std::min(head.size(), kLookedAt) / 2;
  std::size_t zeros[2] = {0, 0};
  for (std::size_t i = 0; i < 2 * pairs; ++i) zeros[i % 2] += head[i] == '\0' ? 1 : 0;
  const auto [fewer, more] = std::minmax(zeros[0], zeros[1]);
  if (pairs < 2 || 2 * more <= pairs || 20 * fewer > pairs) return "";
  return zeros[0] > zeros[1] ? "UTF-16BE" : "UTF-16LE";
}

[[noreturn]] void refuse(const std::string& name, std::string_view is, std::string_view next) {
  fail(ErrorKind::bad_input, "{} is {}; {}", name, is, next);
}

}  // namespace

void refuse_known_format(std::string_view head, const std::string& name) {
  for (const Known& known : kKnown) {
    if (!head.starts_with(known.magic)) continue;
    if (known.magic == "BZh"sv && !is_bzip2(head)) continue;  // three letters may begin a text
    if (!known.unpacked_by_pipe) refuse(name, known.is, known.next);
    fail(ErrorKind::bad_input,
         "{} is {}; unpack it on the way in: {} {} | kindred … - (with --format csv, tsv or jsonl "
         "where it is that)",
         name, known.is, known.next, name);
  }
  if (is_tar(head)) refuse(name, "a tar archive", "unpack it");
  if (is_safetensors(head))
    refuse(name, "a safetensors file", "tensors, not texts; name it .safetensors");
  if (const std::string_view encoding = utf16_of(head); !encoding.empty())
    fail(ErrorKind::bad_input, "{0} is UTF-16; convert it: iconv -f {1} -t UTF-8 '{0}' > NEW", name,
         encoding);
  if (is_binary(head))
    refuse(name, "binary, not text",
           "vectors are read where they are asked for, from .npy, .safetensors, .jsonl, .fvecs and "
           ".bvecs");
}

}  // namespace kindred::io
