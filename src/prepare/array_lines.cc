#include "prepare/array_lines.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "io/table.h"
#include "prepare/nested_json.h"

namespace kindred::prepare {
namespace {

class ArrayLines final : public catalog::RowSource {
 public:
  explicit ArrayLines(const std::string& path)
      : lines_(io::TableReader::open(path, {.format = io::TableFormat::lines})) {}

  bool next(std::vector<catalog::RawField>& fields, std::uint64_t& line) override {
    io::TableRow row;
    do {
      if (!lines_.next(row)) return false;
      line = row.line;
    } while (row.values[0].find_first_not_of(" \t\r") == std::string_view::npos);
    if (!catalog::is_utf8(row.values[0])) throw catalog::NotUtf8{};
    simdjson::dom::array array;
    if (parse_nested(parser_, row.values[0]).get(array))
      fail(ErrorKind::corrupt, "not an array of texts as the lines before it");
    texts_.clear();
    for (const simdjson::dom::element value : array) texts_.push_back(scalar_text(value, "a text"));
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      fields.push_back({i == 0 ? "anchor" : i == 1 ? "positive" : "negative", texts_[i]});
    }
    return true;
  }
  bool skip_bad_row() override { return true; }

 private:
  io::TableReader lines_;
  simdjson::dom::parser parser_;
  std::vector<std::string> texts_;
};

}  // namespace

bool has_array_lines(const std::string& path) {
  io::TableReader lines = io::TableReader::open(path, {.format = io::TableFormat::lines});
  io::TableRow row;
  while (lines.next(row)) {
    if (row.values[0].find_first_not_of(" \t\r") == std::string_view::npos) continue;
    simdjson::dom::parser parser;
    simdjson::dom::array array;
    if (parser.parse(row.values[0].data(), row.values[0].size()).get(array)) return false;
    const bool texts = std::all_of(array.begin(), array.end(),
                                   [](simdjson::dom::element value) { return value.is_string(); });
    // One line alone could also be one array of texts, of which nothing pairs.
    return texts && array.size() >= 2;
  }
  return false;
}

std::unique_ptr<catalog::RowSource> open_array_lines(const std::string& path) {
  return std::make_unique<ArrayLines>(path);
}

}  // namespace kindred::prepare
