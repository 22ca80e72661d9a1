#include "io/table_input.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "io/system_error.h"

namespace kindred::io {
namespace {

constexpr std::size_t kReadBytes = std::size_t{256} << 10;
constexpr std::size_t kMagicBytes = 4;  // that tell compressed input

}  // namespace

TableInput::TableInput(Descriptor file, int descriptor, std::string name)
    : name_(std::move(name)), file_(std::move(file)), descriptor_(descriptor) {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) fail_system(errno, "read", name_);
  if (S_ISDIR(status.st_mode)) {
    fail(ErrorKind::bad_input, "{} is a directory, not a table; name a file in it", name_);
  }
  if (S_ISREG(status.st_mode)) total_ = static_cast<std::uint64_t>(status.st_size);
}

TableInput::TableInput(std::string_view memory, std::string name)
    : name_(std::move(name)), looked_(true), packed_(Decompressor::of(memory, name_)) {
  if (packed_) {
    packed_bytes_ = memory;
    return;
  }
  begin_ = memory.data();
  size_ = memory.size();
  total_ = memory.size();
}

std::size_t TableInput::read_some(std::span<char> room) {
  if (descriptor_ < 0) return 0;
  for (;;) {
    const ssize_t got = ::read(descriptor_, room.data(), room.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_system(errno, "read", name_);
    return static_cast<std::size_t>(got);
  }
}

std::size_t TableInput::read_first(std::span<char> room) {
  std::size_t have = 0;
  while (have < kMagicBytes) {
    const std::size_t got = read_some(room.subspan(have));
    if (got == 0) break;
    have += got;
  }
  packed_ = Decompressor::of({room.data(), have}, name_);
  if (!packed_) return have;
  total_.reset();
  packed_buffer_.assign(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(have));
  packed_bytes_ = {packed_buffer_.data(), have};
  return unpack(room);
}

std::size_t TableInput::unpack(std::span<char> room) {
  for (;;) {
    if (const std::size_t got = packed_->run(packed_bytes_, room); got > 0) return got;
    if (!packed_bytes_.empty()) continue;
    packed_buffer_.resize(kReadBytes);
    const std::size_t got = read_some(packed_buffer_);
    packed_bytes_ = {packed_buffer_.data(), got};
    if (got > 0) continue;
    if (!packed_->complete())
      fail(ErrorKind::corrupt, "{}: what is compressed in it is cut short; fetch or make it anew",
           name_);
    return 0;
  }
}

bool TableInput::more() {
  if (descriptor_ < 0 && !packed_) return false;
  // The window moves to the front, and the buffer grows only when one row fills it.
  if (size_ > 0) std::memmove(buffer_.data(), begin_, size_);
  if (buffer_.size() < size_ + kReadBytes) {
    buffer_.resize(std::max(size_ + kReadBytes, 2 * buffer_.size()));
  }
  begin_ = buffer_.data();
  const std::span<char> room = std::span(buffer_).subspan(size_);
  const std::size_t got = !std::exchange(looked_, true) ? read_first(room)
                          : packed_                     ? unpack(room)
                                                        : read_some(room);
  size_ += got;
  return got > 0;
}

void TableInput::consume(std::size_t count) noexcept {
  begin_ += count;
  size_ -= count;
  position_ += count;
}

bool TableInput::next_line(std::string_view& line, std::size_t limit, std::uint64_t line_number) {
  std::size_t searched = 0;
  for (;;) {
    const std::string_view text = window();
    std::size_t end = text.find('\n', searched);
    const bool found = end != std::string_view::npos;
    if (!found) end = text.size();
    if (end > limit) fail_too_long(limit, line_number);
    if (!found) {
      searched = text.size();
      if (more()) continue;
      if (text.empty()) return false;
    }
    line = window().substr(0, end);
    consume(found ? end + 1 : end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return true;
  }
}

void TableInput::fail_too_long(std::size_t limit, std::uint64_t line_number) const {
  fail(ErrorKind::exhausted,
       "{}, line {}: a row of more than {} bytes; is the file of another format, "
       "or a quote never closed?",
       name_, line_number, limit);
}

}  // namespace kindred::io
