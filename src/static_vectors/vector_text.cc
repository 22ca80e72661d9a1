#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"
#include "base/printable.h"
#include "base/thread_pool.h"
#include "base/warning.h"
#include "io/finite.h"
#include "static_vectors/word2vec_reader.h"

namespace kindred::static_vectors {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
constexpr std::size_t kMostLineBytes = std::size_t{1} << 22;
constexpr std::size_t kLooksAt = 64;  // rows that tell the dimensions

bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\r';
}

void trim_end(std::string_view& line) noexcept {
  while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
}

/// Takes the last field off the line, with the blanks before it; false where there is none before
/// which a blank stands.
bool take_field(std::string_view& line, std::string_view& field) noexcept {
  std::size_t begin = line.size();
  while (begin > 0 && !is_blank(line[begin - 1])) --begin;
  if (begin == 0 || begin == line.size()) return false;
  field = line.substr(begin);
  line.remove_suffix(field.size() + 1);
  return true;
}

// What a float cannot hold becomes 0 or infinity, as NumPy reads it.
bool parse_beyond_float(const char* begin, const char* end, float& value) {
  double wide = 0.0;
  const auto [at, error] = std::from_chars(begin, end, wide);
  if (at != end) return false;
  if (error == std::errc()) {
    value = static_cast<float>(wide);
    return true;
  }
  const std::string_view text(begin, static_cast<std::size_t>(end - begin));
  const bool small = text.find("e-") != std::string_view::npos ||
                     text.find("E-") != std::string_view::npos ||
                     text.find_first_of("eE") == std::string_view::npos;
  value = small ? 0.0F : std::numeric_limits<float>::infinity();
  if (*begin == '-') value = -value;
  return true;
}

bool parse_number(std::string_view field, float& value) {
  if (field.starts_with('+') && field.size() > 1 && field[1] != '-') field.remove_prefix(1);
  const char* begin = field.data();
  const char* end = begin + field.size();
  const auto [at, error] = std::from_chars(begin, end, value);
  if (error == std::errc()) return at == end;
  return error == std::errc::result_out_of_range && parse_beyond_float(begin, end, value);
}

/// How many numbers stand at the end of the line, behind at least one blank.
std::size_t numbers_at_end(std::string_view line) {
  trim_end(line);
  std::size_t count = 0;
  std::string_view field;
  float value = 0.0F;
  while (take_field(line, field) && parse_number(field, value)) {
    ++count;
    trim_end(line);
  }
  return count;
}

std::string_view without_end(std::string_view line) {
  return line.ends_with('\n') ? line.substr(0, line.size() - 1) : line;
}

/// What a thread makes of a stretch of whole lines.
struct Part {
  std::string_view text;
  std::vector<std::string_view> words;
  std::vector<float> values;
  std::size_t bad_row = 0;  // its number in the part, from 1; 0: none
  std::string bad_line;

  void parse(std::size_t dimensions);
  bool parse_row(std::string_view line, std::size_t dimensions);
};

bool Part::parse_row(std::string_view line, std::size_t dimensions) {
  const std::size_t begin = values.size();
  values.resize(begin + dimensions);
  std::string_view field;
  for (std::size_t i = dimensions; i > 0; --i) {
    if (i < dimensions) trim_end(line);
    if (!take_field(line, field) || !parse_number(field, values[begin + i - 1])) {
      values.resize(begin);
      return false;
    }
  }
  // Blanks that only align the numbers are not the word's.
  std::string_view word = line;
  trim_end(word);
  words.push_back(word.empty() ? line : word);
  return true;
}

void Part::parse(std::size_t dimensions) {
  words.clear();
  values.clear();
  bad_row = 0;
  for (std::size_t row = 1; !text.empty(); ++row) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    std::string_view line = without_end(text.substr(0, end));
    text.remove_prefix(end);
    trim_end(line);
    if (line.empty()) continue;
    if (!parse_row(line, dimensions)) {
      bad_row = row;
      bad_line = line;
      return;
    }
  }
}

class TextReader {
 public:
  TextReader(ByteInput& input, const std::optional<VectorHeader>& header,
             const ReadOptions& options)
      : in_(input),
        header_(header),
        words_(input.name(), options.limit),
        pool_(std::max(options.threads, 1)),
        parts_(static_cast<std::size_t>(pool_.threads())) {}

  StaticModel read() {
    dimensions_ = find_dimensions();
    while (!complete() && read_block()) {
    }
    if (header_ && !complete())
      fail(ErrorKind::corrupt,
           "{} ends after {} words where its header says {}; it is cut short, or the header is "
           "wrong: fetch it anew, or read what is there with a limit of {} words",
           in_.name(), rows_, header_->words, rows_);
    if (header_ && rows_ == header_->words && !words_.full()) look_behind();
    words_.warn_of_repeats();
    return finish();
  }

 private:
  bool complete() const { return words_.full() || (header_ && rows_ >= header_->words); }

  // The fewest numbers at the end of the first rows: of a word with a number behind a blank in it
  // ("$ 5") there are more.
  std::size_t find_dimensions() {
    const std::string_view ahead = in_.peek(kBlockBytes);
    std::size_t least = std::numeric_limits<std::size_t>::max();
    std::size_t row = 0;
    for (std::size_t at = 0; at < ahead.size() && row < kLooksAt;) {
      std::size_t end = ahead.find('\n', at);
      if (end == std::string_view::npos) {
        if (ahead.size() >= kBlockBytes && row > 0) break;
        end = ahead.size();
      }
      std::string_view line = ahead.substr(at, end - at);
      at = end + 1;
      trim_end(line);
      if (line.empty()) continue;
      ++row;
      const std::size_t numbers = numbers_at_end(line);
      if (numbers == 0 || numbers > kMostDimensions) fail_row(line, row, 0);
      least = std::min(least, numbers);
    }
    if (row == 0)
      fail(ErrorKind::bad_input, "{} holds no words; a file of word vectors is wanted", in_.name());
    if (header_ && header_->dimensions != least)
      fail(ErrorKind::corrupt, "{}: its header says {} dimensions where its rows have {} numbers",
           in_.name(), header_->dimensions, least);
    return least;
  }

  // As many whole lines as there are parts, and their rows. False at the end.
  bool read_block() {
    const std::size_t wanted = kBlockBytes * parts_.size();
    std::string_view text = in_.peek(wanted);
    if (text.empty()) return false;
    const bool last = text.size() < wanted;
    std::size_t end = last ? text.size() : text.rfind('\n') + 1;
    while (end == 0) {  // a line of more than a block
      const std::size_t before = text.size();
      if (before > kMostLineBytes)
        fail(ErrorKind::corrupt, "{}: a line of more than {} bytes; it is of another kind",
             in_.name(), kMostLineBytes);
      text = in_.peek(before + kBlockBytes);
      end = text.size() == before ? before : text.rfind('\n') + 1;
    }
    split(text.substr(0, end));
    pool_.run(parts_.size(), [&](std::size_t i, int) { parts_[i].parse(dimensions_); });
    for (const Part& part : parts_) take(part);
    in_.skip(end);
    return true;
  }

  void split(std::string_view text) {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const std::size_t share = text.size() / (parts_.size() - i);
      const std::size_t end = text.find('\n', share);
      const bool all = i + 1 == parts_.size() || end == std::string_view::npos;
      parts_[i].text = all ? text : text.substr(0, end + 1);
      text.remove_prefix(parts_[i].text.size());
    }
  }

  void take(const Part& part) {
    for (std::size_t i = 0; i < part.words.size() && !complete(); ++i) {
      ++rows_;
      if (!words_.add(part.words[i])) continue;
      const float* row = part.values.data() + i * dimensions_;
      if (io::first_not_finite(row, dimensions_) < dimensions_) ++not_finite_;
      values_.insert(values_.end(), row, row + dimensions_);
    }
    if (part.bad_row != 0 && !complete()) fail_row(part.bad_line, rows_ + 1, dimensions_);
  }

  [[noreturn]] void fail_row(std::string_view line, std::uint64_t row, std::size_t wanted) const {
    constexpr std::size_t kShown = 40;
    const std::string shown = printable(line.substr(0, kShown));
    if (wanted == 0)
      fail(ErrorKind::bad_input,
           "{}, row {} (\"{}…\") is no word with numbers behind it, parted by blanks; word vectors "
           "are read from word2vec's, GloVe's and fastText's files",
           in_.name(), row, shown);
    fail(ErrorKind::corrupt,
         "{}, row {} (\"{}…\") does not end in {} numbers as the rows before; the {} before it are "
         "whole: fetch the file anew, or read these with a limit",
         in_.name(), row, shown, wanted, rows_);
  }

  void look_behind() {
    std::string_view rest = in_.peek(kBlockBytes);
    while (!rest.empty() && (is_blank(rest.front()) || rest.front() == '\n')) rest.remove_prefix(1);
    if (!rest.empty())
      warn("{}: rows follow the {} that its header names; they are left out, as by gensim",
           in_.name(), header_->words);
  }

  StaticModel finish() {
    if (not_finite_ > 0)
      warn("{}: {} words have values that are NaN or infinite", in_.name(), not_finite_);
    StaticModel model;
    model.origin = in_.name();
    model.format = header_ ? "word2vec text" : "GloVe text";
    model.vocabulary = std::move(words_.words());
    const std::size_t rows = model.vocabulary.size();
    model.input = std::make_shared<FloatTable>(rows, dimensions_, std::move(values_));
    return model;
  }

  ByteInput& in_;
  std::optional<VectorHeader> header_;
  WordCollector words_;
  ThreadPool pool_;
  std::vector<Part> parts_;
  std::size_t dimensions_ = 0;
  std::uint64_t rows_ = 0;
  std::size_t not_finite_ = 0;
  std::vector<float> values_;
};

}  // namespace

bool is_vector_line(std::string_view line) {
  return numbers_at_end(line) > 0;
}

StaticModel read_vector_text(ByteInput& input, const std::optional<VectorHeader>& header,
                             const ReadOptions& options) {
  return TextReader(input, header, options).read();
}

}  // namespace kindred::static_vectors
