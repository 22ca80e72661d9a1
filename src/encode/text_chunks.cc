#include "encode/text_chunks.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "io/vector_reader.h"

namespace kindred::encode {
namespace {

io::TableReader open_reader(const TextSource& source) {
  if (!source.format && io::has_vector_ending(source.path))
    fail(ErrorKind::bad_input, "{} holds vectors by its ending, not texts; name a file of texts",
         source.path);
  io::TableOptions options;
  options.format = source.format;
  if (source.is_stdin())
    return io::TableReader::column_from_descriptor(STDIN_FILENO, "standard input", source.column,
                                                   options);
  return io::TableReader::open_column(source.path, source.column, options);
}

}  // namespace

bool TextSource::is_read_once() const noexcept {
  struct stat status {};
  if (is_stdin()) return true;
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

TextChunks::TextChunks(const TextSource& source, std::size_t rows_a_chunk,
                       std::size_t bytes_a_chunk, RowRange range)
    : reader_(open_reader(source)),
      rows_a_chunk_(rows_a_chunk),
      bytes_a_chunk_(bytes_a_chunk),
      range_(range) {}

const std::vector<std::string_view>& TextChunks::next() {
  bytes_.clear();
  ends_.clear();
  texts_.clear();
  io::TableRow row;
  while (row_ < range_.end && ends_.size() < rows_a_chunk_ && bytes_.size() < bytes_a_chunk_ &&
         reader_.next(row)) {
    if (row_++ < range_.begin) continue;
    bytes_.append(row.values[0]);
    ends_.push_back(bytes_.size());
  }
  std::size_t begin = 0;
  for (const std::size_t end : ends_) {
    texts_.emplace_back(bytes_.data() + begin, end - begin);
    begin = end;
  }
  return texts_;
}

std::uint64_t count_rows(const TextSource& source) {
  io::TableReader reader = open_reader(source);
  std::uint64_t rows = 0;
  for (io::TableRow row; reader.next(row);) ++rows;
  return rows;
}

std::vector<std::string> read_all_texts(const TextSource& source, std::size_t limit) {
  io::TableReader reader = open_reader(source);
  std::vector<std::string> texts;
  for (io::TableRow row; reader.next(row);) {
    if (texts.size() == limit)
      fail(ErrorKind::exhausted,
           "{}: more than {} texts; embed the file with 'kindred embed' first", source.path, limit);
    texts.emplace_back(row.values[0]);
  }
  return texts;
}

}  // namespace kindred::encode
