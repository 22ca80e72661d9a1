// gzip and Zstandard, undone while bytes are read. Tested by decompressor_test.cc.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace kindred::io {

/// A stream of gzip members (RFC 1952) or Zstandard frames (RFC 8878), one after another.
///
/// Threads: one at a time.
class Decompressor {
 public:
  /// By the first bytes of the input `name`; null where they begin neither.
  static std::unique_ptr<Decompressor> of(std::string_view head, const std::string& name);
  virtual ~Decompressor() = default;
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  /// Takes bytes off the front of `in` and fills `out`, which is not empty; returns how many bytes
  /// it wrote: 0 when all of `in` is taken and more is needed. Errors: corrupt.
  std::size_t run(std::string_view& in, std::span<char> out);
  /// True where the input may end.
  bool complete() const noexcept { return complete_; }

 protected:
  explicit Decompressor(std::string name) : name_(std::move(name)) {}
  struct Step {
    std::size_t read = 0;
    std::size_t wrote = 0;
    bool ended = false;            ///< a member or frame
    const char* damage = nullptr;  ///< what is wrong, else null
  };
  virtual Step step(std::string_view in, std::span<char> out) = 0;

 private:
  std::string name_;
  bool complete_ = true;
  bool full_ = false;  // the last output was: there may be more without more input
};

}  // namespace kindred::io
