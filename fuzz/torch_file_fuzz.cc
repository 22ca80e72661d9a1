// Any bytes as a file of torch.save: an Error, or tensors that lie in the file.
#include <cstdlib>

#include "io/torch_file.h"
#include "kindred/error.h"
#include "memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemoryFile input(data, size);
  try {
    const auto file = kindred::io::TorchFile::open(input.path());
    for (const auto& tensor : file.tensors()) {
      if (file.unread().contains(tensor.name)) std::abort();
      volatile std::byte last{};
      if (tensor.bytes > 0) last = tensor.data[tensor.bytes - 1];
      static_cast<void>(last);
      if (tensor.dtype >= kindred::io::DType::i64) continue;
      if (tensor.to_floats().size() != tensor.elements()) std::abort();
    }
  } catch (const kindred::Error& error) {
    if (error.kind() == kindred::ErrorKind::internal) std::abort();
  }
  return 0;
}
