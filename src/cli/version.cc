// kindred version.
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "kindred/machine.h"

namespace kindred::cli {
namespace {

nlohmann::ordered_json to_json(const Machine& machine) {
  nlohmann::ordered_json kernels = nlohmann::ordered_json::array();
  for (const KernelChoice& k : machine.kernels)
    kernels.push_back({{"kernel", k.kernel},
                       {"isa", k.instruction_set},
                       {"proven", k.proven},
                       {"wrong", k.wrong}});
  return {{"version", KINDRED_VERSION}, {"processors", machine.processors},
          {"cores", machine.cores},     {"instruction_sets", machine.instruction_sets},
          {"isa", machine.highest},     {"kernels", kernels}};
}

void print_text(const Machine& machine) {
  print("kindred {} ({}, {} processors)\n", KINDRED_VERSION, machine.highest, machine.processors);
  cli::print("instruction sets here: {}\n", fmt::join(machine.instruction_sets, ", "));
  print("kernels, and the set that each uses, proven against the scalar reference:\n");
  for (const KernelChoice& k : machine.kernels) {
    print("  {:<20}{}", k.kernel, k.instruction_set);
    if (!k.wrong.empty())
      cli::print("  (wrong on this processor, left out: {})", fmt::join(k.wrong, ", "));
    print("\n");
  }
}

}  // namespace

Command version_command() {
  auto json = std::make_shared<bool>(false);
  Command c;
  c.name = "version";
  c.summary = "the version, and the instruction sets that are here, chosen and proven";
  c.description =
      "For a bug report. A kernel (matrix product, attention, distances …) has a variant for some "
      "instruction sets; each is compared with the scalar reference once in a process, before its "
      "first use, and left out with a warning if it gives something else.";
  c.group("Output").flags.push_back(toggle("--json", "print a JSON object", json.get()));
  c.examples = {{"what would be used without AVX-512?", "KINDRED_ISA=avx2 kindred version"}};
  c.run = [json] {
    const Machine here = machine();
    if (*json)
      print("{}\n", to_json(here).dump());
    else
      print_text(here);
  };
  return c;
}

}  // namespace kindred::cli
