// Small questions to the file system, and whole small files. Tested by file_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::io {

/// Follow links; false where the path cannot be looked at.
bool is_file(const std::string& path) noexcept;
bool is_directory(const std::string& path) noexcept;

/// Errors: not_found.
std::uint64_t file_size(const std::string& path);

/// The names (not paths) in a directory, sorted. Errors: not_found.
std::vector<std::string> list_directory(const std::string& path);

/// The whole of a regular file, bytes as they are. Errors: not_found; bad_input for a directory;
/// exhausted when it is larger than `limit` bytes.
std::string read_text_file(const std::string& path, std::size_t limit = std::size_t{256} << 20);

/// Replaces the file atomically (see AtomicFile).
void write_text_file(const std::string& path, std::string_view text);

/// Does nothing when there is no such file. Errors: bad_input when it cannot be removed.
void remove_file(const std::string& path);

/// `directory`/`name`, with one slash between them; `name` alone when `directory` is empty.
std::string join_path(std::string_view directory, std::string_view name);

/// True when `path` ends in `ending` (".npy"), upper and lower case alike.
bool has_ending(std::string_view path, std::string_view ending) noexcept;

}  // namespace kindred::io
