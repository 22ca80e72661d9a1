// A directory for files of a while. Tested by scratch_directory_test.cc.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace kindred::io {

/// An empty directory of its own in the system's place for temporary files (TMPDIR), removed with
/// all that is in it when the object goes.
///
/// Threads: immutable.
class ScratchDirectory {
 public:
  /// Errors: those of the system, naming the place.
  ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory();

  const std::string& path() const noexcept { return path_; }
  std::string file(std::string_view name) const {
    return (std::filesystem::path(path_) / name).string();
  }

 private:
  std::string path_;
};

}  // namespace kindred::io
