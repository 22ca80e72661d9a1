// Any bytes as training data: as examples (the first byte even), which then are written and read
// back the same, or as a training file of a layout that its columns tell.
#include <cstdlib>
#include <string>

#include "kindred/error.h"
#include "memory_file.h"
#include "prepare/example.h"
#include "prepare/example_cleaner.h"
#include "prepare/pair_reader.h"

namespace {

using kindred::prepare::Example;
using kindred::prepare::ExampleReader;

void check_round_trip(const Example& example) {
  const std::string line = to_json(example);
  ExampleReader reader = ExampleReader::from_memory(line, "line");
  Example back;
  if (!reader.next(back) || back != example || to_json(back) != line) std::abort();
}

void read_examples(std::string_view text) {
  ExampleReader reader = ExampleReader::from_memory(text, "input");
  for (Example example;;) {
    try {
      if (!reader.next(example)) return;
      check_round_trip(example);
    } catch (const kindred::Error& error) {
      if (error.kind() == kindred::ErrorKind::internal) std::abort();
      if (!reader.skip_bad_row()) return;
    }
  }
}

void read_pairs(const std::string& path, kindred::io::TableFormat format) {
  try {
    kindred::prepare::PairReader reader(path, {.format = format});
    kindred::prepare::ExampleCleaner cleaner;
    for (kindred::prepare::SourceRow row; reader.next(row);) {
      if (row.reject.has_value() == !row.examples.empty()) std::abort();
      for (Example& example : row.examples) {
        check_round_trip(example);
        if (!cleaner.clean(example)) check_round_trip(example);
      }
    }
  } catch (const kindred::Error& error) {
    if (error.kind() == kindred::ErrorKind::internal) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  if (data[0] % 2 == 0) {
    read_examples(text);
    return 0;
  }
  const MemoryFile file(data + 1, size - 1);
  read_pairs(file.path(), static_cast<kindred::io::TableFormat>(data[0] / 2 % 4));
  return 0;
}
