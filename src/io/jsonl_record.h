// One line of JSON to column values. Tested by jsonl_record_test.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::io {

/// Reads the wanted keys of a line's object, or the line's string when none is wanted. A lone
/// surrogate escape (a title cut inside an emoji by a UTF-16 program) reads as U+FFFD; a key that
/// appears twice counts as its last.
class JsonlRecord {
 public:
  explicit JsonlRecord(std::vector<std::string> columns);
  JsonlRecord(JsonlRecord&&) noexcept;
  JsonlRecord& operator=(JsonlRecord&&) noexcept;
  ~JsonlRecord();

  /// Valid until the next call. `origin` and `line_number` begin the messages. Errors: corrupt for
  /// what is not JSON; bad_input for a value of the wrong kind; not_found for a key that is
  /// missing, with those that exist.
  std::span<const std::string_view> values(std::string_view line, const std::string& origin,
                                           std::uint64_t line_number);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

/// A key of a line's object with its value.
struct JsonlField {
  std::string_view key;
  std::string_view value;  ///< a string's text, empty for null, else the JSON text
  bool nested = false;     ///< the value is an object or an array
  bool number = false;
};

/// Reads all keys of a line's object, whatever they are.
class JsonlFields {
 public:
  JsonlFields();
  JsonlFields(JsonlFields&&) noexcept;
  JsonlFields& operator=(JsonlFields&&) noexcept;
  ~JsonlFields();

  /// In the order of the line, valid until the next call. `origin` and `line_number` begin the
  /// messages. Errors: corrupt for what is not JSON; bad_input for what is not an object.
  std::span<const JsonlField> fields(std::string_view line, const std::string& origin,
                                     std::uint64_t line_number);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace kindred::io
