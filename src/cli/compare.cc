// kindred compare: two texts, or two files of vectors row by row.
#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/model_flags.h"
#include "encode/nearest.h"
#include "io/vector_reader.h"

namespace kindred::cli {
namespace {

struct State {
  std::string a;
  std::string b;
  ModelFlags model;
  bool json = false;
};

struct Statistics {
  std::vector<float> cosines;  ///< ascending
  double mean = 0.0;
  std::size_t worst_row = 0;
  double largest_difference = 0.0;  ///< of two elements

  double at(double share) const {
    return cosines[static_cast<std::size_t>(share * static_cast<double>(cosines.size() - 1))];
  }
};

Statistics compare_rows(const io::VectorReader& a, const io::VectorReader& b) {
  constexpr std::size_t kBlock = 1024;
  const std::size_t d = a.dimensions();
  Statistics statistics;
  std::vector<float> x(kBlock * d);
  std::vector<float> y(kBlock * d);
  float worst = 2.0F;
  for (std::size_t begin = 0; begin < a.rows(); begin += kBlock) {
    const std::size_t rows = std::min(kBlock, a.rows() - begin);
    a.read_rows(begin, rows, x.data());
    b.read_rows(begin, rows, y.data());
    for (std::size_t i = 0; i < rows * d; ++i)
      statistics.largest_difference =
          std::max(statistics.largest_difference, std::abs(static_cast<double>(x[i]) - y[i]));
    for (std::size_t r = 0; r < rows; ++r) {
      const float cosine = encode::cosine(x.data() + r * d, y.data() + r * d, d);
      statistics.cosines.push_back(cosine);
      statistics.mean += cosine;
      if (cosine >= worst) continue;
      worst = cosine;
      statistics.worst_row = begin + r;
    }
  }
  statistics.mean /= static_cast<double>(std::max<std::size_t>(a.rows(), 1));
  std::sort(statistics.cosines.begin(), statistics.cosines.end());
  return statistics;
}

void compare_files(const State& s) {
  const io::VectorReader a = io::VectorReader::open(s.a);
  const io::VectorReader b = io::VectorReader::open(s.b);
  if (a.rows() != b.rows() || a.dimensions() != b.dimensions())
    fail(ErrorKind::bad_input, "{} holds {} vectors of {} dimensions, {} holds {} of {}", s.a,
         a.rows(), a.dimensions(), s.b, b.rows(), b.dimensions());
  if (a.rows() == 0) fail(ErrorKind::bad_input, "{} and {} hold no vectors", s.a, s.b);
  const Statistics t = compare_rows(a, b);
  if (s.json) {
    const nlohmann::ordered_json object = {{"rows", a.rows()},
                                           {"dimensions", a.dimensions()},
                                           {"cosine",
                                            {{"mean", t.mean},
                                             {"min", t.at(0.0)},
                                             {"p01", t.at(0.01)},
                                             {"p50", t.at(0.5)},
                                             {"max", t.at(1.0)}}},
                                           {"worst_row", t.worst_row},
                                           {"largest_difference", t.largest_difference}};
    print("{}\n", object.dump());
    return;
  }
  print("{} rows of {} dimensions\n", a.rows(), a.dimensions());
  print("cosine    mean {:.6f}  min {:.6f} (row {})  1% {:.6f}  median {:.6f}  max {:.6f}\n",
        t.mean, t.at(0.0), t.worst_row, t.at(0.01), t.at(0.5), t.at(1.0));
  print("elements  differ by {:.3g} at most\n", t.largest_difference);
}

void compare_texts(const State& s) {
  const Encoder encoder = s.model.open();
  const std::vector<std::string> texts = {s.a, s.b};
  const Embeddings e = encoder.encode(texts, s.model.encode);
  const float cosine =
      encode::cosine(e.values.data(), e.values.data() + e.dimensions, e.dimensions);
  if (s.json)
    print("{}\n", nlohmann::ordered_json(
                      {{"cosine", cosine}, {"tokens", e.token_counts}, {"truncated", e.truncated}})
                      .dump());
  else
    print("cosine {:.6f}\n", cosine);
}

}  // namespace

Command compare_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "compare";
  c.summary = "how alike two texts are, or two files of vectors row by row";
  c.description =
      "With --model, embeds the texts A and B and prints their cosine. Without it, A and B are "
      "files "
      "of vectors (.npy, .safetensors, .jsonl) of the same shape, and the cosines of their rows "
      "are "
      "summed up: what int8 costs against fp32, or one engine against another.";
  c.arguments = {argument("A", "a text, or a file of vectors", &s->a)
                     .must_be_given()
                     .completed_by(Completes::file),
                 argument("B", "the other", &s->b).must_be_given().completed_by(Completes::file)};
  s->model.add_optional(c);
  c.group("Output").flags.push_back(toggle("--json", "print a JSON object", &s->json));
  s->model.add_vector_flags(c);
  s->model.add_model_flags(c);
  c.examples = {{"two titles in two languages",
                 "kindred compare 'red running shoes' '红色跑鞋' --model multilingual-e5-small"},
                {"what int8 costs", "kindred compare fp32.npy int8.npy"}};
  c.run = [s] {
    if (s->model.given())
      compare_texts(*s);
    else
      compare_files(*s);
  };
  return c;
}

}  // namespace kindred::cli
