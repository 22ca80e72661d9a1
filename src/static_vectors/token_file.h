// Numbers of words on disk, written once and then changed in place. Tested by
// encoded_corpus_test.cc.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string>

#include "io/descriptor.h"

namespace kindred::static_vectors {

/// Threads: `append` may be called from any; what `map` gave may be changed at different places.
class TokenFile {
 public:
  /// Replaces what is there. Errors: not_found where it cannot be made.
  explicit TokenFile(std::string path);
  ~TokenFile();
  TokenFile(const TokenFile&) = delete;
  TokenFile& operator=(const TokenFile&) = delete;

  /// Returns where the tokens begin. Errors: exhausted when the disk is full.
  std::uint64_t append(std::span<const std::uint32_t> tokens);
  /// All tokens, to be changed. Nothing is appended after it. Errors: exhausted.
  std::span<std::uint32_t> map();
  /// Returns when everything is on the disk.
  void sync();

 private:
  std::string path_;
  io::Descriptor file_;
  std::mutex mutex_;
  std::uint64_t count_ = 0;
  std::uint32_t* mapped_ = nullptr;
};

}  // namespace kindred::static_vectors
