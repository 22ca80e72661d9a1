#include "prepare/pair_reader.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "catalog/row_source.h"
#include "prepare/array_lines.h"
#include "prepare/pair_row.h"
#include "prepare/reject_reasons.h"

namespace kindred::prepare {
namespace {

constexpr std::size_t kShownBytes = 400;  // of a rejected row

bool is_jsonl(const std::string& path, std::optional<io::TableFormat> format) {
  // A pipe is read once.
  return format.value_or(io::table_format_of(path)) == io::TableFormat::jsonl &&
         std::filesystem::is_regular_file(path);
}

// By the first row: an anchor, and no key that is not an example's.
bool holds_examples(const std::string& path) {
  if (has_array_lines(path)) return false;
  const auto rows = catalog::open_rows(path, io::TableFormat::jsonl);
  std::vector<catalog::RawField> fields;
  std::uint64_t line = 0;
  try {
    if (!rows->next(fields, line)) return false;
  } catch (const Error&) {
    return false;  // reported when it is come to
  } catch (const catalog::NotUtf8&) {
    return false;
  }
  bool anchor = false;
  for (const catalog::RawField& field : fields) {
    const bool list = field.column == "positives" || field.column == "negatives" ||
                      field.column == "graded" || field.column == "spans";
    const bool known = list || field.column == "anchor" || field.column == "label" ||
                       field.column == "prompts" || field.column == "prompt_names" ||
                       field.column == "group" || field.column == "source";
    if (!known || (list && !field.nested)) return false;
    anchor = anchor || field.column == "anchor";
  }
  return anchor;
}

std::unique_ptr<catalog::RowSource> open_source(const std::string& path,
                                                std::optional<io::TableFormat> format) {
  if (is_jsonl(path, format) && has_array_lines(path)) return open_array_lines(path);
  return catalog::open_rows(path, format);
}

std::string shown(const std::vector<catalog::RawField>& fields) {
  std::string text;
  for (const catalog::RawField& field : fields) {
    if (!text.empty()) text += " | ";
    text += fmt::format("{}: {}", field.column, field.value);
    if (text.size() > kShownBytes) break;
  }
  return text;
}

std::string joined(const std::set<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

}  // namespace

void PairOptions::validate() const {
  if (!(std::isfinite(lowest_score) && std::isfinite(highest_score) &&
        lowest_score < highest_score)) {
    fail(ErrorKind::bad_input, "scores from {} to {}: the first must be less than the second",
         lowest_score, highest_score);
  }
  for (const auto& [label, score] : labels) {
    if (!(score >= 0.0 && score <= 1.0))
      fail(ErrorKind::bad_input, "the label {} is worth {}; choose 0 to 1", label, score);
  }
}

struct PairReader::Impl {
  std::string path;
  PairOptions options;
  PairColumns columns;
  std::optional<ExampleReader> own;  // else:
  std::unique_ptr<catalog::RowSource> rows;
  bool is_table = false;  // whose columns are the same in every row
  std::map<std::string, PairColumn, std::less<>> known = {};  // names that were seen
  std::set<std::string> unused = {};
  std::vector<catalog::RawField> fields = {};
  simdjson::dom::parser parser;
  TranslationPairs translations;
  bool integer_labels = false;
  bool pairs_seen = false;

  Impl(std::string given, PairOptions how)
      : path(std::move(given)),
        options(std::move(how)),
        columns(options.columns),
        translations(options.translations) {
    options.validate();
    if (options.source.empty()) options.source = std::filesystem::path(path).filename().string();
    if (!columns.any_given() && is_jsonl(path, options.format) && holds_examples(path)) {
      own = ExampleReader::open(path);
      return;
    }
    rows = open_source(path, options.format);
    is_table = !rows->columns().empty();
    if (is_table) check_columns({rows->columns().begin(), rows->columns().end()});
  }

  // Errors: as the constructor of PairReader.
  void check_columns(const std::vector<std::string>& names) {
    const std::set<std::string> all(names.begin(), names.end());
    if (const auto missing = columns.missing(names); !missing.empty()) {
      fail(ErrorKind::not_found, "{}: no column {}; the columns are: {}", path, missing[0],
           joined(all));
    }
    std::size_t anchors = 0, texts = 0, others = 0, languages = 0;
    for (const std::string& name : names) {
      const PairColumn column = columns.of(name);
      anchors += column.role == ColumnRole::anchor || column.role == ColumnRole::all_texts;
      texts += column.role == ColumnRole::text;
      others += column.role == ColumnRole::other || column.role == ColumnRole::positives ||
                column.role == ColumnRole::negatives;
      languages += column.role == ColumnRole::translation;
    }
    if (anchors > 1) {
      fail(ErrorKind::bad_input,
           "{}: more than one column could be the anchor, of {}; say which by --column "
           "anchor=NAME",
           path, joined(all));
    }
    if (anchors == 1 || (texts == 1 && others == 0) || (anchors == 0 && languages >= 2)) return;
    fail(ErrorKind::bad_input,
         "{}: no column of a known name is an anchor (anchor, query, question, sentence1, …); the "
         "columns are: {}. Say what they are: --column anchor=NAME --column positive=NAME; a file "
         "without a line of names needs one",
         path, joined(all));
  }

  const PairColumn& column_of(std::string_view name) {
    auto found = known.find(name);
    if (found == known.end()) {
      found = known.emplace(std::string(name), columns.of(name)).first;
      if (found->second.role == ColumnRole::unused && unused.size() < 100) {
        unused.emplace(name);
      }
    }
    return found->second;
  }

  double scaled(double score) const {
    const double low = options.lowest_score;
    const double high = options.highest_score;
    if (!(score >= low && score <= high)) {
      throw BadPair{{reasons::kScoreRange, fmt::format("{} is not in {} to {}", score, low, high)}};
    }
    return (score - low) / (high - low);
  }

  double worth_of(const std::string& label, bool inference) {
    if (const auto given = options.labels.find(label); given != options.labels.end())
      return given->second;
    if (label.empty() || label == "-" || label == "-1") {
      throw BadPair{{reasons::kNoLabel, label.empty() ? "an empty label" : "no agreed label"}};
    }
    if (label == "entailment") return 1.0;
    if (label == "neutral") return 0.5;
    if (label == "contradiction") return 0.0;
    if (label == "true" || label == "True") return 1.0;
    if (label == "false" || label == "False") return 0.0;
    double value = -1.0;
    try {
      value = parse_score(label);
    } catch (const BadPair&) {
      value = -1.0;  // said below
    }
    if (inference && (value == 0.0 || value == 1.0 || value == 2.0)) return 1.0 - value / 2.0;
    if (value >= 0.0 && value <= 1.0) {
      integer_labels = true;
      return value;
    }
    throw BadPair{
        {reasons::kUnknownLabel,
         fmt::format("'{}'; say what it is worth, 0 to 1: --label {}=0.5", label, label)}};
  }

  static void put_scores(std::vector<Passage>& passages, const std::vector<double>& scores,
                         std::string_view what) {
    if (scores.empty()) return;
    if (scores.size() != passages.size()) {
      throw BadPair{{reasons::kScoreCount,
                     fmt::format("{} {} and {} scores", passages.size(), what, scores.size())}};
    }
    for (std::size_t i = 0; i < scores.size(); ++i) passages[i].score = scores[i];
  }

  static void put_ids(std::vector<Passage>& passages, const std::vector<std::string>& ids) {
    if (ids.size() != passages.size()) return;  // of passages elsewhere
    for (std::size_t i = 0; i < ids.size(); ++i) passages[i].id = ids[i];
  }

  // A score of the pair, which then is neither a match nor none.
  void grade(PairRow& row, Example& example) {
    if (row.scores.empty() && !row.label) {
      example.positives = std::move(row.positives);
      example.negatives = std::move(row.negatives);
      return;
    }
    if (row.scores.size() > 1) {  // a teacher's, one a text
      if (row.scores.size() != row.positives.size() + row.negatives.size()) {
        throw BadPair{
            {reasons::kScoreCount,
             fmt::format("{} texts and {} scores", row.positives.size() + row.negatives.size(),
                         row.scores.size())}};
      }
      std::size_t at = 0;
      for (Passage& passage : row.positives) passage.score = row.scores[at++];
      for (Passage& passage : row.negatives) passage.score = row.scores[at++];
      example.positives = std::move(row.positives);
      example.negatives = std::move(row.negatives);
      return;
    }
    if (!row.negatives.empty() || row.positives.size() != 1) {
      throw BadPair{
          {reasons::kScoreCount, fmt::format("one score or label for {} texts",
                                             row.positives.size() + row.negatives.size())}};
    }
    row.positives[0].score =
        row.scores.empty() ? worth_of(*row.label, row.inference) : scaled(row.scores[0]);
    example.graded = std::move(row.positives);
  }

  Example decorated(Example example, const PairRow& row) const {
    example.anchor_prompt = options.anchor_prompt;
    if (!row.prompt.empty()) example.anchor_prompt = {.text = row.prompt};
    example.passage_prompt = options.passage_prompt;
    example.group = row.group;
    example.source = options.source;
    return example;
  }

  void add_translations(PairRow& row, std::vector<Example>& out) {
    for (Passage& passage : row.translations) {
      passage.id = row.anchor.id;
      passage.category = row.category;
    }
    if (row.group.empty()) row.group = row.anchor.id;
    for (Example& example : translations.pairs_of(std::move(row.translations)))
      out.push_back(decorated(std::move(example), row));
    if (out.empty())
      throw BadPair{{reasons::kNoPositive, "no two texts in the languages of their columns"}};
  }

  void add_examples(PairRow& row, std::vector<Example>& out) {
    if (!row.has_anchor && row.translations.size() >= 2) return add_translations(row, out);
    Example example;
    if (row.text) {
      if (row.has_anchor) {
        if (row.positives.empty()) row.positives.push_back({.text = *row.text});
      } else {
        row.anchor.text = *row.text;
        row.has_anchor = true;
        if (row.label && row.positives.empty()) {
          example.label = *row.label;
          row.label.reset();
        }
      }
    }
    if (!row.has_anchor) throw BadPair{{reasons::kLayout, "no anchor among: " + names_of_fields()}};
    if (row.wants_positive && row.positives.empty())
      throw BadPair{{reasons::kNoPositive, "an empty list"}};
    put_ids(row.positives, row.positive_ids);
    put_ids(row.negatives, row.negative_ids);
    put_scores(row.positives, row.positive_scores, "positives");
    put_scores(row.negatives, row.negative_scores, "negatives");
    for (Passage& passage : row.positives) {
      if (passage.language.empty()) passage.language = row.passage_language;
      if (passage.category.empty()) passage.category = row.category;
    }
    for (Passage& passage : row.negatives) {
      if (passage.language.empty()) passage.language = row.passage_language;
    }
    grade(row, example);
    example.anchor = row.anchor;
    const bool alone = example.positives.empty() && example.graded.empty();
    if (alone && pairs_seen) throw BadPair{{reasons::kNoPositive, "the rows before have one"}};
    pairs_seen = pairs_seen || !alone;
    out.push_back(decorated(std::move(example), row));
  }

  std::string names_of_fields() const {
    std::set<std::string> names;
    for (const catalog::RawField& field : fields) names.emplace(field.column);
    return joined(names);
  }

  // False at the end. The row is an example as example.h writes it.
  bool next_own(SourceRow& row) {
    Example example;
    try {
      if (!own->next(example)) return false;
      row.line = own->line();
      if (example.source.empty()) example.source = options.source;
      if (example.anchor_prompt.empty()) example.anchor_prompt = options.anchor_prompt;
      if (example.passage_prompt.empty()) example.passage_prompt = options.passage_prompt;
      row.examples.push_back(std::move(example));
    } catch (const Error& error) {
      if (!own->skip_bad_row()) throw;
      row.line = own->line();
      row.reject = Reject{reasons::kMalformed, error.what()};
    }
    return true;
  }

  // A text that is given a column and is not in the row.
  void check_given() const {
    std::vector<std::string> names;
    for (const catalog::RawField& field : fields) names.emplace_back(field.column);
    for (const std::string& name : columns.missing(names)) {
      const ColumnRole role = columns.of(name).role;
      if (role == ColumnRole::anchor || role == ColumnRole::positives ||
          role == ColumnRole::other || role == ColumnRole::text) {
        throw BadPair{
            {reasons::kLayout, fmt::format("no column {}, only: {}", name, names_of_fields())}};
      }
    }
  }

  void read(SourceRow& row) {
    PairRow values;
    for (const catalog::RawField& field : fields)
      values.put(column_of(field.column), field, parser);
    if (!is_table && columns.any_given()) check_given();
    add_examples(values, row.examples);
  }

  bool next(SourceRow& row) {
    row = {};
    row.file = path;
    if (own) return next_own(row);
    fields.clear();
    try {
      if (!rows->next(fields, row.line)) return false;
      for (const catalog::RawField& field : fields) {
        if (!catalog::is_utf8(field.value)) throw catalog::NotUtf8{std::string(field.column)};
      }
      read(row);
      return true;
    } catch (const BadPair& bad) {
      row.reject = bad.reject;
    } catch (const catalog::NotUtf8& bytes) {
      row.reject = Reject{reasons::kNotUtf8, bytes.column.empty() ? catalog::advice_for_bytes(path)
                                                                  : "column " + bytes.column};
    } catch (const Error& error) {
      const bool inside = !fields.empty();  // the row was read
      if (!inside && !rows->skip_bad_row()) throw;
      row.reject = Reject{inside ? reasons::kWrongKind : reasons::kMalformed, error.what()};
    }
    row.examples.clear();
    row.text = shown(fields);
    return true;
  }
};

PairReader::PairReader(const std::string& path, PairOptions options)
    : impl_(std::make_unique<Impl>(path, std::move(options))) {}
PairReader::PairReader(PairReader&&) noexcept = default;
PairReader& PairReader::operator=(PairReader&&) noexcept = default;
PairReader::~PairReader() = default;

bool PairReader::next(SourceRow& row) {
  return impl_->next(row);
}

std::vector<std::string> PairReader::notes() const {
  std::vector<std::string> notes;
  if (!impl_->unused.empty())
    notes.push_back(fmt::format("{}: columns not used: {}", impl_->path, joined(impl_->unused)));
  if (impl_->integer_labels) {
    notes.push_back(fmt::format(
        "{}: labels are read as 1 for a match and 0 for none (QNLI and RTE have it the other way "
        "round: --label 0=1 --label 1=0)",
        impl_->path));
  }
  if (const auto left = impl_->translations.untranslated(); left > 0)
    notes.push_back(fmt::format("{}: {} texts are the same in another language and were left out",
                                impl_->path, left));
  if (const auto left = impl_->translations.in_another_language(); left > 0)
    notes.push_back(
        fmt::format("{}: {} texts are in another language than their column's", impl_->path, left));
  return notes;
}

}  // namespace kindred::prepare
