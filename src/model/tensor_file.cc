#include "model/tensor_file.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <span>

#include "base/error.h"
#include "io/atomic_file.h"
#include "io/finite.h"
#include "io/safetensors.h"

namespace kindred::model {
namespace {

using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

std::uint16_t to_bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

/// Calls `row` with the values of each row of the tensor as it is to be written.
void for_each_row(const TensorToWrite& tensor,
                  const std::function<void(const std::vector<float>&)>& row) {
  std::vector<float> values;
  for (const io::TensorView& part : tensor.parts) {
    // A vector's elements are paired as a matrix' rows are.
    io::TensorView view = part;
    if (tensor.paired_rows > 0 && view.shape.size() == 1) view.shape = {view.elements(), 1};
    const std::size_t rows = view.rows();
    const std::size_t paired = tensor.paired_rows;
    values.resize(view.columns());
    for (std::size_t i = 0; i < rows; ++i) {
      std::size_t from = i;
      if (paired > 0) {
        const std::size_t at = i % paired;
        const std::size_t half = paired / 2;
        from = i - at + (at < half ? 2 * at : 2 * (at - half) + 1);
      }
      view.read_row(from, values.data());
      row(values);
    }
    part.release_pages();
  }
}

void check(const TensorToWrite& tensor) {
  std::size_t elements = 0;
  for (const io::TensorView& part : tensor.parts) elements += part.elements();
  require(io::checked_elements(tensor.shape) == elements,
          "the parts of a tensor are not its whole");
  require(tensor.paired_rows == 0 || tensor.shape.front() % tensor.paired_rows == 0,
          "rows that are no whole number of heads");
  std::size_t at = 0;
  for_each_row(tensor, [&](const std::vector<float>& values) {
    if (io::first_not_finite(values.data(), values.size()) != values.size()) {
      fail(ErrorKind::corrupt,
           "tensor \"{}\" has a value in row {} that is not finite, so that no vector would be "
           "one; training has failed, go back to the last checkpoint that was good",
           tensor.name, at);
    }
    ++at;
  });
}

void write(const TensorToWrite& tensor, io::AtomicFile& file) {
  std::vector<std::uint16_t> halves;
  for_each_row(tensor, [&](const std::vector<float>& values) {
    if (tensor.dtype == io::DType::f32) return file.write(std::as_bytes(std::span(values)));
    halves.resize(values.size());
    std::transform(values.begin(), values.end(), halves.begin(), to_bfloat16);
    file.write(std::as_bytes(std::span(halves)));
  });
}

}  // namespace

std::uint64_t write_tensors(std::vector<TensorToWrite> tensors, const std::string& path,
                            const Progress& progress) {
  for (const TensorToWrite& tensor : tensors) check(tensor);
  std::stable_sort(tensors.begin(), tensors.end(),
                   [](const TensorToWrite& a, const TensorToWrite& b) {
                     return io::block_size(a.dtype).bytes > io::block_size(b.dtype).bytes;
                   });
  std::vector<io::TensorView> targets;
  std::uint64_t total = 0;
  for (const TensorToWrite& tensor : tensors) {
    io::TensorView& target = targets.emplace_back();
    target.name = tensor.name;
    target.shape = tensor.shape;
    target.dtype = tensor.dtype;
    target.bytes = io::checked_bytes(tensor.dtype, tensor.shape).value();
    total += target.bytes;
  }
  io::AtomicFile file = io::AtomicFile::create(path);
  file.write(io::safetensors_header(targets, {{"format", "pt"}}));
  std::uint64_t done = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    write(tensors[i], file);
    done += targets[i].bytes;
    if (progress) progress(done, total);
  }
  file.commit();
  return file.size();
}

}  // namespace kindred::model
