// The main of every test program. KINDRED_ISA runs it with a lower instruction set than this
// processor has; where there is nothing lower, the run is skipped (status 77), for it would repeat
// the one without.
#include <gmock/gmock.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/cpu.h"

namespace {
constexpr int kNothingLower = 77;
}

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  const char* asked = std::getenv("KINDRED_ISA");
  if (asked != nullptr && *asked != '\0') kindred::limit_isa(kindred::parse_isa(asked));
  const std::string used(to_string(kindred::best_isa()));
  const std::string here(to_string(kindred::supported_isa()));
  if (!GTEST_FLAG_GET(list_tests))
    std::printf("instruction set: %s (this processor has %s)\n", used.c_str(), here.c_str());
  if (asked != nullptr && used == here) return kNothingLower;
  return RUN_ALL_TESTS();
}
