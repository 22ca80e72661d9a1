// The one exception type of the library.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace kindred {

/// What went wrong, in the terms that a caller acts on.
enum class ErrorKind {
  bad_input,    ///< the caller's text, option or file has a wrong form or value
  not_found,    ///< a file, column, prompt or tensor that was named does not exist
  corrupt,      ///< a file contradicts itself (sizes, offsets, checksums, truncated)
  unsupported,  ///< well-formed, but asks for something Kindred does not do
  exhausted,    ///< memory, disk or a stated limit is used up
  internal,     ///< a bug in Kindred
};

/// "bad input", "not found", …
std::string_view to_string(ErrorKind kind) noexcept;

/// Thrown by every part of the library. The message says what, where, the likely cause and the
/// next step, on one line.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

}  // namespace kindred
