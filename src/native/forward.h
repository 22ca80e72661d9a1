// The forward pass over one slice of a batch. Tested by executor_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "native/packed_model.h"
#include "native/rope_tables.h"

namespace kindred::native {

/// Rows that a thread takes through a matrix product and what follows it at a time. Measured for a
/// model of 384 × 1,536 on 512 KB of L2: 64 to 128 are best, 512 a fifth slower with int8 weights.
inline constexpr std::size_t kThreadRows = 128;

/// Whole sequences that go through the layers together; checked against the model.
struct Slice {
  std::span<const std::uint32_t> ids;        ///< T
  std::span<const std::uint32_t> offsets;    ///< B + 1, the first 0
  std::span<const std::uint32_t> positions;  ///< T: each token's row of the position table
  std::span<const std::uint32_t> prefix;     ///< B or empty
  std::size_t longest = 0;                   ///< tokens of the longest sequence
};

/// Where the hidden states of `layers` (ascending) go: T × hidden each, row-major.
struct HiddenStates {
  std::span<const std::uint32_t> layers;
  float* out = nullptr;
  std::size_t stride = 0;  ///< floats from one layer's matrix to the next
};

/// Activations, kept from call to call. One a thread.
struct Workspace {
  std::vector<float> hidden;           ///< T × hidden: the residual stream
  std::vector<float> query_key_value;  ///< T × (heads + 2 kv_heads) · head_dim
  std::vector<float> context;          ///< T × heads · head_dim
  std::vector<float> normed;           ///< a block's rows × hidden
  std::vector<float> inner;            ///< a block's rows × intermediate

  /// Gives memory back after an exceptionally large slice.
  void trim();
};

/// One pass over all layers up to the last that is asked for.
class Forward {
 public:
  /// `bidirectional`: a layer each or empty. The arguments must outlive the object.
  Forward(const PackedModel& model, RopeTables& ropes, std::span<const std::uint8_t> bidirectional,
          ThreadPool& pool, Workspace& workspace);

  void run(const Slice& slice, const HiddenStates& states);

 private:
  void embed(const Slice& slice);
  void layer(const Slice& slice, std::size_t index);
  void project(const Slice& slice, std::size_t index);
  void attend(const Slice& slice, std::size_t index);
  void finish_attention(const PackedLayer& layer, std::size_t begin, std::size_t rows);
  void feed_forward(const PackedLayer& layer, std::size_t begin, std::size_t rows);
  void rotate(const Slice& slice, std::size_t index, std::size_t begin, std::size_t rows);
  void emit(const Slice& slice, std::size_t index, float* out);

  void multiply(const float* x, std::size_t rows, const PackedLinear& w, float* y, std::size_t ldy,
                const kernels::Epilogue& epilogue);
  void normalize(const PackedNorm& norm, const float* x, std::size_t rows, float* y,
                 kernels::NormStore store = kernels::NormStore::overwrite);
  float* hidden_row(std::size_t row) { return w_.hidden.data() + row * spec_.hidden; }

  const PackedModel& model_;
  const model::TransformerSpec& spec_;
  std::size_t block_rows_;
  RopeTables& ropes_;
  std::span<const std::uint8_t> bidirectional_;
  ThreadPool& pool_;
  Workspace& w_;
};

}  // namespace kindred::native
