// The whole program behind `main`. Tested by cli_test.cc and every test that runs the program.
#pragma once

namespace kindred::cli {

/// The exit status.
int run_program(int argc, char** argv);

}  // namespace kindred::cli
