// Any bytes as what a stopped build left (the first byte says which file), under a right checksum
// and the key of the build: nothing, or what fits the build.
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "index/build_state.h"
#include "io/crc32c.h"
#include "io/temp_directory.h"
#include "kindred/error.h"

namespace {

using namespace kindred::index;

constexpr std::size_t kDimension = 3;

const Plan& plan() {
  static const Plan made = [] {
    Plan p;
    p.kind = SegmentKind::ivf;
    p.lists = 4;
    p.partitions = 2;
    return p;
  }();
  return made;
}

void check(const TrainedCentroids& trained) {
  const auto& begins = trained.group_begin;
  if (trained.mean.size() != kDimension || trained.centroids.size() != kDimension * plan().lists)
    std::abort();
  if (begins.size() < 2 || begins.front() != 0 || begins.back() != plan().lists) std::abort();
  for (std::size_t g = 1; g < begins.size(); ++g) {
    if (begins[g] <= begins[g - 1]) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const kindred::io::TempDirectory directory;
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::uint64_t key = 0;
  std::memcpy(&key, bytes.data(), std::min(sizeof key, bytes.size()));
  const std::uint32_t crc = kindred::io::crc32c(std::as_bytes(std::span(bytes)));
  bytes.append(reinterpret_cast<const char*>(&crc), sizeof crc);
  try {
    if (data[0] % 2 == 0) {
      directory.write("build-centroids", bytes);
      if (const auto trained = load_centroids(directory.path(), key, plan(), kDimension))
        check(*trained);
    } else {
      directory.write("build-rows", bytes);
      const auto state = load_partition_state(directory.path(), key, plan());
      if (state && state->bytes.size() != plan().partitions) std::abort();
    }
  } catch (const kindred::Error&) {
    std::abort();  // what is damaged is no state, and the build begins anew
  }
  return 0;
}
