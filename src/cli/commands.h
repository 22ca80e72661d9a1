// One function a command: each makes its table, in the file of its name.
#pragma once

#include "cli/command.h"

namespace kindred::cli {

Command embed_command();
Command similar_command();
Command compare_command();
Command tokenize_command();
Command tokens_command();
Command inspect_command();
Command bench_command();
Command quantize_command();
Command idf_command();
Command generate_command();
Command completion_command();
Command man_command();
Command version_command();

}  // namespace kindred::cli
