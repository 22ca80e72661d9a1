#include "base/error.h"

namespace kindred {

std::string_view to_string(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::bad_input:
      return "bad input";
    case ErrorKind::not_found:
      return "not found";
    case ErrorKind::corrupt:
      return "corrupt";
    case ErrorKind::unsupported:
      return "unsupported";
    case ErrorKind::exhausted:
      return "exhausted";
    case ErrorKind::internal:
      return "internal";
  }
  return "unknown";
}

}  // namespace kindred
