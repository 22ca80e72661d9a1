// What training stops and goes on with. Tested by train_test.cc.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "static_vectors/batch_trainer.h"
#include "static_vectors/parameters.h"

namespace kindred::static_vectors {

struct TrainingState {
  std::uint64_t next = 0;  ///< chunks that are learned, counted over epochs
  std::vector<TrainingTally> epochs;
};

/// "KNDTRST1"; 64 characters of `key`; `next`; the number of epochs and each one's tally; the rows
/// of both matrices with their padding; the CRC-32C of all before. Atomic.
void save_training(const std::string& path, const std::string& key, const TrainingState& state,
                   const Parameters& input, const Parameters& output);

/// False, with nothing changed, where there is no such file or it is of another key. Errors:
/// corrupt.
bool load_training(const std::string& path, const std::string& key, TrainingState& state,
                   Parameters& input, Parameters& output);

}  // namespace kindred::static_vectors
