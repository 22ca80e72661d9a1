#include "base/cpu.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <thread>

#include "base/error.h"

namespace kindred {
namespace {

std::atomic<Isa> highest_isa = Isa::amx;

// Linux grants the 8 KB AMX tile state a process only on request.
bool request_amx() noexcept {
  constexpr int kArchReqXcompPerm = 0x1023;
  constexpr int kXtileData = 18;
  return syscall(SYS_arch_prctl, kArchReqXcompPerm, kXtileData) == 0;
}

#if defined(__x86_64__)
// What compilers' __builtin_cpu_supports does not know by name everywhere.
struct Leaves {
  bool f16c = false;
  bool avx512bf16 = false;
  bool amx = false;  // tile, int8 and bf16
};

Leaves read_leaves() noexcept {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  Leaves found;
  if (__get_cpuid(1, &a, &b, &c, &d) != 0) found.f16c = (c & (1U << 29)) != 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return found;
  constexpr unsigned kAmxBf16 = 1U << 22;
  constexpr unsigned kAmxTile = 1U << 24;
  constexpr unsigned kAmxInt8 = 1U << 25;
  constexpr unsigned kAmx = kAmxBf16 | kAmxTile | kAmxInt8;
  found.amx = (d & kAmx) == kAmx;
  if (__get_cpuid_count(7, 1, &a, &b, &c, &d) != 0) found.avx512bf16 = (a & (1U << 5)) != 0;
  return found;
}
#endif

Isa detect() noexcept {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const Leaves leaves = read_leaves();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
      !__builtin_cpu_supports("bmi2") || !leaves.f16c)
    return Isa::scalar;
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl") ||
      !__builtin_cpu_supports("avx512vnni"))
    return Isa::avx2;
  if (!leaves.avx512bf16) return Isa::avx512;
  return leaves.amx && request_amx() ? Isa::amx : Isa::avx512bf16;
#else
  return Isa::scalar;
#endif
}

// True for the first processor of its core: siblings are listed in ascending order.
bool leads_its_core(int cpu, const cpu_set_t& allowed) noexcept {
  char path[96];
  std::snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list",
                cpu);
  std::FILE* file = std::fopen(path, "r");
  if (!file) return true;
  // "0,16" or "0-1": the numbers before this one are its elder siblings.
  bool leads = true;
  int first = 0;
  while (std::fscanf(file, "%d", &first) == 1) {
    int last = first;
    int mark = std::fgetc(file);
    if (mark == '-' && std::fscanf(file, "%d", &last) == 1) mark = std::fgetc(file);
    for (int sibling = first; sibling <= last && sibling < cpu; ++sibling)
      if (CPU_ISSET(sibling, &allowed)) leads = false;
    if (mark != ',') break;
  }
  std::fclose(file);
  return leads;
}

// Processors' worth of time that the control group grants, 0 where it sets no limit.
int granted_by_control_group() noexcept {
  std::FILE* file = std::fopen("/sys/fs/cgroup/cpu.max", "r");
  if (!file) return 0;
  long long quota = 0;
  long long period = 0;
  const int read = std::fscanf(file, "%lld %lld", &quota, &period);  // "max 100000": nothing read
  std::fclose(file);
  if (read != 2 || quota <= 0 || period <= 0) return 0;
  return static_cast<int>(std::max(1LL, (quota + period - 1) / period));
}

}  // namespace

std::string_view to_string(Isa isa) noexcept {
  switch (isa) {
    case Isa::scalar:
      return "scalar";
    case Isa::avx2:
      return "avx2";
    case Isa::avx512:
      return "avx512";
    case Isa::avx512bf16:
      return "avx512bf16";
    case Isa::amx:
      return "amx";
  }
  return "unknown";
}

Isa parse_isa(std::string_view name) {
  for (const Isa isa : kAllIsas)
    if (to_string(isa) == name) return isa;
  fail(ErrorKind::bad_input,
       "instruction set '{}' is not one of scalar, avx2, avx512, avx512bf16, amx", name);
}

Isa supported_isa() noexcept {
  static const Isa isa = detect();
  return isa;
}

Isa best_isa() noexcept {
  return std::min(supported_isa(), highest_isa.load(std::memory_order_relaxed));
}

void limit_isa(Isa highest) noexcept {
  highest_isa.store(highest, std::memory_order_relaxed);
}

int available_cpus() noexcept {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) {
    const int n = CPU_COUNT(&set);
    if (n > 0) return n;
  }
  const unsigned n = std::thread::hardware_concurrency();
  return n > 0 ? static_cast<int>(n) : 1;
}

int available_cores() noexcept {
  cpu_set_t set;
  int cores = 0;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) {
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(cpu, &set) && leads_its_core(cpu, set)) ++cores;
  }
  if (cores == 0) cores = available_cpus();
  const int granted = granted_by_control_group();
  return granted > 0 ? std::min(cores, granted) : cores;
}

}  // namespace kindred
