// Several processes that train one model: each holds the whole model and a share of every batch.
// Tested by processes_test.cc and contrastive_step_test.cc.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>

namespace kindred::train {

/// Every method is called by all processes in the same order.
///
/// Threads: one at a time.
class Processes {
 public:
  Processes() = default;
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;
  virtual ~Processes() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;
  /// Adds the tensors of all processes, in place. Contiguous, of floats or 64-bit integers.
  virtual void sum(at::Tensor& tensor) = 0;
  /// The tensor of process `root`, in place.
  virtual void broadcast(at::Tensor& tensor, int root) = 0;
  /// The rows of all processes, one behind another by rank. Their numbers may differ.
  virtual at::Tensor gather_rows(const at::Tensor& rows) = 0;
  virtual void barrier() = 0;

  bool first() const { return rank() == 0; }
};

/// One process alone.
std::unique_ptr<Processes> single_process();
/// Those that mpirun started. Errors: unsupported in a build without MPI.
std::unique_ptr<Processes> mpi_processes();

/// Rows [begin, end) of `count` that belong to a process.
struct Share {
  std::size_t begin = 0;
  std::size_t end = 0;
};
Share share_of(std::size_t count, const Processes& processes);

}  // namespace kindred::train
