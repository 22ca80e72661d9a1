#include "static_vectors/token_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "io/system_error.h"

namespace kindred::static_vectors {

TokenFile::TokenFile(std::string path)
    : path_(std::move(path)),
      file_(::open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
  if (!file_.valid()) io::fail_system(errno, "write", path_);
}

TokenFile::~TokenFile() {
  if (mapped_ != nullptr) munmap(mapped_, count_ * sizeof(std::uint32_t));
}

std::uint64_t TokenFile::append(std::span<const std::uint32_t> tokens) {
  const std::lock_guard lock(mutex_);
  std::span<const std::byte> bytes = std::as_bytes(tokens);
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(file_.get(), bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) io::fail_system(errno, "write", path_);
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
  }
  count_ += tokens.size();
  return count_ - tokens.size();
}

std::span<std::uint32_t> TokenFile::map() {
  if (mapped_ == nullptr && count_ > 0) {
    void* memory = mmap(nullptr, count_ * sizeof(std::uint32_t), PROT_READ | PROT_WRITE, MAP_SHARED,
                        file_.get(), 0);
    if (memory == MAP_FAILED) io::fail_system(errno, "map", path_);
    mapped_ = static_cast<std::uint32_t*>(memory);
  }
  return {mapped_, count_};
}

void TokenFile::sync() {
  if (mapped_ != nullptr && msync(mapped_, count_ * sizeof(std::uint32_t), MS_SYNC) != 0)
    io::fail_system(errno, "write", path_);
  if (fsync(file_.get()) != 0) io::fail_system(errno, "write", path_);
}

}  // namespace kindred::static_vectors
