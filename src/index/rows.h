// Who the rows of a part of a collection are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kindred::index {

/// Views stay valid while the object lives.
///
/// Threads: const methods may run concurrently.
class Rows {
 public:
  virtual ~Rows() = default;

  virtual std::size_t rows() const noexcept = 0;
  virtual std::uint64_t key(std::size_t row) const = 0;
  virtual std::string_view id(std::size_t row) const = 0;       ///< empty: none
  virtual std::string_view payload(std::size_t row) const = 0;  ///< the caller's bytes
  virtual std::string_view fields(std::size_t row) const = 0;   ///< encoded, for filters
};

}  // namespace kindred::index
