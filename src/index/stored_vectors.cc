#include "index/stored_vectors.h"

#include <fcntl.h>
#include <sys/uio.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "io/half.h"
#include "kernels/inverse.h"

namespace kindred::index {
namespace {

/// Rounds to nearest, ties to even; the values are finite.
std::uint16_t to_bfloat16(float value) {
  const auto word = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((word + 0x7FFFU + (word >> 16 & 1U)) >> 16);
}

void store_int8(const float* vector, std::size_t dimension, std::byte* out) {
  float largest = 0.0F;
  for (std::size_t i = 0; i < dimension; ++i) largest = std::max(largest, std::abs(vector[i]));
  const float scale = largest / 127.0F;
  const float inverse = kernels::inverse_of(scale);
  std::memcpy(out, &scale, sizeof(scale));
  for (std::size_t i = 0; i < dimension; ++i) {
    const float level = std::clamp(std::nearbyint(vector[i] * inverse), -127.0F, 127.0F);
    out[sizeof(scale) + i] = static_cast<std::byte>(static_cast<std::int8_t>(level));
  }
}

}  // namespace

void store_vector(StoredType type, const float* vector, std::size_t dimension, std::byte* out) {
  switch (type) {
    case StoredType::float32:
      std::memcpy(out, vector, dimension * sizeof(float));
      return;
    case StoredType::float16: {
      thread_local std::vector<std::uint16_t> halves;
      halves.resize(dimension);
      io::floats_to_halves(vector, dimension, halves.data());
      std::memcpy(out, halves.data(), 2 * dimension);
      return;
    }
    case StoredType::bfloat16:
      for (std::size_t i = 0; i < dimension; ++i) {
        const std::uint16_t value = to_bfloat16(vector[i]);
        std::memcpy(out + 2 * i, &value, sizeof(value));
      }
      return;
    case StoredType::int8:
      store_int8(vector, dimension, out);
  }
}

StoredVectors::StoredVectors(const std::string& directory, StoredType type, std::size_t dimension,
                             std::size_t rows, bool mapped)
    : file_(directory, FileRole::vectors),
      type_(type),
      dimension_(dimension),
      rows_(rows),
      vector_bytes_(kernels::stored_bytes(type, dimension)) {
  if (file_.size() != offset_of(rows))
    fail(ErrorKind::corrupt, "{}: {} bytes of vectors, expected {} × {}; restore it from a copy",
         file_.path(), file_.size(), rows, vector_bytes_);
  if (mapped) map_ = io::MappedFile::open(file_.path());
}

void StoredVectors::read(std::span<const std::uint32_t> rows, std::byte* out) const {
  if (map_) {
    for (const std::uint32_t row : rows) {
      std::memcpy(out, in_place(row), vector_bytes_);
      out += vector_bytes_;
    }
    return;
  }
  // First what the page cache holds, asking the disk for the rest without waiting; then that rest.
  thread_local std::vector<std::size_t> missing;
  missing.clear();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::uint64_t offset = SegmentFile::payload_offset() + offset_of(rows[i]);
    const iovec part{out + i * vector_bytes_, vector_bytes_};
    const ssize_t got =
        ::preadv2(file_.descriptor(), &part, 1, static_cast<off_t>(offset), RWF_NOWAIT);
    if (got == static_cast<ssize_t>(vector_bytes_)) continue;
    missing.push_back(i);
    ::posix_fadvise(file_.descriptor(), static_cast<off_t>(offset),
                    static_cast<off_t>(vector_bytes_), POSIX_FADV_WILLNEED);
  }
  for (const std::size_t i : missing)
    file_.read(offset_of(rows[i]), vector_bytes_, out + i * vector_bytes_);
}

void StoredVectors::read_widened(std::span<const std::uint32_t> rows,
                                 std::vector<std::byte>& stored, std::vector<float>& floats) const {
  stored.resize(rows.size() * vector_bytes_);
  const bool neighbours = !rows.empty() && rows.back() - rows.front() + 1 == rows.size();
  if (!map_ && neighbours)
    file_.read(offset_of(rows.front()), stored.size(), stored.data());
  else
    read(rows, stored.data());
  floats.resize(rows.size() * dimension_);
  const kernels::WidenStored widen = kernels::widen_stored(type_);
  for (std::size_t i = 0; i < rows.size(); ++i)
    widen(stored.data() + i * vector_bytes_, dimension_, floats.data() + i * dimension_);
}

float StoredVectors::score_stored(Metric metric, const float* query,
                                  const std::byte* stored) const noexcept {
  return metric == Metric::euclidean ? -kernels::stored_squared_l2(type_)(stored, query, dimension_)
                                     : kernels::stored_dot(type_)(stored, query, dimension_);
}

void StoredVectors::read_floats(std::span<const std::uint32_t> rows, float* out) const {
  const kernels::WidenStored widen = kernels::widen_stored(type_);
  std::vector<std::byte> stored(vector_bytes_);
  for (const std::uint32_t row : rows) {
    require(row < rows_, "a row of the segment");
    read({&row, 1}, stored.data());
    widen(stored.data(), dimension_, out);
    out += dimension_;
  }
}

void StoredVectors::score(Metric metric, const float* query, std::span<const std::uint32_t> rows,
                          float* scores) const {
  thread_local std::vector<std::byte> buffer;
  if (map_) {
    for (const std::uint32_t row : rows)
      for (std::size_t line = 0; line < vector_bytes_; line += 64)
        __builtin_prefetch(in_place(row) + line);
  } else {
    buffer.resize(rows.size() * vector_bytes_);
    read(rows, buffer.data());
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::byte* stored = map_ ? in_place(rows[i]) : buffer.data() + i * vector_bytes_;
    scores[i] = score_stored(metric, query, stored);
  }
}

}  // namespace kindred::index
