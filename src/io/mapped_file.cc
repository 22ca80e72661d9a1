#include "io/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "base/error.h"
#include "io/descriptor.h"
#include "io/system_error.h"

namespace kindred::io {
namespace {

// What an empty file's data() points at, so that a view of it is not null.
constexpr std::byte kNothing[1] = {};

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::string& path) {
  // O_NONBLOCK: opening a pipe by mistake must not wait for its writer.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) fail_system(errno, "open", path);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) fail_system(errno, "read", path);
  if (!S_ISREG(status.st_mode)) {
    fail(ErrorKind::bad_input, "{} is not a regular file{}", path,
         S_ISDIR(status.st_mode) ? " but a directory" : "");
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return std::shared_ptr<const MappedFile>(new MappedFile(path, kNothing, 0));
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (data == MAP_FAILED) fail_system(errno, "map", path);
  return std::shared_ptr<const MappedFile>(
      new MappedFile(path, static_cast<const std::byte*>(data), size));
}

MappedFile::~MappedFile() {
  if (size_ > 0) ::munmap(const_cast<std::byte*>(data_), size_);
}

void MappedFile::advise_sequential() const noexcept {
  if (size_ > 0) ::madvise(const_cast<std::byte*>(data_), size_, MADV_SEQUENTIAL);
}

void MappedFile::release(std::size_t begin, std::size_t count) const noexcept {
  if (begin >= size_) return;
  const std::size_t end = begin + std::min(count, size_ - begin);
  // Rounded outwards: a neighbour's bytes on a shared page are merely read again.
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t first = begin / page * page;
  ::madvise(const_cast<std::byte*>(data_ + first), end - first, MADV_DONTNEED);
}

}  // namespace kindred::io
