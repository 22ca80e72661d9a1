// The words of a command line, matched with a command's table. Tested by command_test.cc.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/command.h"

namespace kindred::cli {

/// One value that was given: of a flag, a switch (whose value is empty) or an argument.
struct Given {
  const Parameter* parameter = nullptr;
  std::string value;
};

/// Matches words with the table, in their order; nothing where help is asked for. A word is one
/// value, whatever brackets, quotes or signs it has: `--flag VALUE` and `-f VALUE` take the next
/// word as it is, `--flag=VALUE` and `-fVALUE` the rest of theirs, and behind `--` every word is an
/// argument. Errors: bad_input for what the table does not know, lacks or allows once.
std::optional<std::vector<Given>> parse_command_line(const Command& command,
                                                     std::span<const char* const> words);

/// Checks flags that exclude each other, and that no file is written which the command reads.
/// Errors: bad_input, naming both.
void check_together(const std::vector<Given>& given);

}  // namespace kindred::cli
