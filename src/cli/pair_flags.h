// Flags of commands that read training files.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "prepare/pair_reader.h"

namespace kindred::cli {

struct PairFlags {
  std::vector<std::string> columns, labels, prompts, prompt_names;
  std::optional<std::string> format, scores;

  /// Adds the flags that say what is in the files.
  void add_input(Command& command);
  void add_prompts(Command& command);
  /// Errors: bad_input for a value of a wrong form.
  prepare::PairOptions options() const;
};

/// "NAME=VALUE" in two. Errors: bad_input with the flag and an example.
std::pair<std::string, std::string> parse_assignment(const std::string& flag,
                                                     const std::string& text,
                                                     const std::string& example);
/// Errors: bad_input.
double parse_number(const std::string& flag, const std::string& text);

}  // namespace kindred::cli
