#include "static_vectors/parameters.h"

#include <sys/mman.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "base/error.h"
#include "kernels/row_products.h"

namespace kindred::static_vectors {

Parameters::Parameters(std::size_t rows, std::size_t columns)
    : rows_(rows), columns_(columns), width_(kernels::padded_width(columns)) {
  if (size() == 0) return;
  constexpr std::size_t kMost = std::numeric_limits<std::int64_t>::max() / sizeof(float);
  void* memory = rows_ > kMost / width_
                     ? MAP_FAILED
                     : mmap(nullptr, size() * sizeof(float), PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    fail(ErrorKind::exhausted,
         "no memory for {} vectors of {} dimensions; raise the least count, or lower the "
         "dimensions or the buckets",
         rows, columns);
  // Only a hint: without huge pages it works as well, more slowly.
  (void)madvise(memory, size() * sizeof(float), MADV_HUGEPAGE);
  values_ = static_cast<float*>(memory);
}

Parameters::~Parameters() {
  if (values_ != nullptr) munmap(values_, size() * sizeof(float));
}

Parameters::Parameters(Parameters&& other) noexcept
    : rows_(other.rows_),
      columns_(other.columns_),
      width_(other.width_),
      values_(std::exchange(other.values_, nullptr)) {}

void Parameters::fill_uniform(float bound, const Random& random) {
  for (std::size_t i = 0; i < rows_; ++i) {
    Random own = random.split(i);
    float* values = row(i);
    for (std::size_t k = 0; k < columns_; ++k)
      values[k] = (static_cast<float>(own() >> 40) * 0x1p-23F - 1.0F) * bound;
  }
}

}  // namespace kindred::static_vectors
