#include "io/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <utility>

#include "base/error.h"
#include "io/descriptor.h"
#include "io/system_error.h"

namespace kindred::io {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;
constexpr mode_t kMode = 0666;  // less the process's umask

// Found out before hours of work, not by the rename after it.
void check_replaceable(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    fail(ErrorKind::bad_input, "{} exists and is not a regular file; name another output", path);
  }
}

void write_all(int descriptor, const char* data, std::size_t count, std::uint64_t offset,
               const std::string& path) {
  while (count > 0) {
    const ssize_t done = ::pwrite(descriptor, data, count, static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) fail_system(errno, "write", path);
    data += done;
    count -= static_cast<std::size_t>(done);
    offset += static_cast<std::uint64_t>(done);
  }
}

void sync_directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot sync a directory (EINVAL): the rename is then as durable as it gets.
  if (opened.valid() && ::fsync(opened.get()) != 0 && errno != EINVAL) {
    fail_system(errno, "sync", directory);
  }
}

bool is_same_file(int descriptor, const std::string& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(descriptor, &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

}  // namespace

AtomicFile::AtomicFile(std::string path, std::string partial_path, int descriptor,
                       std::uint64_t size, bool keep)
    : path_(std::move(path)),
      partial_path_(std::move(partial_path)),
      descriptor_(descriptor),
      size_(size),
      keep_(keep) {}

AtomicFile AtomicFile::create(const std::string& path) {
  static std::atomic<unsigned> counter{0};
  check_replaceable(path);
  for (;;) {
    std::string partial = fmt::format("{}.{}-{}.partial", path, ::getpid(), counter.fetch_add(1));
    const int descriptor = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kMode);
    if (descriptor >= 0) return AtomicFile(path, std::move(partial), descriptor, 0, false);
    if (errno != EEXIST) fail_system(errno, "create", partial);
  }
}

AtomicFile AtomicFile::resume(const std::string& path) {
  check_replaceable(path);
  const std::string partial = path + ".partial";
  for (;;) {
    Descriptor file(::open(partial.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kMode));
    if (!file.valid()) fail_system(errno, "create", partial);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) fail_system(errno, "lock", partial);
      fail(ErrorKind::bad_input,
           "{} is being written by another process; wait for it or name another output", partial);
    }
    // Its last writer may have renamed it between the two calls: then the name is free again.
    if (!is_same_file(file.get(), partial)) continue;
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) fail_system(errno, "read", partial);
    if (!S_ISREG(status.st_mode)) {
      fail(ErrorKind::bad_input, "{} is not a regular file; remove it", partial);
    }
    return AtomicFile(path, partial, file.release(), static_cast<std::uint64_t>(status.st_size),
                      true);
  }
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      partial_path_(std::move(other.partial_path_)),
      buffer_(std::move(other.buffer_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      keep_(other.keep_) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(partial_path_, other.partial_path_);
  std::swap(buffer_, other.buffer_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  std::swap(keep_, other.keep_);
  return *this;
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  if (keep_) {
    try {
      flush();
    } catch (const Error&) {
      // The rows that did not reach the disk are written again by the run that resumes.
    }
  } else {
    ::unlink(partial_path_.c_str());
  }
  ::close(descriptor_);
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  require(descriptor_ >= 0, "AtomicFile: written after commit");
  const char* data = reinterpret_cast<const char*>(bytes.data());
  if (buffer_.size() + bytes.size() > kBufferBytes) flush();
  if (bytes.size() > kBufferBytes) {
    write_all(descriptor_, data, bytes.size(), size_, partial_path_);
  } else {
    buffer_.append(data, bytes.size());
  }
  size_ += bytes.size();
}

void AtomicFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  require(descriptor_ >= 0, "AtomicFile: written after commit");
  require(offset <= size_ && bytes.size() <= size_ - offset, "AtomicFile: write_at beyond the end");
  flush();
  write_all(descriptor_, reinterpret_cast<const char*>(bytes.data()), bytes.size(), offset,
            partial_path_);
}

void AtomicFile::flush() {
  write_all(descriptor_, buffer_.data(), buffer_.size(), size_ - buffer_.size(), partial_path_);
  buffer_.clear();
}

void AtomicFile::truncate(std::uint64_t size) {
  require(size <= size_, "AtomicFile: truncate beyond the end");
  flush();
  if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) {
    fail_system(errno, "shorten", partial_path_);
  }
  size_ = size;
}

void AtomicFile::commit() {
  require(descriptor_ >= 0, "AtomicFile: committed twice");
  flush();
  if (::fsync(descriptor_) != 0) fail_system(errno, "sync", partial_path_);
  if (::rename(partial_path_.c_str(), path_.c_str()) != 0) fail_system(errno, "replace", path_);
  sync_directory_of(path_);
  ::close(std::exchange(descriptor_, -1));
}

}  // namespace kindred::io
