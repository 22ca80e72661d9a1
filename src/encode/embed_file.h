// A file of texts to a file of vectors: streamed, resumable, in shards. Tested by cli_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "encode/calibration.h"
#include "encode/text_chunks.h"
#include "io/vector_writer.h"
#include "kindred/encoder.h"

namespace kindred::encode {

/// One of `count` parts of equal size, in order: concatenated they are the whole.
struct Shard {
  std::size_t index = 0;  ///< from 0
  std::size_t count = 1;

  /// "2/4" is the second of four. Errors: bad_input.
  static Shard parse(const std::string& text);
  RowRange of(std::uint64_t rows) const noexcept;
};

struct EmbedJob {
  TextSource source;
  std::string output;  ///< .npy, .safetensors, .jsonl or .fvecs
  EncodeOptions encode;
  io::VectorType type = io::VectorType::float32;
  std::optional<Calibration> calibration;  ///< needed by int8 and uint8
  Shard shard;
  /// Texts by windows. Joined late or as rows, "<output>.rows.jsonl" says what each row is, and
  /// work that was interrupted starts over.
  std::optional<WindowOptions> windows;

  /// Called after each chunk with the texts done in it; the first call, for what an earlier run
  /// did, has `resumed` true.
  std::function<void(std::uint64_t texts, bool resumed)> on_progress;
  /// Asked after each chunk: true leaves what was done for a later run.
  std::function<bool()> stop;
};

struct EmbedSummary {
  std::uint64_t rows = 0;       ///< in the output
  std::uint64_t resumed = 0;    ///< of them, by an earlier run
  std::uint64_t truncated = 0;  ///< of this run's
  std::uint64_t tokens = 0;     ///< of this run's
  std::size_t dimensions = 0;
  double seconds = 0.0;
  bool stopped = false;  ///< by `stop`: the output is not there yet
};

/// Writes one vector a row. Work that was killed or stopped goes on where it ended when the same
/// job is run again (same input bytes, encoder, options, type and shard); any other job starts
/// over. Standard input cannot be resumed. Errors: bad_input, those of the reader, encoder and
/// writer.
EmbedSummary embed_file(const Encoder& encoder, const EmbedJob& job);

/// The ranges of a source's vectors; of the first of them when `stop` asked for it.
Calibration calibrate(const Encoder& encoder, const EmbedJob& job);

/// Rows of the job's shard, where the source can be counted.
std::optional<std::uint64_t> rows_of(const EmbedJob& job);

}  // namespace kindred::encode
