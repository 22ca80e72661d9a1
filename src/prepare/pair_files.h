// Several training files as one source.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "prepare/pair_reader.h"

namespace kindred::prepare {

/// The rows of the files, one file after another; each is opened when it is come to. Threads: one
/// at a time.
class PairFiles final : public ExampleSource {
 public:
  PairFiles(std::vector<std::string> paths, PairOptions options)
      : paths_(std::move(paths)), options_(std::move(options)) {}
  /// Errors: as PairReader.
  bool next(SourceRow& row) override {
    for (;;) {
      if (!reader_) {
        if (at_ == paths_.size()) return false;
        reader_.emplace(paths_[at_++], options_);
      }
      if (reader_->next(row)) return true;
      reader_.reset();
    }
  }

 private:
  std::vector<std::string> paths_;
  PairOptions options_;
  std::size_t at_ = 0;
  std::optional<PairReader> reader_;
};

}  // namespace kindred::prepare
