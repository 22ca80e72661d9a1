#include "static_vectors/byte_input.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "io/system_error.h"

namespace kindred::static_vectors {
namespace {

io::TableInput open_input(const std::string& path) {
  io::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) io::fail_system(errno, "open", path);
  const int descriptor = file.get();
  return {std::move(file), descriptor, path};
}

}  // namespace

ByteInput::ByteInput(const std::string& path) : input_(open_input(path)) {}

std::string_view ByteInput::peek(std::size_t count) {
  while (input_.window().size() < count && input_.more()) {
  }
  return input_.window();
}

std::optional<std::uint64_t> ByteInput::left() const noexcept {
  const auto size = input_.size();
  if (!size) return std::nullopt;
  return *size - std::min(*size, input_.position());
}

void ByteInput::read(void* out, std::size_t count) {
  auto* to = static_cast<char*>(out);
  while (count > 0) {
    const std::string_view bytes = peek(1);
    if (bytes.empty()) fail_short();
    const std::size_t some = std::min(bytes.size(), count);
    std::memcpy(to, bytes.data(), some);
    input_.consume(some);
    to += some;
    count -= some;
  }
}

std::string_view ByteInput::until(char end, std::size_t limit) {
  for (std::size_t searched = 0;;) {
    const std::string_view bytes = input_.window();
    const std::size_t at = bytes.find(end, searched);
    if (at != std::string_view::npos && at <= limit) {
      input_.consume(at + 1);
      return bytes.substr(0, at);
    }
    searched = bytes.size();
    if (searched > limit)
      fail(ErrorKind::corrupt, "{}: a word of more than {} bytes; it is damaged or of another kind",
           name(), limit);
    if (!input_.more()) fail_short();
  }
}

void ByteInput::require_left(std::uint64_t count) {
  const auto have = left();
  if (have && *have < count)
    fail(ErrorKind::corrupt,
         "{} says that {} bytes follow where {} do; it is cut short or damaged: fetch it anew",
         name(), count, *have);
}

void ByteInput::fail_short() const {
  fail(ErrorKind::corrupt,
       "{} ends before what it says that it holds; it is cut short: fetch it "
       "anew",
       name());
}

}  // namespace kindred::static_vectors
