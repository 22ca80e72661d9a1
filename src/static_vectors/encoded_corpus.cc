#include "static_vectors/encoded_corpus.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <numeric>

#include "base/error.h"
#include "base/thread_pool.h"
#include "io/atomic_file.h"
#include "io/byte_codec.h"
#include "io/crc32c.h"
#include "io/file.h"
#include "static_vectors/phrases.h"
#include "static_vectors/token_file.h"
#include "static_vectors/window.h"

namespace kindred::static_vectors {
namespace {

constexpr std::string_view kMagic = "KNDCORP1";

std::string tokens_path(const std::string& directory) {
  return io::join_path(directory, "tokens");
}

std::string words_path(const std::string& directory) {
  return io::join_path(directory, "words");
}

}  // namespace

// Each thread numbers the words that it meets; then all get the numbers of one vocabulary.
class EncodedCorpus::Builder {
 public:
  Builder(const EncodeOptions& options, const std::string& directory)
      : options_(options),
        directory_(directory),
        pool_(options.threads),
        file_(tokens_path(directory)),
        found_(static_cast<std::size_t>(options.threads)) {}

  void read(CorpusSource& source,
            const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
    pool_.run(found_.size(), [&](std::size_t thread, int) {
      WordSplitter splitter(options_.words, options_.lower);
      CorpusSource::Piece piece;
      std::string storage;
      std::vector<std::uint32_t> tokens;
      while (source.next(piece, storage)) {
        tokens.clear();
        number_words(piece.text, splitter, found_[thread], tokens);
        const std::uint64_t begin = file_.append(tokens);
        const std::lock_guard lock(mutex_);
        pieces_.push_back({piece.number, begin, tokens.size(), static_cast<std::uint32_t>(thread)});
        if (progress) progress(source.position(), source.bytes());
      }
    });
    std::sort(pieces_.begin(), pieces_.end(),
              [](const Piece& a, const Piece& b) { return a.number < b.number; });
  }

  /// One vocabulary of all words, and the tokens in its numbers.
  void merge() {
    std::vector<std::vector<std::uint32_t>> numbers;
    for (Vocabulary& found : found_) {
      auto& own = numbers.emplace_back(found.size());
      for (std::uint32_t id = 0; id < found.size(); ++id)
        own[id] = all_.add(found.word(id), found.count(id));
      found = {};
    }
    rewrite([&](const Piece& piece, std::span<std::uint32_t> tokens) {
      return renumber(tokens, numbers[piece.thread]);
    });
  }

  void join_phrases() {
    for (std::size_t pass = 0; pass < options_.phrase_passes; ++pass) {
      PairCounter pairs;
      for (const Piece& piece : pieces_) pairs.add(tokens_of(piece));
      const Phrases phrases(pairs, options_.min_count, options_.phrase_threshold, all_);
      if (phrases.size() == 0) return;
      rewrite([&](const Piece&, std::span<std::uint32_t> tokens) { return phrases.join(tokens); });
      count_again();
    }
  }

  /// The words that are frequent enough, and the tokens in their numbers; others are dropped.
  Vocabulary finish() {
    Vocabulary kept = all_.by_count(options_.min_count);
    std::vector<std::uint32_t> numbers(all_.size(), kSentenceEnd);
    for (std::uint32_t id = 0; id < all_.size(); ++id)
      if (const auto number = kept.find(all_.word(id))) numbers[id] = *number;
    rewrite(
        [&](const Piece&, std::span<std::uint32_t> tokens) { return renumber(tokens, numbers); });
    return kept;
  }

  void save(const Vocabulary& words) {
    file_.sync();
    io::ByteWriter out;
    out.number(static_cast<std::uint64_t>(words.size()));
    for (std::uint32_t id = 0; id < words.size(); ++id) {
      out.text(words.word(id));
      out.number(words.count(id));
    }
    out.number(static_cast<std::uint64_t>(pieces_.size()));
    for (const Piece& piece : pieces_) {
      out.number(piece.begin);
      out.number(piece.count);
    }
    const std::uint32_t crc = io::crc32c(io::as_bytes(out.bytes()));
    auto file = io::AtomicFile::create(words_path(directory_));
    file.write(kMagic);
    file.write(std::as_bytes(std::span(&crc, 1)));
    file.write(out.bytes());
    file.commit();
  }

 private:
  void number_words(std::string_view text, WordSplitter& splitter, Vocabulary& found,
                    std::vector<std::uint32_t>& tokens) const {
    std::vector<std::string_view> words;
    std::vector<std::uint64_t> hashes;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      words.clear();
      splitter.split(text.substr(0, end), words);
      text.remove_prefix(std::min(end + 1, text.size()));
      hashes.clear();
      for (const std::string_view word : words) {
        hashes.push_back(Vocabulary::hash(word));
        found.prefetch(hashes.back());
      }
      for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0 && i % kLongestSentence == 0) tokens.push_back(kSentenceEnd);
        tokens.push_back(found.add(words[i], hashes[i], 1));
      }
      if (!words.empty()) tokens.push_back(kSentenceEnd);
    }
  }

  std::span<std::uint32_t> tokens_of(const Piece& piece) {
    return file_.map().subspan(piece.begin, piece.count);
  }

  /// `change` returns how many tokens it left at the front of a piece.
  template <typename Change>
  void rewrite(const Change& change) {
    (void)file_.map();
    pool_.run(pieces_.size(), [&](std::size_t p, int) {
      pieces_[p].count = change(pieces_[p], tokens_of(pieces_[p]));
    });
  }

  static std::size_t renumber(std::span<std::uint32_t> tokens,
                              const std::vector<std::uint32_t>& numbers) {
    std::size_t out = 0;
    for (const std::uint32_t token : tokens) {
      if (token == kSentenceEnd) {
        if (out > 0 && tokens[out - 1] != kSentenceEnd) tokens[out++] = kSentenceEnd;
      } else if (numbers[token] != kSentenceEnd) {
        tokens[out++] = numbers[token];
      }
    }
    return out;
  }

  void count_again() {
    std::vector<std::uint64_t> counts(all_.size());
    for (const Piece& piece : pieces_)
      for (const std::uint32_t token : tokens_of(piece))
        if (token != kSentenceEnd) ++counts[token];
    all_.set_counts(std::move(counts));
  }

  const EncodeOptions& options_;
  const std::string& directory_;
  ThreadPool pool_;
  TokenFile file_;
  std::vector<Vocabulary> found_;  // a thread's
  Vocabulary all_;
  std::mutex mutex_;
  std::vector<Piece> pieces_;
};

EncodedCorpus EncodedCorpus::encode(
    CorpusSource& source, const EncodeOptions& options, const std::string& directory,
    const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  io::remove_file(words_path(directory));
  Builder builder(options, directory);
  builder.read(source, progress);
  builder.merge();
  builder.join_phrases();
  const Vocabulary words = builder.finish();
  if (words.empty())
    fail(ErrorKind::bad_input,
         "no word of the corpus comes {} times or more; lower the least count (--min-count), or "
         "check that it is text with one sentence a line",
         options.min_count);
  builder.save(words);
  return open(directory);
}

EncodedCorpus EncodedCorpus::open(const std::string& directory) {
  const std::string path = words_path(directory);
  constexpr std::size_t kMostBytes = std::size_t{1} << 40;
  const std::string text = io::read_text_file(path, kMostBytes);
  const std::string_view body =
      std::string_view(text).substr(std::min<std::size_t>(12, text.size()));
  std::uint32_t crc = 0;
  if (text.size() >= 12) std::memcpy(&crc, text.data() + kMagic.size(), 4);
  if (!text.starts_with(kMagic) || crc != io::crc32c(io::as_bytes(body)))
    fail(ErrorKind::corrupt, "{} is damaged; remove its directory and train anew", path);
  EncodedCorpus corpus;
  io::ByteReader in(body, path);
  for (auto words = in.number<std::uint64_t>(); words > 0; --words) {
    const std::string_view word = in.text();
    corpus.vocabulary_.add(word, in.number<std::uint64_t>());
  }
  corpus.file_ = io::MappedFile::open(tokens_path(directory));
  const std::uint64_t stored = corpus.file_->size() / sizeof(std::uint32_t);
  std::vector<Piece> pieces;
  for (auto count = in.number<std::uint64_t>(); count > 0; --count) {
    Piece piece;
    piece.begin = in.number<std::uint64_t>();
    piece.count = in.number<std::uint64_t>();
    if (piece.begin > stored || piece.count > stored - piece.begin)
      fail(ErrorKind::corrupt, "{} ends early; remove its directory and train anew",
           corpus.file_->path());
    pieces.push_back(piece);
  }
  corpus.cut_chunks(pieces);
  return corpus;
}

// Small enough that the learning rate falls smoothly and threads end together, large enough that
// handing them out costs nothing.
void EncodedCorpus::cut_chunks(const std::vector<Piece>& pieces) {
  const std::uint64_t size = std::clamp<std::uint64_t>(tokens() / 1024, 256, 16'384);
  const std::span all(reinterpret_cast<const std::uint32_t*>(file_->data()),
                      file_->size() / sizeof(std::uint32_t));
  std::uint64_t before = 0;
  for (const Piece& piece : pieces) {
    std::span<const std::uint32_t> left = all.subspan(piece.begin, piece.count);
    while (!left.empty()) {
      std::size_t end = std::min<std::size_t>(size, left.size());
      while (end < left.size() && left[end - 1] != kSentenceEnd) ++end;
      const auto tokens = left.first(end);
      for (const std::uint32_t token : tokens)
        if (token != kSentenceEnd && token >= vocabulary_.size())
          fail(ErrorKind::corrupt, "{} is damaged; remove its directory and train anew",
               file_->path());
      chunks_.push_back({tokens, before});
      before += static_cast<std::uint64_t>(
          std::count_if(tokens.begin(), tokens.end(), [](auto t) { return t != kSentenceEnd; }));
      left = left.subspan(end);
    }
  }
}

}  // namespace kindred::static_vectors
