#include "cli/vectors_flags.h"

#include "cli/model_flags.h"

namespace kindred::cli {

void VectorFlags::add_argument(Command& command) {
  command.arguments.push_back(
      argument("FILE", kVectorsHelp, &path).must_be_given().completed_by(Completes::file));
}

void VectorFlags::add_flags(Command& command) {
  auto& flags = command.group("Vectors").flags;
  flags.push_back(flag("--limit", "N", "read only the first N words of the file", &options.limit)
                      .shown_default("all"));
  flags.push_back(flag("-t,--threads", "N", "threads; 0 is one a physical core", &options.threads));
}

WordVectors VectorFlags::open() const {
  WordVectorOptions chosen = options;
  chosen.threads = threads_or_environment(options.threads);
  return WordVectors::open(path, chosen);
}

}  // namespace kindred::cli
