// Where a file of torch.save has its pickle and the bytes of its storages, in either container.
// Tested by torch_file_test.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "io/mapped_file.h"
#include "io/pickle.h"
#include "io/tensor.h"

namespace kindred::io {

/// An element type as PyTorch names it ("Float", "bfloat16").
struct TorchType {
  std::string_view name;
  std::optional<DType> dtype;  ///< unset where Kindred has none
  std::size_t bytes;           ///< of an element
};

/// `global`: "torch.FloatStorage" and its kin, or "torch.float8_e4m3fn" and its kin; nothing for
/// any other.
std::optional<TorchType> storage_type(std::string_view global);
std::optional<TorchType> element_type(std::string_view global);

/// A one-dimensional array that tensors are views of.
struct TorchStorage {
  TorchType type;
  std::string_view bytes;
};

class TorchContainer {
 public:
  /// Errors: as TorchFile::open.
  static TorchContainer open(const std::shared_ptr<const MappedFile>& file);

  const Pickle& pickle() const noexcept { return pickle_; }
  /// What a persistent value of the pickle stands for. Errors: corrupt where it is no storage, or
  /// one that does not lie in the file.
  TorchStorage storage(const PickleValue& persistent) const;

 private:
  TorchContainer(std::shared_ptr<const MappedFile> file, Pickle pickle)
      : file_(std::move(file)), pickle_(std::move(pickle)) {}
  static TorchContainer open_zip(const std::shared_ptr<const MappedFile>& file);
  static TorchContainer open_stream(const std::shared_ptr<const MappedFile>& file);
  void place_storages(std::size_t position);

  std::shared_ptr<const MappedFile> file_;
  Pickle pickle_;
  std::unordered_map<std::string, std::string_view> storages_;  // key → bytes
};

}  // namespace kindred::io
