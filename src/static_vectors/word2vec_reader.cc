#include "static_vectors/word2vec_reader.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/printable.h"
#include "base/warning.h"
#include "io/known_format.h"
#include "text/code_points.h"

namespace kindred::static_vectors {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMostHeaderBytes = 64;
constexpr std::size_t kMostLineBytes = std::size_t{1} << 22;

bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\r';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Two whole numbers and nothing else.
std::optional<VectorHeader> parse_header(std::string_view line) {
  line = trimmed(line);
  std::uint64_t numbers[2];
  const char* at = line.data();
  const char* end = at + line.size();
  for (std::uint64_t& number : numbers) {
    while (at != end && is_blank(*at)) ++at;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc() || (next != end && !is_blank(*next))) return std::nullopt;
    at = next;
  }
  if (at != end) return std::nullopt;
  return VectorHeader{numbers[0], static_cast<std::size_t>(numbers[1])};
}

struct FirstLine {
  std::string_view text;
  std::size_t bytes;  // with its end
};

FirstLine first_line(std::string_view head) {
  const std::size_t end = head.find('\n');
  if (end == std::string_view::npos) return {head, head.size()};
  return {head.substr(0, end), end + 1};
}

// Whether the rows behind a header are text: the first has a number at its end, or looks like
// nothing but text (whose numbers the reader of text will then find wanting).
bool rows_are_text(std::string_view rows) {
  while (rows.starts_with('\n') || rows.starts_with('\r')) rows.remove_prefix(1);
  const std::string_view line = first_line(rows).text;
  if (is_vector_line(line)) return true;
  constexpr std::size_t kTelling = 64;
  const auto control = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && (byte < '\t' || byte > '\r');
  };
  return line.size() >= kTelling && std::none_of(line.begin(), line.end(), control) &&
         text::valid_prefix(line) == line.size();
}

class BinaryReader {
 public:
  BinaryReader(ByteInput& input, const VectorHeader& header, const ReadOptions& options)
      : in_(input),
        header_(header),
        words_(input.name(), options.limit),
        row_bytes_(header.dimensions * sizeof(float)) {}

  StaticModel read() {
    reserve();
    std::uint64_t seen = 0;
    for (; seen < header_.words && !words_.full(); ++seen) read_one(seen);
    if (seen == header_.words) look_behind();
    words_.warn_of_repeats();
    StaticModel model;
    model.origin = in_.name();
    model.format = "word2vec binary";
    model.vocabulary = std::move(words_.words());
    const std::size_t rows = model.vocabulary.size();
    values_.resize(rows * header_.dimensions);
    model.input = std::make_shared<FloatTable>(rows, header_.dimensions, std::move(values_));
    return model;
  }

 private:
  static constexpr std::size_t kBlockRows = 256;

  // No more than the file has room for, whatever its header says.
  void reserve() {
    std::uint64_t rows = header_.words;
    if (const auto left = in_.left())
      rows = std::min<std::uint64_t>(rows, *left / (row_bytes_ + 1) + 1);
    else
      rows = std::min<std::uint64_t>(rows, 1024);
    rows = words_.at_most(rows);
    values_.reserve((rows + kBlockRows) * header_.dimensions);
    words_.words().reserve(rows);
  }

  void read_one(std::uint64_t seen) {
    std::string_view ahead = in_.peek(1);
    std::size_t space = ahead.find(' ');
    while (space == std::string_view::npos || ahead.size() - space - 1 < row_bytes_) {
      if (space == std::string_view::npos && ahead.size() > kMostWordBytes)
        fail(ErrorKind::corrupt,
             "{}: word {} has more than {} bytes; the file is damaged, or its header's {} "
             "dimensions are wrong",
             in_.name(), seen + 1, kMostWordBytes, header_.dimensions);
      const std::size_t before = ahead.size();
      ahead = in_.peek(before + 1);
      if (ahead.size() == before) fail_short(seen);
      space = ahead.find(' ');
    }
    // Between two words old programs put a line end, which belongs to neither.
    std::string_view word = ahead.substr(0, space);
    while (word.starts_with('\n')) word.remove_prefix(1);
    if (words_.add(word)) append(ahead.data() + space + 1);
    in_.skip(space + 1 + row_bytes_);
  }

  void append(const char* row) {
    const std::size_t begin = (words_.words().size() - 1) * header_.dimensions;
    if (values_.size() < begin + header_.dimensions)
      values_.resize(begin + kBlockRows * header_.dimensions);
    std::memcpy(values_.data() + begin, row, row_bytes_);
  }

  [[noreturn]] void fail_short(std::uint64_t seen) const {
    fail(ErrorKind::corrupt,
         "{} ends after {} whole words where its header says {}; it is cut short, or the header is "
         "wrong: fetch it anew, or read what is there with a limit of {} words",
         in_.name(), seen, header_.words, seen);
  }

  void look_behind() {
    std::string_view rest = in_.peek(kMostHeaderBytes);
    while (rest.starts_with('\n') || rest.starts_with('\r')) rest.remove_prefix(1);
    if (!rest.empty())
      warn(
          "{}: bytes follow the {} words that its header names; if the vectors look wrong, a word "
          "with a space in it has shifted them",
          in_.name(), header_.words);
  }

  ByteInput& in_;
  VectorHeader header_;
  WordCollector words_;
  std::size_t row_bytes_;
  std::vector<float> values_;
};

void check(const VectorHeader& header, const std::string& name) {
  if (header.words == 0 || header.words > Vocabulary::kMostWords || header.dimensions == 0 ||
      header.dimensions > kMostDimensions)
    fail(ErrorKind::bad_input,
         "{} begins with \"{} {}\", which are no counts of words and dimensions; Kindred reads up "
         "to {} dimensions",
         name, header.words, header.dimensions, kMostDimensions);
}

// A file of vectors of one dimension without a header may begin as a header does: then its second
// line is of the same kind.
bool is_row_of_one(const VectorHeader& header, std::string_view rows) {
  const std::string_view second = first_line(rows).text;
  return header.dimensions != 1 && parse_header(second).has_value();
}

}  // namespace

bool WordCollector::add(std::string_view word) {
  const std::size_t before = words_.size();
  words_.add(word, 0);
  if (words_.size() > before) return true;
  if (repeated_++ == 0) first_repeated_ = printable(word);
  return false;
}

std::uint64_t WordCollector::at_most(std::uint64_t rows) const noexcept {
  return limit_ == 0 ? rows : std::min<std::uint64_t>(rows, limit_);
}

void WordCollector::warn_of_repeats() const {
  if (repeated_ > 0)
    warn("{}: {} rows repeat a word (\"{}\" is the first); the first vector of each is kept",
         origin_, repeated_, first_repeated_);
}

StaticModel read_word2vec(ByteInput& input, const ReadOptions& options) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF"sv;
  if (input.peek(kByteOrderMark.size()).starts_with(kByteOrderMark))
    input.skip(kByteOrderMark.size());
  const std::string_view head = input.peek(kMostHeaderBytes);
  const FirstLine line = first_line(head.substr(0, kMostHeaderBytes));
  const auto header = parse_header(line.text);
  const std::string_view ahead = input.peek(kMostLineBytes).substr(0, kMostLineBytes);
  if (!header || is_row_of_one(*header, ahead.substr(line.bytes))) {
    if (ahead.starts_with("\x80"sv))
      fail(ErrorKind::bad_input,
           "{} is a Python pickle, as gensim's save() makes; in Python, "
           "KeyedVectors.load(…).save_word2vec_format(…, binary=True) makes a file for every "
           "program",
           input.name());
    io::refuse_known_format(ahead, input.name());
    return read_vector_text(input, std::nullopt, options);
  }
  check(*header, input.name());
  const bool text = rows_are_text(ahead.substr(line.bytes));
  input.skip(line.bytes);
  if (text) return read_vector_text(input, header, options);
  return BinaryReader(input, *header, options).read();
}

}  // namespace kindred::static_vectors
