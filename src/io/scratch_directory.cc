#include "io/scratch_directory.h"

#include <stdlib.h>

#include <cerrno>
#include <system_error>

#include "io/system_error.h"

namespace kindred::io {

ScratchDirectory::ScratchDirectory()
    : path_((std::filesystem::temp_directory_path() / "kindred-XXXXXX").string()) {
  if (::mkdtemp(path_.data()) == nullptr) fail_system(errno, "make the temporary directory", path_);
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace kindred::io
