#include "index/memory.h"

#include <algorithm>
#include <cstdio>

namespace kindred::index {
namespace {

/// The number in a file of one number; `otherwise` without it ("max").
std::uint64_t read_number(const char* path, std::uint64_t otherwise) noexcept {
  std::FILE* file = std::fopen(path, "re");
  if (!file) return otherwise;
  unsigned long long value = 0;
  const bool found = std::fscanf(file, "%llu", &value) == 1;
  std::fclose(file);
  return found ? value : otherwise;
}

std::uint64_t available() noexcept {
  std::uint64_t bytes = std::uint64_t{1} << 30;
  std::FILE* file = std::fopen("/proc/meminfo", "re");
  if (!file) return bytes;
  char line[128];
  while (std::fgets(line, sizeof(line), file)) {
    unsigned long long kilobytes = 0;
    if (std::sscanf(line, "MemAvailable: %llu kB", &kilobytes) == 1) bytes = kilobytes << 10;
  }
  std::fclose(file);
  return bytes;
}

}  // namespace

std::uint64_t free_memory() noexcept {
  constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};
  const std::uint64_t limit = read_number("/sys/fs/cgroup/memory.max", kNoLimit);
  const std::uint64_t used = read_number("/sys/fs/cgroup/memory.current", 0);
  return std::min(available(), limit == kNoLimit ? kNoLimit : limit - std::min(limit, used));
}

}  // namespace kindred::index
