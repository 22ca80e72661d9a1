#include "io/system_error.h"

#include <cerrno>
#include <system_error>

#include "base/error.h"

namespace kindred::io {
namespace {

ErrorKind kind_of(int error) noexcept {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return ErrorKind::not_found;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      return ErrorKind::exhausted;
    default:
      return ErrorKind::bad_input;
  }
}

}  // namespace

void fail_system(int error, std::string_view doing, const std::string& path) {
  fail(kind_of(error), "cannot {} {}: {}", doing, path, std::generic_category().message(error));
}

}  // namespace kindred::io
