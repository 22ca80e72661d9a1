// Bytes of a file in order, unpacked where they are compressed. Tested by byte_input_test.cc.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "io/table_input.h"

namespace kindred::static_vectors {

/// Threads: one at a time. Errors of everything that reads: corrupt where the file ends before.
class ByteInput {
 public:
  /// Errors: not_found; bad_input for a directory.
  explicit ByteInput(const std::string& path);
  ByteInput(std::string_view memory, const std::string& name) : input_(memory, name) {}

  const std::string& name() const noexcept { return input_.name(); }
  /// What lies ahead: `count` bytes or more, fewer only at the end of the file. Views of it end
  /// with the next call of any method but `skip`.
  std::string_view peek(std::size_t count);
  /// Of what `peek` gave.
  void skip(std::size_t count) noexcept { input_.consume(count); }
  bool at_end() { return peek(1).empty(); }
  /// Bytes that are left, where the file is not compressed.
  std::optional<std::uint64_t> left() const noexcept;

  void read(void* out, std::size_t count);
  template <typename T>
  T number() {
    static_assert(std::is_arithmetic_v<T>);
    T value;
    read(&value, sizeof(T));
    return value;
  }
  /// The bytes before the next `end`, which is taken too. Errors: corrupt also where there are more
  /// than `limit`.
  std::string_view until(char end, std::size_t limit);
  /// `rows` rows of `row_values` values of T each. With `places`, row i of the first places->size()
  /// goes to row places[i], which is i or less, or nowhere where that is `kept` or more, and the
  /// others follow behind `kept` rows. Memory is asked for as the bytes arrive, so that a size that
  /// lies costs nothing.
  template <typename T>
  std::vector<T> rows(std::uint64_t rows, std::size_t row_values,
                      const std::vector<std::uint32_t>* places = nullptr, std::size_t kept = 0);

  /// Errors: corrupt where fewer bytes are left, as far as that is known.
  void require_left(std::uint64_t count);
  [[noreturn]] void fail_short() const;

 private:
  io::TableInput input_;
};

template <typename T>
std::vector<T> ByteInput::rows(std::uint64_t rows, std::size_t row_values,
                               const std::vector<std::uint32_t>* places, std::size_t kept) {
  constexpr std::size_t kBlockValues = std::size_t{1} << 18;
  const std::size_t row_bytes = row_values * sizeof(T);
  if (row_bytes == 0 || rows > ~std::uint64_t{0} / row_bytes / 2) fail_short();
  require_left(rows * row_bytes);
  const std::size_t dropped = places != nullptr ? places->size() - kept : 0;
  const std::size_t total = (rows - dropped) * row_values;
  std::vector<T> values;
  if (left()) values.reserve(total);
  const auto grow = [&](std::size_t wanted) {
    if (values.capacity() < wanted) values.reserve(std::min(total, 2 * wanted));
    if (values.size() < wanted) values.resize(wanted);
  };
  for (std::uint64_t i = 0; places != nullptr && i < places->size(); ++i) {
    const std::string_view bytes = peek(row_bytes);
    if (bytes.size() < row_bytes) fail_short();
    const std::size_t place = (*places)[i];
    if (place < kept) {
      grow((place + 1) * row_values);
      std::memcpy(values.data() + place * row_values, bytes.data(), row_bytes);
    }
    skip(row_bytes);
  }
  if (places != nullptr) grow(kept * row_values);
  while (values.size() < total) {
    const std::size_t begin = values.size();
    const std::size_t count = std::min(kBlockValues, total - begin);
    grow(begin + count);
    read(values.data() + begin, count * sizeof(T));
  }
  return values;
}

}  // namespace kindred::static_vectors
