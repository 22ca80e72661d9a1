// word2vec's binary and text format and GloVe's.
#include <charconv>
#include <deque>
#include <string>
#include <vector>

#include "base/error.h"
#include "io/atomic_file.h"
#include "static_vectors/words_to_write.h"
#include "static_vectors/writers.h"

namespace kindred::static_vectors {
namespace {

// The shortest text that reads back as the same float, as NumPy prints it.
void append_number(float value, std::string& out) {
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof(digits), value);
  require(error == std::errc(), "append_number: no room");
  out.append(digits, end);
}

}  // namespace

void write_vector_file(const StaticModel& model, const std::string& path, VectorFormat format,
                       const WriteOptions& options) {
  std::deque<std::string> replacements;
  const auto words =
      words_to_write(model.vocabulary, format, options.unwritable, path, replacements);
  io::AtomicFile file = io::AtomicFile::create(path);
  const std::size_t columns = model.dimensions();
  const bool binary = format == VectorFormat::word2vec_binary;
  if (format != VectorFormat::glove_text) file.write(fmt::format("{} {}\n", words.size(), columns));
  std::vector<float> row(columns);
  std::string line;
  std::size_t written = 0;
  for (const WordToWrite& word : words) {
    model.vector_of(word.id, row.data());
    line.assign(word.text);
    if (binary) {
      line += ' ';
      line.append(reinterpret_cast<const char*>(row.data()), columns * sizeof(float));
    } else {
      for (const float value : row) {
        line += ' ';
        append_number(value, line);
      }
    }
    // word2vec's own program puts a line end behind binary vectors too; all readers pass over it.
    line += '\n';
    file.write(line);
    if (++written % kProgressWords == 0 && options.progress) options.progress(written);
  }
  file.commit();
}

}  // namespace kindred::static_vectors
