// What a row can be filtered and counted by: tags and numbers under field names.
// Tested by fields_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "index/row_set.h"

namespace kindred::index {

/// Between the levels of a tag that is a path: "Electronics > Phones > Android". A filter on a path
/// matches everything beneath it too.
inline constexpr std::string_view kPathSeparator = " > ";

/// `value` is `path`, or stands beneath it.
bool is_at_or_beneath(std::string_view value, std::string_view path) noexcept;

struct Tag {
  std::string field;
  std::string value;
  bool operator==(const Tag&) const = default;
};

struct Number {
  std::string field;
  double value;
  bool operator==(const Number&) const = default;
};

/// The fields of one row: any number of tags, several under one field too, and at most one number a
/// field (of several, the last counts). A field may have tags and numbers.
struct FieldValues {
  std::vector<Tag> tags;
  std::vector<Number> numbers;

  bool operator==(const FieldValues&) const = default;
  /// Errors: bad_input for an empty name, a number that is not finite, or a text of more than
  /// kMaxFieldText bytes.
  void validate() const;
};
inline constexpr std::size_t kMaxFieldText = 65535;

/// As bytes, for a log. The text's length is the only thing that is stored about it.
std::string encode_fields(const FieldValues& values);
/// No bytes at all are a row without fields. Errors: corrupt for anything else that encode_fields
/// does not write.
FieldValues decode_fields(std::string_view bytes);

/// An interval; without bounds, every number.
struct NumberRange {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool above_low = false;   ///< `low` itself is outside
  bool below_high = false;  ///< `high` itself is outside

  bool operator==(const NumberRange&) const = default;
  bool contains(double value) const noexcept {
    return (above_low ? value > low : value >= low) && (below_high ? value < high : value <= high);
  }
};

/// Value → rows with it.
using FacetCounts = std::map<std::string, std::uint64_t, std::less<>>;

struct FacetValue {
  std::string value;
  std::uint64_t rows;
  bool operator==(const FacetValue&) const = default;
};
/// The `limit` most frequent values, ties in the order of the values.
std::vector<FacetValue> most_frequent(const FacetCounts& counts, std::size_t limit);

/// What is known of the numbers of a field. `edges` ascend and are set by the caller; then
/// `histogram[i]` counts the numbers in [edges[i], edges[i + 1]), the last interval with its end.
struct NumberSummary {
  std::uint64_t count = 0;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  double sum = 0.0;
  std::vector<double> edges = {};
  std::vector<std::uint64_t> histogram = {};

  void add(double value);
};

/// What rows have under a name.
struct FieldKinds {
  bool tags = false;
  bool numbers = false;

  bool any() const noexcept { return tags || numbers; }
  FieldKinds& operator|=(const FieldKinds& other) noexcept {
    tags = tags || other.tags;
    numbers = numbers || other.numbers;
    return *this;
  }
};

/// The fields of a segment's or a memtable's rows. The `select` methods add rows to `out`, whose
/// size must be `rows()`; a field that no row has selects nothing. `count_values` and `summarize`
/// add to what `into` holds, so that several segments add up.
///
/// Threads: const methods may run concurrently. Errors: corrupt where a file's checksums differ.
class Fields {
 public:
  virtual ~Fields() = default;

  virtual std::size_t rows() const noexcept = 0;
  /// All field names, sorted, each once.
  virtual std::vector<std::string> names() const = 0;
  virtual FieldKinds kinds(std::string_view field) const = 0;
  /// Rows with a tag at or beneath `value`.
  virtual void select_tag(std::string_view field, std::string_view value, RowSet& out) const = 0;
  virtual void select_numbers(std::string_view field, const NumberRange& range,
                              RowSet& out) const = 0;
  /// Rows with any tag or number under `field`.
  virtual void select_present(std::string_view field, RowSet& out) const = 0;
  /// Each tag of `field` that rows of `rows` have.
  virtual void count_values(std::string_view field, const RowSet& rows,
                            FacetCounts& into) const = 0;
  virtual void summarize(std::string_view field, const RowSet& rows, NumberSummary& into) const = 0;
};

}  // namespace kindred::index
