// Runs a TransformerSpec on the CPU over packed tokens. Tested by executor_test.cc.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/cpu.h"
#include "base/thread_pool.h"
#include "kindred/encoder.h"
#include "model/executor.h"

namespace kindred::native {

/// Bit-equal for a sequence whatever the batch and the pool.
///
/// Threads: as model::Executor.
class Executor final : public model::Executor {
 public:
  /// Packs the weights (their mapped pages are given back afterwards). Errors: corrupt when a
  /// tensor's shape contradicts the spec, named in the message.
  static std::unique_ptr<const Executor> create(const model::TransformerSpec& spec,
                                                const model::TransformerWeights& weights,
                                                Precision precision, ThreadPool& pool,
                                                Isa isa = best_isa());
  ~Executor() override;

  void forward(const model::PackedTokens& tokens, const model::ForwardOptions& options,
               ThreadPool& pool, std::vector<float>& out) const override;

  const model::TransformerSpec& spec() const noexcept override;
  std::size_t weight_bytes() const noexcept override;  ///< of the packed copy

  struct Impl;

 private:
  explicit Executor(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace kindred::native
