// A training example, and the file of them that a trainer reads. Tested by example_test.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "prepare/spans.h"

namespace kindred::prepare {

/// A text of an example, with what is known of it.
struct Passage {
  std::string text;
  std::string id = {};        ///< of the query, product or document; empty: unknown
  std::string language = {};  ///< "zh"; empty: unknown
  /// How relevant it is to the anchor: a gain or a similarity, 1 the best. Of positives and
  /// negatives also a teacher's score on a scale of its own, for distillation.
  std::optional<double> score = std::nullopt;
  /// Its narrowest category, by one name in all languages; empty: unknown. Trainers choose
  /// negatives by it.
  std::string category = {};

  bool operator==(const Passage&) const = default;
};

/// What is put before a text when it is embedded: the words themselves, or the name of one of the
/// model's prompts. It is kept apart from the text, so that a trainer can leave its tokens out of
/// pooling, and so that a text compares equal to itself whatever its part.
struct Prompt {
  std::string text = {};
  std::string name = {};  ///< one of the two is empty

  bool empty() const noexcept { return text.empty() && name.empty(); }
  bool operator==(const Prompt&) const = default;
};

/// One row of training data. Which lists are filled says what it can teach:
///
/// - an anchor with positives, perhaps with negatives: contrastive losses;
/// - an anchor with graded passages: losses over scores and orders (a graded passage is neither
///   positive nor negative, so that no contrastive loss takes a score of 0 for a match);
/// - an anchor alone: unsupervised losses and language modelling; with a label: losses that pair
///   texts of one label; with spans: a classifier of tokens.
struct Example {
  Passage anchor;
  std::vector<Passage> positives = {};
  std::vector<Passage> negatives = {};
  std::vector<Passage> graded = {};  ///< each with a score
  std::string label = {};            ///< the class of a single text; empty: none
  std::vector<Span> spans = {};      ///< of the anchor, in its order; none overlap
  Prompt anchor_prompt = {};
  Prompt passage_prompt = {};
  /// Examples of one group belong together (one product, one page, one user): never on both sides
  /// of a split, and no negatives of each other.
  std::string group = {};
  std::string source = {};  ///< the file or method that it comes from

  bool operator==(const Example&) const = default;
};

/// One line of JSON without the line's end, the same for equal examples:
///
///     {"anchor": "red shoe", "positives": [{"text": "红色鞋子", "id": "p1", "language": "zh"}],
///      "negatives": ["blue hat"], "graded": [{"text": "shoe", "score": 0.1}], "label": "…",
///      "prompts": {"anchor": "query: ", "passage": "passage: "},
///      "prompt_names": {"anchor": "query"}, "group": "p1", "source": "clicks"}
///
/// Spans are "spans": [{"begin": 0, "end": 4, "label": "brand"}], places in characters. A passage
/// of which only the text is known is that string. What is empty is left out. Errors: internal for
/// a score that is not finite.
std::string to_json(const Example& example);

/// Reads examples one at a time, in constant memory.
///
/// Threads: one at a time.
class ExampleReader {
 public:
  /// JSONL as to_json writes it, plain or compressed (gzip, Zstandard). Errors: as TableReader.
  static ExampleReader open(const std::string& path);
  static ExampleReader from_memory(std::string_view text, const std::string& name);
  ExampleReader(ExampleReader&&) noexcept;
  ExampleReader& operator=(ExampleReader&&) noexcept;
  ~ExampleReader();

  /// False at the end. Keys that are not known are passed over. Errors: corrupt and bad_input for
  /// what is no example, with the line: no anchor, a value of the wrong kind, a graded passage
  /// without a score, a text that is not UTF-8.
  bool next(Example& example);
  /// After `next` threw for a row: true, and `next` goes on behind it. False after an error of the
  /// file.
  bool skip_bad_row();
  /// Of the example that `next` gave, counted from 1.
  std::uint64_t line() const noexcept;
  /// Bytes of the file where that is known, and bytes read of it.
  std::optional<std::uint64_t> size() const noexcept;
  std::uint64_t position() const noexcept;

 private:
  struct Impl;
  explicit ExampleReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kindred::prepare
