// One change of a collection, as it is logged. Tested by mutation_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "io/byte_codec.h"

namespace kindred::index {

/// Keys are whole numbers of at most 63 bits, so that they fit NumPy's int64.
constexpr std::uint64_t kMaxKey = (std::uint64_t{1} << 63) - 2;

struct Mutation {
  enum class Kind : std::uint8_t {
    put = 1,        ///< replaces the live rows with its key or with its id
    erase_key = 2,  ///< the live row with this key, if any
    erase_id = 3,   ///< the live row with this id, if any
  };
  Kind kind = Kind::put;
  std::uint64_t key = 0;
  std::string_view id;                ///< empty: none
  std::string_view payload;           ///< the caller's bytes
  std::string_view fields;            ///< what a filter sees of the row, encoded
  const std::byte* vector = nullptr;  ///< put: `dimension` float32 in any alignment
};

/// Appends one mutation to a record's payload.
void encode_mutation(const Mutation& mutation, std::size_t dimension, io::ByteWriter& out);

/// Calls `apply` for each mutation of a record. Errors: corrupt, naming `origin`, before the first
/// call.
void decode_mutations(std::string_view record, std::size_t dimension, const std::string& origin,
                      const std::function<void(const Mutation&)>& apply);

}  // namespace kindred::index
