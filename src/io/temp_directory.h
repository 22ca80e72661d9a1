// A directory for the files of a test, removed with it. For tests only.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include "io/file.h"

namespace kindred::io {

class TempDirectory {
 public:
  TempDirectory() : path_((std::filesystem::temp_directory_path() / "kindred-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary directory");
  }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  ~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const noexcept { return path_; }
  std::string file(std::string_view name) const { return join_path(path_, name); }
  /// Writes a file (without waiting for the disk) and gives its path.
  std::string write(std::string_view name, std::string_view text) const {
    remove_file(file(name));  // some file systems sync a file that is truncated and rewritten
    std::ofstream stream(file(name), std::ios::binary);
    stream.write(text.data(), static_cast<std::streamsize>(text.size()));
    if (!stream.flush()) throw std::runtime_error("cannot write " + file(name));
    return file(name);
  }

 private:
  std::string path_;
};

}  // namespace kindred::io
