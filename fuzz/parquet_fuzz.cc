// Any bytes as a Parquet file: an Error, or as many rows as it says, of the columns' width. Arrow
// itself is not instrumented. A build without it tests nothing.
#include <cstdlib>

#include "io/parquet.h"
#include "kindred/error.h"
#include "memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kindred;
  const MemoryFile file(data, size);
  try {
    const auto table = io::open_parquet(file.path());
    std::uint64_t rows = 0;
    for (std::span<const io::ParquetValue> row; table->next(row); ++rows) {
      if (row.size() != table->columns().size()) std::abort();
      for (const io::ParquetValue& value : row) {
        if (value.nested && value.text.empty()) std::abort();
      }
    }
    if (rows != table->rows()) std::abort();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::internal) std::abort();
  }
  return 0;
}
