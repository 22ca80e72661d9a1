#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/atomic_file.h"
#include "io/safetensors.h"

namespace kindred::io {

std::string safetensors_header(std::span<const TensorView> tensors,
                               const std::map<std::string, std::string>& metadata,
                               std::size_t min_bytes) {
  nlohmann::ordered_json fields = nlohmann::ordered_json::object();
  if (!metadata.empty()) fields["__metadata__"] = metadata;
  std::size_t offset = 0;
  for (const TensorView& tensor : tensors) {
    if (tensor.dtype >= DType::q4_0) {
      fail(ErrorKind::unsupported, "tensor {}: safetensors has no type for {} blocks", tensor.name,
           to_string(tensor.dtype));
    }
    if (tensor.name == "__metadata__" || fields.contains(tensor.name)) {
      fail(ErrorKind::bad_input, "two tensors to write have the name {}", tensor.name);
    }
    require(checked_bytes(tensor.dtype, tensor.shape) == tensor.bytes,
            "a tensor to write has bytes that are not shape × type");
    fields[tensor.name] = {{"dtype", to_string(tensor.dtype)},
                           {"shape", tensor.shape},
                           {"data_offsets", {offset, offset + tensor.bytes}}};
    offset += tensor.bytes;
  }
  std::string json;
  try {
    json = fields.dump();
  } catch (const nlohmann::json::exception&) {
    fail(ErrorKind::bad_input, "a tensor's name or a metadata value to write is not UTF-8");
  }
  std::uint64_t length = std::max(json.size(), min_bytes > 8 ? min_bytes - 8 : 0);
  length = (length + 7) / 8 * 8;
  json.resize(length, ' ');
  std::string header(8, '\0');
  std::memcpy(header.data(), &length, 8);
  return header + json;
}

void write_safetensors(const std::string& path, std::span<const TensorView> tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<TensorView> ordered(tensors.begin(), tensors.end());
  std::stable_sort(ordered.begin(), ordered.end(), [](const TensorView& a, const TensorView& b) {
    return block_size(a.dtype).bytes > block_size(b.dtype).bytes;
  });
  AtomicFile file = AtomicFile::create(path);
  file.write(safetensors_header(ordered, metadata));
  for (const TensorView& tensor : ordered) file.write(std::span(tensor.data, tensor.bytes));
  file.commit();
}

}  // namespace kindred::io
