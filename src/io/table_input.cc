#include "io/table_input.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "io/system_error.h"

namespace kindred::io {
namespace {

constexpr std::size_t kReadBytes = std::size_t{256} << 10;

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
    : name_(std::move(name)), begin_(memory.data()), size_(memory.size()), total_(memory.size()) {}

bool TableInput::more() {
  if (descriptor_ < 0) return false;
  // The window moves to the front, and the buffer grows only when one row fills it.
  if (size_ > 0) std::memmove(buffer_.data(), begin_, size_);
  if (buffer_.size() < size_ + kReadBytes) {
    buffer_.resize(std::max(size_ + kReadBytes, 2 * buffer_.size()));
  }
  begin_ = buffer_.data();
  for (;;) {
    const ssize_t got = ::read(descriptor_, buffer_.data() + size_, buffer_.size() - size_);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_system(errno, "read", name_);
    size_ += static_cast<std::size_t>(got);
    return got > 0;
  }
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
