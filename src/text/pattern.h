// Where a literal or a regular expression matches in a text. Tested by pattern_test.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::text {

class JsonField;

/// A part of a text, bytes [begin, end), that a pattern matched or that lies between two matches.
struct Match {
  std::uint32_t begin;
  std::uint32_t end;
  bool is_match;
  bool operator==(const Match&) const = default;
};

/// Threads: immutable; every method may run concurrently.
class Pattern {
 public:
  virtual ~Pattern() = default;
  /// Appends the parts of `text` (valid UTF-8) in order, so that they cover it. A pattern that
  /// matches nothing gives empty matches between characters, as Oniguruma's scan does.
  virtual void find(std::string_view text, std::vector<Match>& out) const = 0;

  static std::unique_ptr<const Pattern> literal(std::string text);
  /// An Oniguruma expression. The expressions of well-known tokenizers have scanners of their own
  /// (scanners.h); others run on ICU. Errors: unsupported, naming `place` and what is not
  /// supported.
  static std::unique_ptr<const Pattern> regex(const std::string& expression,
                                              const std::string& place);
};

/// Reads {"String": …} or {"Regex": …}.
std::unique_ptr<const Pattern> make_pattern(const JsonField& field);

}  // namespace kindred::text
