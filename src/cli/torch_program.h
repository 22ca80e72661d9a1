// What needs LibTorch runs in a program of its own, kindred-torch, so that nothing else loads half
// a gigabyte of it. Tested by train_test.cc.
#pragma once

#include <functional>

#include "recipe/training_job.h"

namespace kindred::cli {

using Trainer = std::function<recipe::TrainingResult(const recipe::TrainingJob&)>;

/// Called by kindred-torch before anything else.
void set_trainer(Trainer trainer);
/// Errors: unsupported where this program has none.
const Trainer& trainer();

/// Where the words ask for training or for another device than the CPU, and this program has no
/// LibTorch, kindred-torch beside it takes its place with the same words, and the call does not
/// come back. It does where there is none: the command then says so.
void hand_over_to_torch(int argc, char** argv);

}  // namespace kindred::cli
