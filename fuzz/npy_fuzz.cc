// Any bytes as a .npy file: an Error, or an array that lies in the file.
#include <cstdlib>

#include "io/npy.h"
#include "kindred/error.h"
#include "memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemoryFile input(data, size);
  try {
    const auto array = kindred::io::read_npy(input.path());
    if (array.tensor.dtype < kindred::io::DType::i64) array.tensor.to_floats();
    // What is read can be written, and reads the same.
    const std::string header = kindred::io::npy_header(array.tensor.dtype, array.tensor.shape);
    std::size_t begin = 0;
    const auto again =
        kindred::io::parse_npy_header(std::as_bytes(std::span(header)), "written", begin);
    if (begin != header.size() || again.shape != array.tensor.shape) std::abort();
  } catch (const kindred::Error& error) {
    if (error.kind() == kindred::ErrorKind::internal) std::abort();
  }
  return 0;
}
