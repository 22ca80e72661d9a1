// A file descriptor that closes itself.
#pragma once

#include <unistd.h>

#include <utility>

namespace kindred::io {

class Descriptor {
 public:
  explicit Descriptor(int value = -1) noexcept : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }

  int get() const noexcept { return value_; }
  /// The caller closes it from now on.
  int release() noexcept { return std::exchange(value_, -1); }
  bool valid() const noexcept { return value_ >= 0; }

 private:
  int value_;
};

}  // namespace kindred::io
