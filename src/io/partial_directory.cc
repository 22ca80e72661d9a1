#include "io/partial_directory.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "base/error.h"
#include "io/file.h"

namespace kindred::io {

namespace fs = std::filesystem;

PartialDirectory::PartialDirectory(const std::string& target) : target_(target) {
  while (target_.size() > 1 && target_.ends_with('/')) target_.pop_back();
  if (is_file(target_) || is_directory(target_))
    fail(ErrorKind::bad_input, "{}: exists already; choose a new directory", target_);
  path_ = fmt::format("{}.partial-{}", target_, ::getpid());
  std::error_code error;
  fs::remove_all(path_, error);
  if (!fs::create_directories(path_, error))
    fail(ErrorKind::not_found, "{}: cannot be made: {}", path_, error.message());
}

PartialDirectory::~PartialDirectory() {
  std::error_code error;
  fs::remove_all(path_, error);
}

void PartialDirectory::commit() {
  std::error_code error;
  fs::rename(path_, target_, error);
  if (error) fail(ErrorKind::bad_input, "{}: cannot be made: {}", target_, error.message());
}

}  // namespace kindred::io
