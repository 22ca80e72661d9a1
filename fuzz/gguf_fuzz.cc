// Any bytes as a GGUF file: an Error, or tensors and values that lie in the file.
#include <cstdlib>
#include <functional>

#include "io/gguf.h"
#include "kindred/error.h"
#include "memory_file.h"

namespace {

using kindred::io::DType;
using kindred::io::Gguf;

void unless_refused(const std::function<void()>& use) {
  try {
    use();
  } catch (const kindred::Error& error) {
    if (error.kind() == kindred::ErrorKind::internal) std::abort();
  }
}

// Every getter with every key: most refuse its type.
void read_values(const Gguf& file, std::string_view key) {
  unless_refused([&] {
    volatile char last = 0;
    for (const std::string_view text : file.strings(key)) last = text.empty() ? last : text.back();
  });
  unless_refused([&] { file.integers(key); });
  unless_refused([&] { file.numbers(key); });
  unless_refused([&] { file.find_string(key); });
  unless_refused([&] { file.find_size(key); });
  unless_refused([&] { file.find_number(key); });
  unless_refused([&] { file.find_boolean(key); });
}

void read_all(const Gguf& file) {
  for (const std::string_view key : file.keys()) read_values(file, key);
  for (const auto& info : file.tensors()) {
    unless_refused([&] {
      const auto tensor = file.tensor(info.name);
      const bool integers = tensor.dtype >= DType::i64 && tensor.dtype <= DType::boolean;
      if (!integers && tensor.to_floats().size() != tensor.elements()) std::abort();
    });
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemoryFile input(data, size);
  unless_refused([&] { read_all(Gguf::open(input.path())); });
  return 0;
}
