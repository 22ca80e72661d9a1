// Runs a command inside of a test. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/command.h"

namespace kindred::cli {

/// What `kindred WORDS…` prints. Throws what the command throws.
inline std::string printed_by(std::vector<std::string> words) {
  words.insert(words.begin(), "kindred");
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  std::vector<Command> commands = all_commands();
  testing::internal::CaptureStdout();
  try {
    dispatch(commands, static_cast<int>(arguments.size()), arguments.data());
  } catch (...) {
    testing::internal::GetCapturedStdout();
    throw;
  }
  return testing::internal::GetCapturedStdout();
}

}  // namespace kindred::cli
