// CRC-32C (Castagnoli), the checksum of Kindred's own files. Tested by crc32c_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace kindred::io {

/// The CRC-32C (RFC 3720, B.4) of `bytes`, or of what `crc` is the checksum of followed by them.
/// Uses the processor's instruction where it has one.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc = 0) noexcept;

/// The same by tables: the reference, and what other processors run.
std::uint32_t crc32c_portable(std::span<const std::byte> bytes, std::uint32_t crc = 0) noexcept;

}  // namespace kindred::io
