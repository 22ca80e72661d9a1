// Reading and writing safetensors, single and sharded. Tested by safetensors_test.cc.
// Format: https://github.com/huggingface/safetensors#format
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/mapped_file.h"
#include "io/tensor.h"

namespace kindred::io {

/// The tensors of one .safetensors file, or of the files that a `….safetensors.index.json` names.
/// Mapped, not copied: views stay valid while the object or a copy of `storage()` lives.
///
/// Threads: immutable; every method may run concurrently.
class Safetensors {
 public:
  /// `path`: a .safetensors file, or an index (".json"), whose files must lie in the index's own
  /// directory. Errors: not_found; corrupt for anything that contradicts itself (header length,
  /// offsets that overlap or leave gaps, a size that is not shape × type, a name twice);
  /// bad_input for git-lfs's pointer to a file.
  static Safetensors open(const std::string& path);
  Safetensors(Safetensors&&) noexcept = default;
  Safetensors& operator=(Safetensors&&) noexcept = default;

  const std::string& path() const noexcept { return path_; }
  /// In the order of their bytes, file by file. Without those of `unread`.
  const std::vector<TensorView>& tensors() const noexcept { return tensors_; }
  /// Null where there is none of that name.
  const TensorView* find(std::string_view name) const noexcept;
  /// Errors: not_found, naming the file and what it holds; unsupported for one of `unread`.
  const TensorView& at(std::string_view name) const;
  /// Tensors of element types that Kindred does not have, and the types' names.
  const std::map<std::string, std::string, std::less<>>& unread() const noexcept { return unread_; }
  /// The header's `__metadata__`.
  const std::map<std::string, std::string>& metadata() const noexcept { return metadata_; }
  /// Keeps the mapped files alive.
  std::shared_ptr<const void> storage() const noexcept { return files_; }
  /// The paths of the files mapped, in the order of their names.
  std::vector<std::string> files() const;

 private:
  Safetensors() = default;
  using Files = std::vector<std::shared_ptr<const MappedFile>>;
  std::vector<std::string> add_file(const std::string& path);
  void build_index();

  std::string path_;
  std::vector<TensorView> tensors_;
  std::unordered_map<std::string_view, std::size_t> by_name_;  // keys view tensors_[i].name
  std::map<std::string, std::string, std::less<>> unread_;
  std::map<std::string, std::string> metadata_;
  std::shared_ptr<Files> files_ = std::make_shared<Files>();
};

/// Writes tensors atomically, those of wide elements first so that each is aligned. Errors:
/// bad_input for a name twice; unsupported for GGML's block types.
void write_safetensors(const std::string& path, std::span<const TensorView> tensors,
                       const std::map<std::string, std::string>& metadata = {});

/// The 8-byte length and the JSON, padded with spaces to a multiple of 8 and to at least
/// `min_bytes`. Tensors follow one another in the order given.
std::string safetensors_header(std::span<const TensorView> tensors,
                               const std::map<std::string, std::string>& metadata,
                               std::size_t min_bytes = 0);

}  // namespace kindred::io
