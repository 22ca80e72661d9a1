// Reading the tensors of PyTorch's own files (pytorch_model.bin). Tested by torch_file_test.cc.
// Formats: zip archives since PyTorch 1.6, a stream of pickles before
// (https://github.com/pytorch/pytorch/blob/main/torch/serialization.py)
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "io/mapped_file.h"
#include "io/tensor.h"

namespace kindred::io {

/// The tensors of a `state_dict` that torch.save wrote into one file, or into the files that a
/// `pytorch_model.bin.index.json` names. Nothing in a file is run: of its pickle only what builds
/// tensors is understood, and anything else is refused by name.
///
/// Mapped, not copied, but for tensors whose elements do not lie in row-major order. Views stay
/// valid while the object or a copy of `storage()` lives.
///
/// Threads: immutable; every method may run concurrently.
class TorchFile {
 public:
  /// `path`: a file, or an index (".json"), whose files must lie in the index's own directory.
  /// Errors: not_found; bad_input for git-lfs's pointer to a file; corrupt for anything that
  /// contradicts itself; unsupported for big-endian files, compiled programs (TorchScript), files
  /// of PyTorch 0.1 and pickles that ask for anything but tensors.
  static TorchFile open(const std::string& path);
  TorchFile(TorchFile&&) noexcept = default;
  TorchFile& operator=(TorchFile&&) noexcept = default;

  const std::string& path() const noexcept { return path_; }
  /// In the order of the state_dict, file by file. Tied tensors share their bytes. Without those of
  /// `unread`.
  const std::vector<TensorView>& tensors() const noexcept { return tensors_; }
  /// Tensors that Kindred cannot give, and what they are ("ComplexFloat").
  const std::map<std::string, std::string, std::less<>>& unread() const noexcept { return unread_; }
  /// Keeps the mapped files and the copies alive.
  std::shared_ptr<const void> storage() const noexcept { return memory_; }
  /// The paths of the files mapped, in the order of their names.
  std::vector<std::string> files() const;

 private:
  TorchFile() = default;
  struct Memory {
    std::vector<std::shared_ptr<const MappedFile>> files;
    std::vector<std::unique_ptr<std::byte[]>> copies;
  };
  std::vector<std::string> add_file(const std::string& path);

  std::string path_;
  std::vector<TensorView> tensors_;
  std::unordered_set<std::string> names_;  // of tensors_ and unread_
  std::map<std::string, std::string, std::less<>> unread_;
  std::shared_ptr<Memory> memory_ = std::make_shared<Memory>();
};

}  // namespace kindred::io
