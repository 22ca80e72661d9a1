// Tables double, so that ever longer sequences cost no more than twice the longest.
#include "native/rope_tables.h"

#include <algorithm>

namespace kindred::native {
namespace {

constexpr std::size_t kFirstPositions = 256;

}  // namespace

RopeTables::RopeTables(const std::vector<model::RopeSpec>& specs)
    : specs_(specs), tables_(specs.size()) {}

std::shared_ptr<const kernels::RopeTable> RopeTables::get(std::size_t index,
                                                          std::size_t positions) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const kernels::RopeTable>& table = tables_.at(index);
  if (!table || table->positions < positions) {
    std::size_t size = table ? table->positions : kFirstPositions;
    while (size < positions) size *= 2;
    const model::RopeSpec& spec = specs_[index];
    table = std::make_shared<const kernels::RopeTable>(
        kernels::RopeTable::make(spec.inverse_frequencies, spec.attention_factor, size));
  }
  return table;
}

}  // namespace kindred::native
