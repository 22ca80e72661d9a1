#include "cli/commands.h"

namespace kindred::cli {

std::vector<Command> all_commands() {
  return {embed_command(),  similar_command(),  compare_command(),    tokenize_command(),
          tokens_command(), inspect_command(),  bench_command(),      quantize_command(),
          idf_command(),    generate_command(), completion_command(), man_command(),
          version_command()};
}

}  // namespace kindred::cli
