// kindred-torch: the same program with LibTorch, for training and GPUs.
#include "cli/program.h"
#include "cli/torch_program.h"
#include "encode/devices.h"
#include "torch/executor.h"
#include "train/trainer.h"

int main(int argc, char** argv) {
  kindred::encode::set_device_executor(kindred::torch::make_executor);
  kindred::cli::set_trainer(kindred::train::train);
  return kindred::cli::run_program(argc, argv);
}
