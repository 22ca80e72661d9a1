// kindred version.
#include "base/cpu.h"
#include "cli/commands.h"
#include "cli/console.h"

namespace kindred::cli {

Command version_command() {
  Command c;
  c.name = "version";
  c.summary = "the version, and the instruction set that would be used here";
  c.description = "Prints one line for a bug report.";
  c.run = [] {
    print("kindred {} ({}, {} processors)\n", KINDRED_VERSION, to_string(best_isa()),
          available_cpus());
  };
  return c;
}

}  // namespace kindred::cli
