// A new directory that appears whole or not at all. Tested by partial_directory_test.cc.
#pragma once

#include <string>

namespace kindred::io {

/// Made beside its final place and renamed to it by `commit`; destroyed before, it leaves nothing.
///
/// Threads: one at a time.
class PartialDirectory {
 public:
  /// Errors: bad_input where `target` exists; not_found where it cannot be made.
  explicit PartialDirectory(const std::string& target);
  ~PartialDirectory();
  PartialDirectory(const PartialDirectory&) = delete;
  PartialDirectory& operator=(const PartialDirectory&) = delete;

  /// Where the files go until `commit`.
  const std::string& path() const noexcept { return path_; }
  /// Errors: bad_input where the directory cannot be renamed.
  void commit();

 private:
  std::string target_;
  std::string path_;
};

}  // namespace kindred::io
