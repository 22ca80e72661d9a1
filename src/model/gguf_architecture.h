// GGUF metadata read as an architecture. Tested by gguf_architecture_test.cc.
#pragma once

#include "io/gguf.h"
#include "model/architecture.h"
#include "model/directory.h"
#include "model/rope.h"

namespace kindred::model {

/// Kinds llama, qwen2, qwen3 and bert (XLM-R's too, which llama.cpp stores as bert). Rotary factors
/// stored as the tensor `rope_freqs.weight` are folded in. Errors: unsupported for other kinds and
/// for what they ask that Kindred does not do, by key; corrupt, not_found.
Architecture read_gguf_architecture(const io::Gguf& file);

/// The rotary settings of a decoder, without the factors of `rope_freqs.weight`. Errors: as above.
RopeParameters read_gguf_rope(const io::Gguf& file, std::size_t max_positions);

/// `<kind>.pooling_type`; where it is missing or none, the default of a directory without
/// modules.json. Errors: unsupported for rerankers.
PoolingSpec read_gguf_pooling(const io::Gguf& file, bool causal);

}  // namespace kindred::model
