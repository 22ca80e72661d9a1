// What the commands share that read word vectors and write others.
#pragma once

#include <cstdint>
#include <string>

#include "cli/command.h"
#include "static_vectors/read.h"
#include "static_vectors/write.h"

namespace kindred::cli {

/// The argument FILE, -o, --to, --unwritable, --limit and --threads.
struct VectorFilesFlags {
  std::string input;
  std::string output;
  std::string format;  ///< by name; empty: by the ending of `output`
  std::string unwritable = "refuse";
  std::size_t limit = 0;
  int threads = 0;
  bool json = false;

  void add_argument(Command& command);
  void add_output(Command& command);
  static_vectors::StaticModel read() const;
  /// The format that `write` takes of a model.
  static_vectors::VectorFormat target(const static_vectors::StaticModel& model) const;
  void write(const static_vectors::StaticModel& model) const;
  /// One line, or a JSON object, of what was written.
  void report(const static_vectors::StaticModel& before,
              const static_vectors::StaticModel& after) const;
};

/// The bytes of a file, or of all files in a directory.
std::uint64_t bytes_of(const std::string& path);

}  // namespace kindred::cli
