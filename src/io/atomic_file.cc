#include "io/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <random>
#include <utility>

#include "base/error.h"
#include "io/same_file.h"
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

// A name that no other writer has, in this process or another, on this machine or another.
std::string new_name(const std::string& path) {
  std::random_device random;
  return fmt::format("{}.{:08x}{:08x}.partial", path, random(), random());
}

bool is_same_file(int descriptor, const std::string& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(descriptor, &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

}  // namespace

AtomicFile::AtomicFile(FileSystem& files, std::string path, std::string partial_path,
                       std::unique_ptr<WritableFile> file)
    : files_(&files),
      path_(std::move(path)),
      partial_path_(std::move(partial_path)),
      file_(std::move(file)) {}

AtomicFile AtomicFile::create(const std::string& given, FileSystem& files) {
  check_replaceable(given);
  const std::string path = write_target(given);
  std::string partial = new_name(path);
  auto file = files.create(partial);
  return AtomicFile(files, path, std::move(partial), std::move(file));
}

AtomicFile AtomicFile::resume(const std::string& given) {
  check_replaceable(given);
  const std::string path = write_target(given);
  const std::string partial = path + ".partial";
  for (;;) {
    Descriptor lock(::open(partial.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kMode));
    if (!lock.valid()) fail_system(errno, "create", partial);
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) fail_system(errno, "lock", partial);
      fail(ErrorKind::bad_input,
           "{} is being written by another process; wait for it or name another output", partial);
    }
    // Its last writer may have renamed it between the two calls: then the name is free again.
    if (!is_same_file(lock.get(), partial)) continue;
    struct stat status {};
    if (::fstat(lock.get(), &status) != 0) fail_system(errno, "read", partial);
    if (!S_ISREG(status.st_mode)) {
      fail(ErrorKind::bad_input, "{} is not a regular file; remove it", partial);
    }
    AtomicFile resumed(system_files(), path, partial, system_files().open(partial));
    resumed.resumable_ = std::move(lock);
    resumed.size_ = static_cast<std::uint64_t>(status.st_size);
    return resumed;
  }
}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  std::swap(files_, other.files_);
  std::swap(path_, other.path_);
  std::swap(partial_path_, other.partial_path_);
  std::swap(buffer_, other.buffer_);
  std::swap(file_, other.file_);
  std::swap(resumable_, other.resumable_);
  std::swap(size_, other.size_);
  return *this;
}

AtomicFile::~AtomicFile() {
  if (!file_) return;
  try {
    resumable_.valid() ? flush() : files_->remove(partial_path_);
  } catch (const std::exception&) {
    // Rows that did not reach the disk are written again by the run that resumes.
  }
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  require(file_ != nullptr, "AtomicFile: written after commit");
  if (buffer_.size() + bytes.size() > kBufferBytes) flush();
  if (bytes.size() > kBufferBytes) {
    file_->write_at(size_, bytes);
  } else {
    buffer_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  size_ += bytes.size();
}

void AtomicFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  require(file_ != nullptr, "AtomicFile: written after commit");
  require(offset <= size_ && bytes.size() <= size_ - offset, "AtomicFile: write_at beyond the end");
  flush();
  file_->write_at(offset, bytes);
}

void AtomicFile::flush() {
  if (buffer_.empty()) return;
  file_->write_at(size_ - buffer_.size(), std::as_bytes(std::span(buffer_)));
  buffer_.clear();
}

void AtomicFile::sync() {
  require(file_ != nullptr, "AtomicFile: synced after commit");
  flush();
  file_->sync();
}

void AtomicFile::truncate(std::uint64_t size) {
  require(size <= size_, "AtomicFile: truncate beyond the end");
  flush();
  file_->truncate(size);
  size_ = size;
}

void AtomicFile::commit() {
  require(file_ != nullptr, "AtomicFile: committed twice");
  flush();
  file_->sync();
  files_->rename(partial_path_, path_);
  file_.reset();
  files_->sync_directory(directory_of(path_));
  resumable_ = Descriptor();
}

}  // namespace kindred::io
