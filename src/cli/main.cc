// kindred: without LibTorch, to which it hands over what needs it.
#include "cli/program.h"

int main(int argc, char** argv) {
  return kindred::cli::run_program(argc, argv);
}
