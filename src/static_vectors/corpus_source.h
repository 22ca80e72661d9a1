// The text of a corpus, handed out in pieces. Tested by corpus_source_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/mapped_file.h"
#include "static_vectors/byte_input.h"

namespace kindred::static_vectors {

/// Files of one sentence a line, as they are or compressed by gzip or Zstandard, one after another.
/// Plain files are mapped and cut at line ends into ranges of bytes, so that threads read different
/// places; a compressed one is unpacked by whichever thread asks, one at a time.
///
/// Threads: `next` may be called from any.
class CorpusSource {
 public:
  /// Errors: not_found; bad_input for none, or what is not a regular file.
  explicit CorpusSource(std::vector<std::string> paths, std::size_t piece_bytes = kPieceBytes);

  struct Piece {
    std::uint64_t number = 0;  ///< from 0, in the order of the corpus
    std::string_view text;     ///< whole lines; lives as long as the source and `storage`
  };
  /// False at the end. `storage` holds the text where it was compressed. Errors: corrupt.
  bool next(Piece& piece, std::string& storage);

  std::uint64_t bytes() const noexcept { return bytes_; }  ///< of all files, as they are stored
  /// How far the pieces are that were handed out, as files are stored.
  std::uint64_t position() const;
  /// What the corpus is, for resuming: paths, sizes and times of change, a line each.
  const std::string& identity() const noexcept { return identity_; }

 private:
  static constexpr std::size_t kPieceBytes = std::size_t{8} << 20;

  bool open_next();
  void unpack(std::string& storage);

  std::vector<std::string> paths_;
  std::size_t piece_bytes_;
  std::uint64_t bytes_ = 0;
  std::string identity_;
  mutable std::mutex mutex_;
  std::size_t file_ = 0;      // the next to be opened
  std::uint64_t before_ = 0;  // bytes of the files before the open one
  std::vector<std::shared_ptr<const io::MappedFile>> mapped_;  // pieces are views of them
  std::optional<ByteInput> packed_;
  std::size_t at_ = 0;  // in the last mapped file
  bool ended_ = false;
  std::uint64_t number_ = 0;
};

}  // namespace kindred::static_vectors
