#include "tasks/classify.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <numeric>
#include <set>

#include "base/error.h"
#include "base/random.h"
#include "encode/text_chunks.h"

namespace kindred::tasks {
namespace {

constexpr std::size_t kMostNames = 1'000'000;

std::string prompt_of(const ModelInfo& model, const EncodeOptions& options) {
  if (options.prompt) return *options.prompt;
  const auto it =
      model.prompts.find(options.prompt_name.empty() ? model.default_prompt : options.prompt_name);
  return it == model.prompts.end() ? std::string() : it->second;
}

TextClassifier of_encoder(const Encoder& encoder, const EncodeOptions& options) {
  TextClassifier c;
  c.vector_space = encoder.vector_space(options);
  c.model = encoder.info().path;
  c.prompt = prompt_of(encoder.info(), options);
  return c;
}

std::vector<std::vector<std::size_t>> rows_by_class(const LabelledTexts& texts,
                                                    std::uint64_t seed) {
  std::vector<std::vector<std::size_t>> rows(texts.names.size());
  for (std::size_t i = 0; i < texts.labels.size(); ++i) rows[texts.labels[i]].push_back(i);
  const Random random(seed);
  for (std::size_t k = 0; k < rows.size(); ++k) random.split(k).shuffle(std::span(rows[k]));
  return rows;
}

}  // namespace

LabelledTexts LabelledTexts::only(const std::vector<std::size_t>& rows) const {
  LabelledTexts out;
  out.names = names;
  for (const std::size_t row : rows) {
    out.texts.push_back(texts[row]);
    out.labels.push_back(labels[row]);
  }
  return out;
}

LabelledTexts read_labelled_texts(const std::string& path, const std::string& text_column,
                                  const std::string& label_column,
                                  std::optional<io::TableFormat> format) {
  io::TableOptions options;
  options.format = format.value_or(io::table_format_of(path));
  if (*options.format == io::TableFormat::lines)
    fail(ErrorKind::bad_input,
         "{}: texts with labels need two columns; give a .csv, .tsv or .jsonl file, or say its "
         "format by --format",
         path);
  options.columns = {text_column, label_column};
  io::TableReader reader = io::TableReader::open(path, options);
  LabelledTexts out;
  std::map<std::string, std::uint32_t, std::less<>> numbers;
  std::vector<const std::string*> of_row;
  for (io::TableRow row; reader.next(row);) {
    if (row.values[1].empty()) {
      ++out.skipped;
      continue;
    }
    out.texts.emplace_back(row.values[0]);
    of_row.push_back(&numbers.try_emplace(std::string(row.values[1]), 0U).first->first);
  }
  for (auto& [name, number] : numbers) {
    number = static_cast<std::uint32_t>(out.names.size());
    out.names.push_back(name);
  }
  for (const std::string* name : of_row) out.labels.push_back(numbers.find(*name)->second);
  return out;
}

std::vector<std::string> read_label_names(const std::string& file_or_names) {
  std::vector<std::string> names;
  std::error_code error;
  if (std::filesystem::is_regular_file(file_or_names, error)) {
    encode::TextSource source;
    source.path = file_or_names;
    source.format = io::TableFormat::lines;
    names = encode::read_all_texts(source, kMostNames);
    std::erase(names, std::string());
  } else {
    for (std::size_t begin = 0; begin <= file_or_names.size();) {
      const std::size_t end = std::min(file_or_names.find(',', begin), file_or_names.size());
      if (end > begin) names.push_back(file_or_names.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  std::set<std::string> seen;
  for (const std::string& name : names)
    if (!seen.insert(name).second)
      fail(ErrorKind::bad_input, "the label '{}' is given twice", name);
  if (names.size() < 2)
    fail(ErrorKind::bad_input,
         "'{}' is neither a file of labels, one a line, nor two or more labels between commas",
         file_or_names);
  return names;
}

Split stratified_split(const LabelledTexts& texts, double held_out, std::uint64_t seed) {
  if (!(held_out > 0.0 && held_out < 1.0))
    fail(ErrorKind::bad_input, "a share of {} cannot be held out: say one between 0 and 1",
         held_out);
  Split split;
  for (const auto& rows : rows_by_class(texts, seed)) {
    const auto share = static_cast<std::size_t>(held_out * static_cast<double>(rows.size()) + 0.5);
    const std::size_t out =
        rows.size() < 2 ? 0 : std::clamp<std::size_t>(share, 1, rows.size() - 1);
    split.test.insert(split.test.end(), rows.begin(),
                      rows.begin() + static_cast<std::ptrdiff_t>(out));
    split.train.insert(split.train.end(), rows.begin() + static_cast<std::ptrdiff_t>(out),
                       rows.end());
  }
  std::sort(split.train.begin(), split.train.end());
  std::sort(split.test.begin(), split.test.end());
  return split;
}

std::vector<std::size_t> examples_of(const LabelledTexts& texts, std::size_t each,
                                     std::uint64_t seed) {
  std::vector<std::size_t> out;
  for (const auto& rows : rows_by_class(texts, seed))
    out.insert(out.end(), rows.begin(),
               rows.begin() + static_cast<std::ptrdiff_t>(std::min(each, rows.size())));
  std::sort(out.begin(), out.end());
  return out;
}

std::size_t TextClassifier::dimensions() const {
  return std::visit([](const auto& h) { return h.dimensions; }, head);
}

std::vector<double> TextClassifier::probabilities(std::span<const float> vectors,
                                                  ThreadPool& pool) const {
  return std::visit([&](const auto& h) { return h.probabilities(vectors, pool); }, head);
}

void TextClassifier::check_vector_space(const std::string& space, const std::string& path) const {
  if (space == vector_space) return;
  fail(ErrorKind::bad_input,
       "{} was made for the vectors of another model, pooling, layers or dimension (vector space "
       "{}, by {}) than those here (vector space {}); give that model, or train anew with this one",
       path, vector_space, model.empty() ? "an unnamed model" : model, space);
}

TextClassifier zero_shot(const Encoder& encoder, std::vector<std::string> names,
                         const std::vector<std::string>& templates, const EncodeOptions& options,
                         double temperature) {
  constexpr std::string_view kPlace = "{}";
  std::vector<std::string> texts;
  for (const std::string& pattern : templates)
    if (pattern.find(kPlace) == std::string::npos)
      fail(ErrorKind::bad_input, "the template '{}' has no {{}}, where the label goes", pattern);
  if (templates.empty()) fail(ErrorKind::bad_input, "no template: give one, such as '{{}}'");
  for (const std::string& name : names)
    for (const std::string& pattern : templates) {
      std::string text = pattern;
      for (std::size_t at = 0; (at = text.find(kPlace, at)) != std::string::npos; at += name.size())
        text.replace(at, kPlace.size(), name);
      texts.push_back(std::move(text));
    }
  const Embeddings e = embed_texts(encoder, texts, options);
  const std::size_t d = e.dimensions;
  std::vector<float> means(names.size() * d);
  for (std::size_t row = 0; row < e.rows; ++row)
    for (std::size_t i = 0; i < d; ++i)
      means[row / templates.size() * d + i] += e.values[row * d + i];
  TextClassifier c = of_encoder(encoder, options);
  c.names = std::move(names);
  c.head = estimators::centroids_of(means, d, temperature);
  return c;
}

TextClassifier train_classifier(const Encoder& encoder, const LabelledTexts& texts,
                                const EncodeOptions& options, HeadKind kind,
                                const estimators::LinearOptions& linear,
                                const TextProgress& progress) {
  if (texts.names.size() < 2)
    fail(ErrorKind::bad_input,
         "all {} texts have one label{}: a classifier needs two at least; is it the right column?",
         texts.texts.size(), texts.names.empty() ? "" : " ('" + texts.names[0] + "')");
  const Embeddings e = embed_texts(encoder, texts.texts, options, progress);
  const estimators::LabelledVectors data{e.values, e.dimensions, texts.labels, texts.names.size()};
  TextClassifier c = of_encoder(encoder, options);
  c.names = texts.names;
  if (kind == HeadKind::centroids) {
    c.head = estimators::fit_centroids(data);
  } else {
    ThreadPool pool(encoder.threads());
    c.head = estimators::fit_linear(data, linear, pool);
  }
  return c;
}

Evaluation evaluate(const std::vector<std::string>& names, std::span<const double> probabilities,
                    const std::vector<std::string>& truth) {
  const std::size_t classes = names.size();
  require(probabilities.size() == truth.size() * classes, "evaluation: a row a text");
  if (truth.empty()) fail(ErrorKind::bad_input, "no labelled texts to evaluate by");
  struct Counts {
    std::size_t right = 0, given = 0, there = 0;
  };
  std::map<std::string, Counts> counts;
  std::map<std::string, std::size_t> number;
  for (std::size_t k = 0; k < classes; ++k) number[names[k]] = k;
  Evaluation out;
  out.texts = truth.size();
  std::size_t right = 0, among_five = 0;
  std::vector<double> confidence;
  std::vector<std::uint8_t> correct;
  for (std::size_t row = 0; row < truth.size(); ++row) {
    const auto p = probabilities.subspan(row * classes, classes);
    const auto best = static_cast<std::size_t>(std::max_element(p.begin(), p.end()) - p.begin());
    const bool hit = names[best] == truth[row];
    ++counts[names[best]].given;
    ++counts[truth[row]].there;
    if (hit) ++counts[truth[row]].right;
    right += hit ? 1 : 0;
    confidence.push_back(p[best]);
    correct.push_back(hit ? 1 : 0);
    const auto own = number.find(truth[row]);
    if (own == number.end()) {
      ++out.unknown;
      continue;
    }
    const double mine = p[own->second];
    among_five += std::count_if(p.begin(), p.end(), [&](double q) { return q > mine; }) < 5 ? 1 : 0;
  }
  const auto n = static_cast<double>(truth.size());
  out.accuracy = static_cast<double>(right) / n;
  out.top5 = static_cast<double>(among_five) / n;
  for (const auto& [name, c] : counts)
    out.macro_f1 += 2.0 * static_cast<double>(c.right) / static_cast<double>(c.given + c.there);
  out.macro_f1 /= static_cast<double>(counts.size());
  std::vector<std::uint32_t> rows(truth.size());
  std::iota(rows.begin(), rows.end(), 0U);
  out.calibration_error = estimators::calibration_error_interval(confidence, correct, rows,
                                                                 estimators::Binning::equal_mass);
  return out;
}

}  // namespace kindred::tasks
