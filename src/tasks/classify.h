// Texts to classes: by the classes' names, by examples, by a trained layer. Tested by
// classify_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/thread_pool.h"
#include "estimators/centroid_classifier.h"
#include "estimators/linear_classifier.h"
#include "estimators/probability_metrics.h"
#include "io/table.h"
#include "kindred/encoder.h"
#include "tasks/calibrate.h"

namespace kindred::tasks {

struct LabelledTexts {
  std::vector<std::string> texts;
  std::vector<std::uint32_t> labels;  ///< into `names`, one a text
  std::vector<std::string> names;     ///< ascending, each of one text at least
  std::uint64_t skipped = 0;          ///< rows without a label

  /// The rows of `rows`, with the same names.
  LabelledTexts only(const std::vector<std::size_t>& rows) const;
};

/// Columns of a table; the texts may be empty, the labels may not. Errors: those of TableReader;
/// bad_input for plain lines.
LabelledTexts read_labelled_texts(const std::string& path, const std::string& text_column,
                                  const std::string& label_column,
                                  std::optional<io::TableFormat> format = std::nullopt);

/// Labels: the lines of the file of that name, or where there is none the parts between commas.
/// Errors: bad_input for fewer than two, or one twice.
std::vector<std::string> read_label_names(const std::string& file_or_names);

/// Rows to learn from and rows held out, of each class the same share (one at least, and one at
/// least stays: a class of one row has none held out).
struct Split {
  std::vector<std::size_t> train, test;
};
Split stratified_split(const LabelledTexts& texts, double held_out, std::uint64_t seed = 1);
/// At most `each` rows of each class, drawn by the seed, in order.
std::vector<std::size_t> examples_of(const LabelledTexts& texts, std::size_t each,
                                     std::uint64_t seed = 1);

/// A classifier over the vectors of one encoder.
///
/// File: safetensors with "weights" (classes × dimensions) and, of a linear one, "biases"; in its
/// metadata "kindred_classifier" (the version), "kind", "labels" (a JSON array), "vector_space",
/// "model", "prompt" and "temperature".
///
/// Threads: immutable once made; const methods may run concurrently.
struct TextClassifier {
  std::vector<std::string> names;
  std::variant<estimators::CentroidClassifier, estimators::LinearClassifier> head;
  std::string vector_space;  ///< Encoder::vector_space
  std::string model;         ///< its path, for people
  std::string prompt;        ///< the text before each text

  std::size_t dimensions() const;
  /// Rows × names.
  std::vector<double> probabilities(std::span<const float> vectors, ThreadPool& pool) const;

  /// Errors: bad_input where it is of another vector space, naming both.
  void check_vector_space(const std::string& vector_space, const std::string& path) const;
  void save(const std::string& path) const;
  /// Errors: not_found; corrupt; unsupported for a newer version.
  static TextClassifier load(const std::string& path);
};

/// Each name is embedded in each template (its "{}" replaced); the mean of the vectors is the class
/// (Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021).
/// Errors: bad_input for a template without "{}".
TextClassifier zero_shot(const Encoder& encoder, std::vector<std::string> names,
                         const std::vector<std::string>& templates, const EncodeOptions& options,
                         double temperature = estimators::kDefaultTemperature);

enum class HeadKind : std::uint8_t { centroids, linear };

/// Errors: those of fit_centroids and fit_linear, with the label's name.
TextClassifier train_classifier(const Encoder& encoder, const LabelledTexts& texts,
                                const EncodeOptions& options, HeadKind kind,
                                const estimators::LinearOptions& linear,
                                const TextProgress& progress = {});

struct Evaluation {
  std::size_t texts = 0;
  std::size_t unknown = 0;  ///< texts whose label the classifier does not have: counted as wrong
  double accuracy = 0.0;
  double top5 = 0.0;  ///< share whose label is among the five most probable
  /// Mean of the F1 of all labels that occur or were given, as scikit-learn's f1_score(macro).
  double macro_f1 = 0.0;
  estimators::Estimate calibration_error;  ///< of the most probable class, bins of equal mass
};

/// `probabilities`: rows × names of the classifier; `truth`: the label of each row.
Evaluation evaluate(const std::vector<std::string>& names, std::span<const double> probabilities,
                    const std::vector<std::string>& truth);

}  // namespace kindred::tasks
