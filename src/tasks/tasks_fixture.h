// A model whose vectors are known, and a small dataset in two languages. For tests only.
#pragma once

#include <memory>
#include <string>

#include "eval/dataset.h"
#include "io/temp_directory.h"
#include "tasks/text_vectors.h"

namespace kindred::tasks {

/// Words in three directions: fruit, colour, tool. A text is the mean of its words.
inline std::shared_ptr<const Encoder> tiny_encoder(const io::TempDirectory& temp) {
  EncoderOptions options;
  options.threads = 1;
  return std::make_shared<const Encoder>(
      Encoder::open(temp.write("words.vec",
                               "8 3\napple 9 1 0\npomme 8 1 1\nred 0 9 1\nrouge 1 8 0\n"
                               "hammer 0 1 9\nmarteau 1 0 8\npear 9 0 1\nblue 0 8 2\n"),
                    options));
}

inline eval::Record record(const std::string& id, const std::string& text,
                           const std::string& language) {
  return {id, "", text, {{"language", language}}};
}

/// Two queries in English and one in French over five documents.
inline eval::Dataset tiny_dataset() {
  eval::Dataset dataset;
  dataset.name = "tiny";
  dataset.corpus = {record("d1", "apple", "en"), record("d2", "pomme rouge", "fr"),
                    record("d3", "hammer", "en"), record("d4", "marteau", "fr"),
                    record("d5", "red hammer", "en")};
  dataset.queries = {record("q1", "red apple", "en"), record("q2", "hammer", "en"),
                     record("q3", "marteau", "fr")};
  dataset.judgements = {{"q1", {{"d2", 2.0}, {"d1", 1.0}}},
                        {"q2", {{"d3", 2.0}, {"d4", 2.0}, {"d5", 1.0}}},
                        {"q3", {{"d4", 1.0}, {"d3", 1.0}}}};
  return dataset;
}

}  // namespace kindred::tasks
