#include "static_vectors/prune.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "static_vectors/product_table.h"
#include "static_vectors/scaled_table.h"

namespace kindred::static_vectors {
namespace {

template <typename T>
std::vector<T> select(const std::vector<T>& values, std::size_t columns,
                      std::span<const std::uint32_t> rows) {
  std::vector<T> selected;
  selected.reserve(rows.size() * columns);
  for (const std::uint32_t row : rows) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(row * columns);
    selected.insert(selected.end(), begin, begin + static_cast<std::ptrdiff_t>(columns));
  }
  return selected;
}

std::shared_ptr<const RowTable> select_codes(const ProductTable& table,
                                             std::span<const std::uint32_t> rows) {
  std::optional<ProductTable::Norms> norms;
  if (table.norms()) norms = {table.norms()->books, select(table.norms()->codes, 1, rows)};
  return std::make_shared<ProductTable>(rows.size(), table.books(),
                                        select(table.codes(), table.books().parts(), rows),
                                        std::move(norms));
}

bool has_output_of_words(const StaticModel& model) {
  return model.output != nullptr && model.labels.empty() && model.facts &&
         model.facts->loss != TrainingFacts::Loss::hierarchical_softmax &&
         model.output->rows() == model.size();
}

}  // namespace

std::shared_ptr<const RowTable> select_rows(const RowTable& table,
                                            std::span<const std::uint32_t> rows) {
  for (const std::uint32_t row : rows) require(row < table.rows(), "select_rows: no such row");
  if (const auto* product = dynamic_cast<const ProductTable*>(&table))
    return select_codes(*product, rows);
  const std::size_t columns = table.columns();
  if (const auto* scaled = dynamic_cast<const ScaledTable*>(&table))
    return std::make_shared<ScaledTable>(rows.size(), columns,
                                         select(scaled->codes(), columns, rows),
                                         select(scaled->scales(), 1, rows));
  std::vector<float> values(rows.size() * columns);
  for (std::size_t i = 0; i < rows.size(); ++i)
    table.read_row(rows[i], values.data() + i * columns);
  return std::make_shared<FloatTable>(rows.size(), columns, std::move(values));
}

StaticModel keep_words(const StaticModel& model, std::span<const std::uint32_t> ids) {
  if (ids.empty())
    fail(ErrorKind::bad_input, "{}: none of its {} words would be left", model.origin,
         model.size());
  StaticModel kept;
  kept.origin = model.origin;
  kept.format = model.format;
  kept.subwords = model.subwords;
  kept.kept_buckets = model.kept_buckets;
  kept.labels = model.labels;
  kept.facts = model.facts;
  kept.vocabulary.reserve(ids.size());
  for (const std::uint32_t id : ids) {
    require(id < model.size(), "keep_words: no such word");
    kept.vocabulary.add(model.vocabulary.word(id), model.vocabulary.count(id));
  }
  require(kept.size() == ids.size(), "keep_words: a word twice");
  std::vector<std::uint32_t> rows(ids.begin(), ids.end());
  const std::size_t behind = model.input->rows() - model.size();
  rows.resize(ids.size() + behind);
  std::iota(rows.begin() + static_cast<std::ptrdiff_t>(ids.size()), rows.end(),
            static_cast<std::uint32_t>(model.size()));
  kept.input = select_rows(*model.input, rows);
  if (!model.labels.empty())
    kept.output = model.output;
  else if (has_output_of_words(model))
    kept.output = select_rows(*model.output, ids);
  return kept;
}

StaticModel without_ngrams(const StaticModel& model) {
  StaticModel plain;
  plain.origin = model.origin;
  plain.format = model.format;
  plain.vocabulary = model.vocabulary;
  const std::size_t columns = model.dimensions();
  std::vector<float> values(model.size() * columns);
  for (std::uint32_t id = 0; id < model.size(); ++id)
    model.vector_of(id, values.data() + id * columns);
  plain.input = std::make_shared<FloatTable>(model.size(), columns, std::move(values));
  return plain;
}

}  // namespace kindred::static_vectors
