#include "io/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/error.h"
#include "io/atomic_file.h"
#include "io/descriptor.h"
#include "io/system_error.h"

namespace kindred::io {

bool is_file(const std::string& path) noexcept {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

bool is_directory(const std::string& path) noexcept {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::uint64_t file_size(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) fail_system(errno, "read", path);
  return static_cast<std::uint64_t>(status.st_size);
}

std::vector<std::string> list_directory(const std::string& path) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(path, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error) fail_system(error.value(), "list", path);
  std::sort(names.begin(), names.end());
  return names;
}

std::string read_text_file(const std::string& path, std::size_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) fail_system(errno, "open", path);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) fail_system(errno, "read", path);
  if (!S_ISREG(status.st_mode)) {
    fail(ErrorKind::bad_input, "{} is not a regular file{}", path,
         S_ISDIR(status.st_mode) ? " but a directory" : "");
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > limit) {
    fail(ErrorKind::exhausted, "{} has {} bytes; at most {} are read of a file of its kind", path,
         size, limit);
  }
  std::string text(size, '\0');
  std::size_t have = 0;
  while (have < text.size()) {
    const ssize_t got = ::read(file.get(), text.data() + have, text.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_system(errno, "read", path);
    if (got == 0) break;  // it shrank meanwhile
    have += static_cast<std::size_t>(got);
  }
  text.resize(have);
  return text;
}

void write_text_file(const std::string& path, std::string_view text) {
  AtomicFile file = AtomicFile::create(path);
  file.write(text);
  file.commit();
}

void remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail_system(errno, "remove", path);
}

std::string join_path(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (!path.empty() && path.back() != '/') path += '/';
  path += name;
  return path;
}

bool has_ending(std::string_view path, std::string_view ending) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return path.size() >= ending.size() &&
         std::equal(ending.begin(), ending.end(),
                    path.end() - static_cast<std::ptrdiff_t>(ending.size()),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace kindred::io
