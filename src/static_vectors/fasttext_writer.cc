// fastText's models, as `FastText::saveModel` of 0.9.2 writes them.
#include <algorithm>
#include <deque>
#include <limits>
#include <string>
#include <vector>

#include "base/error.h"
#include "io/atomic_file.h"
#include "io/byte_codec.h"
#include "static_vectors/fasttext_reader.h"
#include "static_vectors/product_table.h"
#include "static_vectors/words_to_write.h"
#include "static_vectors/writers.h"

namespace kindred::static_vectors {
namespace {

std::int32_t narrow(std::uint64_t value, const char* what, const std::string& path) {
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max()))
    fail(ErrorKind::unsupported, "{}: fastText's files hold at most {} {}, and these are {}", path,
         std::numeric_limits<std::int32_t>::max(), what, value);
  return static_cast<std::int32_t>(value);
}

class FastTextWriter {
 public:
  FastTextWriter(const StaticModel& model, const std::string& path, const WriteOptions& options)
      : model_(model),
        path_(path),
        options_(options),
        quantised_(dynamic_cast<const ProductTable*>(model.input.get())),
        words_(words_to_write(model.vocabulary, VectorFormat::fasttext, options.unwritable, path,
                              replacements_)),
        facts_(model.facts.value_or(TrainingFacts{})),
        file_(io::AtomicFile::create(path)) {}

  void write() {
    check();
    write_arguments();
    write_dictionary();
    number<std::uint8_t>(quantised_ != nullptr ? 1 : 0);
    write_matrix(*model_.input, true);
    const auto* output = dynamic_cast<const ProductTable*>(model_.output.get());
    number<std::uint8_t>(output != nullptr ? 1 : 0);
    if (model_.output != nullptr)
      write_matrix(*model_.output, false);
    else
      write_no_output();
    file_.commit();
  }

 private:
  template <typename T>
  void number(T value) {
    file_.write(std::as_bytes(std::span(&value, 1)));
  }

  bool is_supervised() const {
    return facts_.architecture == TrainingFacts::Architecture::supervised;
  }
  std::size_t bucket_rows() const { return model_.input->rows() - model_.size(); }

  void check() const {
    if (model_.kept_buckets && quantised_ == nullptr)
      fail(ErrorKind::unsupported,
           "{}: fastText loads n-grams that are pruned only with quantised vectors; quantise the "
           "model, or drop its n-grams",
           path_);
    const bool some_left_out = words_.size() < model_.size();
    if (some_left_out && (quantised_ != nullptr || model_.output != nullptr))
      fail(ErrorKind::unsupported,
           "{}: words of a quantised or trainable fastText model cannot be left out; have them "
           "replaced",
           path_);
    if (!model_.output && is_supervised())
      fail(ErrorKind::bad_input, "{}: a model with labels is nothing without its output matrix",
           path_);
    if (model_.output && dynamic_cast<const ProductTable*>(model_.output.get()) != nullptr &&
        quantised_ == nullptr)
      fail(ErrorKind::unsupported,
           "{}: fastText has no files whose output alone is quantised; quantise the input too",
           path_);
  }

  void write_arguments() {
    using Architecture = TrainingFacts::Architecture;
    using Loss = TrainingFacts::Loss;
    const auto model = facts_.architecture == Architecture::cbow        ? 1
                       : facts_.architecture == Architecture::skip_gram ? 2
                                                                        : 3;
    const auto loss = facts_.loss == Loss::hierarchical_softmax ? 1
                      : facts_.loss == Loss::negative_sampling  ? 2
                      : facts_.loss == Loss::softmax            ? 3
                                                                : 4;
    // Words without counts get some below, of which none may be under the least.
    const std::uint32_t min_count = has_counts() ? facts_.min_count : 1;
    const SubwordRules rules = model_.subwords.value_or(SubwordRules{0, 0, 0});
    const std::size_t buckets = model_.kept_buckets ? rules.buckets : bucket_rows();
    number(kFastTextMagic);
    number(kFastTextVersion);
    for (const std::uint64_t value :
         {std::uint64_t{model_.dimensions()}, std::uint64_t{facts_.window},
          std::uint64_t{facts_.epochs}, std::uint64_t{min_count}, std::uint64_t{facts_.negatives},
          std::uint64_t{facts_.word_ngrams}, static_cast<std::uint64_t>(loss),
          static_cast<std::uint64_t>(model), std::uint64_t{buckets}, std::uint64_t{rules.least},
          std::uint64_t{rules.most}, std::uint64_t{facts_.rate_updates}})
      number(narrow(value, "dimensions or n-grams", path_));
    number(facts_.subsample);
  }

  bool has_counts() const { return model_.vocabulary.total() > 0; }

  void write_dictionary() {
    const std::size_t words = words_.size();
    const std::size_t labels = model_.labels.size();
    number(narrow(words + labels, "words and labels", path_));
    number(narrow(words, "words", path_));
    number(narrow(labels, "labels", path_));
    const std::uint64_t tokens =
        facts_.tokens > 0 ? facts_.tokens
                          : (has_counts() ? model_.vocabulary.total() : words * (words + 1) / 2);
    number(static_cast<std::int64_t>(tokens));
    number(model_.kept_buckets ? static_cast<std::int64_t>(model_.kept_buckets->size())
                               : std::int64_t{-1});
    for (std::size_t i = 0; i < words; ++i)
      write_entry(words_[i].text, has_counts() ? model_.vocabulary.count(words_[i].id) : words - i,
                  0);
    for (std::uint32_t i = 0; i < labels; ++i)
      write_entry(model_.labels.word(i), model_.labels.count(i), 1);
    if (!model_.kept_buckets) return;
    for (const auto& [bucket, row] : *model_.kept_buckets) {
      number(static_cast<std::int32_t>(bucket));
      number(static_cast<std::int32_t>(row));
    }
  }

  void write_entry(std::string_view word, std::uint64_t count, std::int8_t type) {
    file_.write(word);
    number('\0');
    number(static_cast<std::int64_t>(count));
    number(type);
  }

  void write_matrix(const RowTable& table, bool of_words) {
    if (const auto* product = dynamic_cast<const ProductTable*>(&table)) {
      return write_product(*product);
    }
    const std::size_t behind = of_words ? table.rows() - model_.size() : 0;
    const std::size_t rows = of_words ? words_.size() + behind : table.rows();
    number(static_cast<std::int64_t>(rows));
    number(static_cast<std::int64_t>(table.columns()));
    std::vector<float> row(table.columns());
    for (std::size_t i = 0; i < rows; ++i) {
      const bool word = of_words && i < words_.size();
      const std::size_t from = word       ? words_[i].id
                               : of_words ? model_.size() + i - words_.size()
                                          : i;
      table.read_row(from, row.data());
      file_.write(std::as_bytes(std::span(row)));
      if (i % kProgressWords == 0 && word && options_.progress) options_.progress(i);
    }
  }

  // fastText and gensim read vectors without it; only training asks for it.
  void write_no_output() {
    number(std::int64_t{0});
    number(static_cast<std::int64_t>(model_.dimensions()));
  }

  void write_product(const ProductTable& table) {
    number<std::uint8_t>(table.norms() ? 1 : 0);
    number(static_cast<std::int64_t>(table.rows()));
    number(static_cast<std::int64_t>(table.columns()));
    number(narrow(table.codes().size(), "bytes of codes", path_));
    file_.write(std::as_bytes(std::span(table.codes())));
    write_books(table.books());
    if (!table.norms()) return;
    file_.write(std::as_bytes(std::span(table.norms()->codes)));
    write_books(table.norms()->books);
  }

  void write_books(const Codebooks& books) {
    for (const std::size_t value :
         {books.dimensions, books.parts(), books.part, books.width(books.parts() - 1)})
      number(static_cast<std::int32_t>(value));
    file_.write(std::as_bytes(std::span(books.centroids)));
  }

  const StaticModel& model_;
  const std::string& path_;
  const WriteOptions& options_;
  const ProductTable* quantised_;
  std::deque<std::string> replacements_;
  std::vector<WordToWrite> words_;
  TrainingFacts facts_;
  io::AtomicFile file_;
};

}  // namespace

void write_fasttext(const StaticModel& model, const std::string& path,
                    const WriteOptions& options) {
  FastTextWriter(model, path, options).write();
}

}  // namespace kindred::static_vectors
