#include "encode/windowed_text.h"

#include <algorithm>

#include "base/error.h"

namespace kindred {

void WindowOptions::validate() const {
  if (window == 0)
    fail(ErrorKind::bad_input, "a window of 0 tokens holds no text; choose 1 or more");
  if (stride > window)
    fail(ErrorKind::bad_input,
         "a stride of {} tokens leaves out the tokens between windows of {}; choose 1 to {}",
         stride, window, window);
}

namespace encode {

std::vector<TokenWindow> windows_over(std::size_t tokens, std::size_t size, std::size_t step) {
  std::vector<TokenWindow> out;
  for (std::size_t begin = 0;; begin += step) {
    const std::size_t end = std::min(begin + size, tokens);
    out.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
    if (end == tokens) return out;
  }
}

std::vector<std::uint32_t> WindowedText::sequence(TokenWindow part) const {
  std::vector<std::uint32_t> ids = front;
  ids.insert(ids.end(), own.begin() + part.begin, own.begin() + part.end);
  ids.insert(ids.end(), behind.begin(), behind.end());
  return ids;
}

}  // namespace encode
}  // namespace kindred
