// Any bytes as a file of vectors (the first byte chooses the format): an Error, or rows that lie in
// the file.
#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "io/temp_directory.h"
#include "io/vector_reader.h"
#include "kindred/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kindred;
  constexpr const char* kNames[] = {"v.npy", "v.safetensors", "v.jsonl", "v.fvecs", "v.bvecs"};
  if (size == 0) return 0;
  static const io::TempDirectory directory;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    auto vectors = io::VectorReader::open(directory.write(kNames[data[0] % 5], bytes));
    if (!vectors.says_type() && (data[0] & 128) != 0) vectors.take_as_bits();
    if (vectors.dimensions() == 0) return 0;
    // A bit a value is the least that any of the types takes.
    if (vectors.rows() > size * 8 / vectors.dimensions()) std::abort();
    std::vector<float> row(vectors.dimensions());
    for (std::size_t r = 0; r < vectors.rows(); ++r) vectors.read_rows(r, 1, row.data());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::internal) std::abort();
  }
  return 0;
}
