// A training run from recipe to model directory. Tested by trainer_test.cc.
#pragma once

#include "recipe/training_job.h"

namespace kindred::train {

/// Trains as the job says, going on from the last checkpoint of its directory where there is one:
/// on one CPU process the steps then are bit for bit those of a run that was never stopped.
///
/// Errors: those of reading recipe, model and data; bad_input where the directory holds another
/// recipe's run, and for losses or gradients that are not finite, with the batch in
/// failed-batch.jsonl.
recipe::TrainingResult train(const recipe::TrainingJob& job);

}  // namespace kindred::train
