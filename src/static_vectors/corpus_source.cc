#include "static_vectors/corpus_source.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "io/decompressor.h"
#include "io/system_error.h"
#include "static_vectors/word_splitter.h"

namespace kindred::static_vectors {
namespace {

// Behind the next line end, or, in a text without lines, behind the next word.
std::size_t cut_after(std::string_view text, std::size_t at) {
  constexpr std::size_t kLongestLine = std::size_t{1} << 20;
  if (at >= text.size()) return text.size();
  const std::size_t line = text.substr(at, kLongestLine).find('\n');
  if (line != std::string_view::npos) return at + line + 1;
  if (text.size() - at <= kLongestLine) return text.size();
  while (at < text.size() && !is_word_space(text[at])) ++at;
  return at;
}

}  // namespace

CorpusSource::CorpusSource(std::vector<std::string> paths, std::size_t piece_bytes)
    : paths_(std::move(paths)), piece_bytes_(piece_bytes) {
  if (paths_.empty()) fail(ErrorKind::bad_input, "no corpus; name one or more files of text");
  for (const std::string& path : paths_) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) io::fail_system(errno, "open", path);
    if (!S_ISREG(info.st_mode))
      fail(ErrorKind::bad_input,
           "{} is not a regular file; a corpus is read more than once, so write it to one", path);
    bytes_ += static_cast<std::uint64_t>(info.st_size);
    identity_ +=
        fmt::format("{} {} {}.{}\n", path, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
  }
}

bool CorpusSource::open_next() {
  packed_.reset();
  if (!mapped_.empty()) before_ += mapped_.back()->size();
  at_ = 0;
  ended_ = file_ == paths_.size();
  if (ended_) return false;
  const std::string& path = paths_[file_++];
  mapped_.push_back(io::MappedFile::open(path));
  mapped_.back()->advise_sequential();
  if (io::Decompressor::of(mapped_.back()->text().substr(0, 4), path) != nullptr)
    packed_.emplace(path);
  return true;
}

void CorpusSource::unpack(std::string& storage) {
  const std::string_view ahead = packed_->peek(piece_bytes_);
  const std::string_view text = ahead.substr(0, cut_after(ahead, piece_bytes_));
  storage.assign(text);
  packed_->skip(text.size());
}

bool CorpusSource::next(Piece& piece, std::string& storage) {
  const std::lock_guard lock(mutex_);
  for (;;) {
    if (ended_) return false;
    if (packed_) {
      unpack(storage);
      piece.text = storage;
    } else if (!mapped_.empty()) {
      const std::string_view text = mapped_.back()->text();
      const std::size_t end = cut_after(text, at_ + piece_bytes_);
      piece.text = text.substr(at_, end - at_);
      at_ = end;
    } else {
      piece.text = {};
    }
    if (!piece.text.empty()) break;
    if (!open_next()) return false;
  }
  piece.number = number_++;
  return true;
}

std::uint64_t CorpusSource::position() const {
  const std::lock_guard lock(mutex_);
  if (!packed_) return before_ + at_;
  const std::uint64_t left = packed_->left().value_or(mapped_.back()->size());
  return before_ + mapped_.back()->size() - std::min<std::uint64_t>(left, mapped_.back()->size());
}

}  // namespace kindred::static_vectors
