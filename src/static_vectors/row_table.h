// A matrix of vectors that is read by rows, however its values are held. Tested by
// row_table_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace kindred::static_vectors {

/// Rows × columns. Rows are given as float32 whatever they are stored as.
///
/// Threads: immutable; every method may run concurrently.
class RowTable {
 public:
  virtual ~RowTable() = default;
  std::size_t rows() const noexcept { return rows_; }
  std::size_t columns() const noexcept { return columns_; }

  /// `out` (columns() values) becomes the row.
  virtual void read_row(std::size_t row, float* out) const = 0;
  /// `out` += weight × row.
  virtual void add_row(std::size_t row, float weight, float* out) const = 0;
  /// The product of the row and `x`.
  virtual float dot_row(std::size_t row, const float* x) const = 0;
  /// All values, row-major, where they are held as float32; else null.
  virtual const float* floats() const noexcept { return nullptr; }
  /// What the values take in memory.
  virtual std::uint64_t bytes() const noexcept = 0;

 protected:
  RowTable(std::size_t rows, std::size_t columns) : rows_(rows), columns_(columns) {}

 private:
  std::size_t rows_;
  std::size_t columns_;
};

/// Plain float32.
class FloatTable final : public RowTable {
 public:
  /// `values`: rows × columns, row-major.
  FloatTable(std::size_t rows, std::size_t columns, std::vector<float> values);
  /// The same, kept alive by `storage` (a mapped file).
  FloatTable(std::size_t rows, std::size_t columns, const float* values,
             std::shared_ptr<const void> storage);

  void read_row(std::size_t row, float* out) const override;
  void add_row(std::size_t row, float weight, float* out) const override;
  float dot_row(std::size_t row, const float* x) const override;
  const float* floats() const noexcept override { return values_; }
  std::uint64_t bytes() const noexcept override { return rows() * columns() * sizeof(float); }

 private:
  std::shared_ptr<const void> storage_;
  const float* values_;
};

}  // namespace kindred::static_vectors
