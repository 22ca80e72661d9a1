// One record of a CSV file, scanned in place. Tested by csv_record_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::io {

/// Finds the end and the fields of one record (RFC 4180, with any delimiter; a quote inside an
/// unquoted field is an ordinary character). Fed with a growing text, it goes on where it stopped.
class CsvRecord {
 public:
  enum class Result {
    complete,     ///< `end` is behind the record's line end
    incomplete,   ///< the text ends inside the record
    after_quote,  ///< something other than a delimiter or a line end follows a closing quote
    open_quote,   ///< the input ends inside quotes
  };

  explicit CsvRecord(char delimiter = ',') : delimiter_(delimiter) {}
  void clear();
  /// `text` begins with the record and with all that earlier calls saw; `last`: nothing follows it.
  Result scan(std::string_view text, bool last);

  /// After `complete`: bytes of the record with its line end.
  std::size_t end() const noexcept { return at_; }
  /// Line ends in the record, its own included.
  std::uint64_t lines() const noexcept { return lines_; }
  /// True for a line with nothing on it, not even quotes.
  bool blank() const noexcept;
  /// The fields' values: views of `text` (that of the last scan), or of this object where quotes
  /// were doubled.
  std::span<const std::string_view> values(std::string_view text);

 private:
  enum class State { field_start, unquoted, quoted, quote_in_quoted };
  struct Field {
    std::size_t begin;
    std::size_t end;
    bool quoted;
    bool doubled;  // holds doubled quotes
  };
  void end_field(std::size_t end);
  Result finish(std::string_view text);

  char delimiter_;
  State state_ = State::field_start;
  std::size_t at_ = 0;
  std::uint64_t lines_ = 0;
  Field field_{};
  std::vector<Field> fields_;
  std::vector<std::string_view> values_;
  std::string unescaped_;
};

}  // namespace kindred::io
