// What the operating system answered, as kindred::Error.
#pragma once

#include <string>
#include <string_view>

namespace kindred::io {

/// Throws "cannot <doing> <path>: <the system's reason>": not_found for ENOENT and ENOTDIR,
/// exhausted for a full disk, memory or descriptor table, bad_input otherwise. `error` is an errno.
[[noreturn]] void fail_system(int error, std::string_view doing, const std::string& path);

}  // namespace kindred::io
