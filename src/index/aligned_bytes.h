// Bytes on a cache line's boundary. Tested by aligned_bytes_test.cc.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "base/error.h"

namespace kindred::index {

/// A fixed number of bytes, zero at first, in front of a cache line: vectors of a register's width
/// that are read from them never lie in two. Large ones are in huge pages where the system has any:
/// reads all over them would else miss their addresses' translations.
///
/// Threads: as its bytes.
class AlignedBytes {
 public:
  AlignedBytes() = default;
  /// Errors: exhausted.
  explicit AlignedBytes(std::size_t size) : size_(size) {
    if (size == 0) return;
    constexpr std::size_t kLine = 64, kHugePage = std::size_t{2} << 20;
    const std::size_t alignment = size >= kHugePage ? kHugePage : kLine;
    const std::size_t whole = (size + kLine - 1) / kLine * kLine;
    void* bytes = nullptr;
    if (::posix_memalign(&bytes, alignment, whole) != 0)
      fail(ErrorKind::exhausted, "no memory for {} MB", size >> 20);
    bytes_.reset(static_cast<std::byte*>(bytes));
    // A wish: where it is not granted, pages are small.
    if (alignment == kHugePage) ::madvise(bytes, whole, MADV_HUGEPAGE);
    std::memset(bytes, 0, whole);
  }

  std::byte* data() noexcept { return bytes_.get(); }
  const std::byte* data() const noexcept { return bytes_.get(); }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

 private:
  struct Free {
    void operator()(void* p) const noexcept { std::free(p); }
  };
  std::unique_ptr<std::byte[], Free> bytes_;
  std::size_t size_ = 0;
};

}  // namespace kindred::index
