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
#include "cli/json_output.h"
#include "cli/model_flags.h"
#include "encode/nearest.h"
#include "io/file.h"
#include "io/vector_reader.h"

namespace kindred::cli {
namespace {

struct State {
  std::string a;
  std::string b;
  ModelFlags model;
  bool bits = false;
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

io::VectorReader open_vectors(const std::string& path) {
  if (!io::is_file(path) && !io::has_vector_ending(path))
    fail(ErrorKind::bad_input,
         "'{}' is no file of vectors; to compare texts, name the model by --model MODEL", path);
  return io::VectorReader::open(path);
}

// The two sides may be packed bits in a .npy file, which does not say so: by --bits, or as the
// other side's dimension shows.
void settle_bits(const State& s, io::VectorReader& a, const io::VectorReader& b) {
  if (a.says_type()) return;
  const bool fits = a.dimensions() != b.dimensions() &&
                    io::stored_columns(io::VectorType::ubinary, b.dimensions()) == a.dimensions();
  if (fits)
    a.take_as_bits(b.dimensions());
  else if (s.bits)
    a.take_as_bits();
}

void compare_files(const State& s) {
  io::VectorReader a = open_vectors(s.a);
  io::VectorReader b = open_vectors(s.b);
  settle_bits(s, a, b);
  settle_bits(s, b, a);
  if (a.rows() != b.rows() || a.dimensions() != b.dimensions())
    fail(ErrorKind::bad_input, "{} holds {} vectors of {} dimensions, {} holds {} of {}", s.a,
         a.rows(), a.dimensions(), s.b, b.rows(), b.dimensions());
  if (a.rows() == 0) fail(ErrorKind::bad_input, "{} and {} hold no vectors", s.a, s.b);
  const Statistics t = compare_rows(a, b);
  if (s.json) {
    const nlohmann::ordered_json object = {{"rows", a.rows()},
                                           {"dimensions", a.dimensions()},
                                           {"types", {to_string(a.type()), to_string(b.type())}},
                                           {"cosine",
                                            {{"mean", t.mean},
                                             {"min", t.at(0.0)},
                                             {"p01", t.at(0.01)},
                                             {"p50", t.at(0.5)},
                                             {"max", t.at(1.0)}}},
                                           {"worst_row", t.worst_row},
                                           {"largest_difference", t.largest_difference}};
    print_json(object);
    return;
  }
  print("{} rows of {} dimensions, {} and {}\n", a.rows(), a.dimensions(), to_string(a.type()),
        to_string(b.type()));
  print("cosine    mean {:.6f}  min {:.6f} (row {})  1% {:.6f}  median {:.6f}  max {:.6f}\n",
        t.mean, t.at(0.0), t.worst_row, t.at(0.01), t.at(0.5), t.at(1.0));
  print("elements  differ by {:.3g} at most\n", t.largest_difference);
}

void compare_texts(const State& s) {
  for (const std::string& text : {s.a, s.b})
    if (io::has_vector_ending(text) && io::is_file(text))
      fail(
          ErrorKind::bad_input,
          "{} is a file of vectors, and --model compares texts; leave --model out to compare files",
          text);
  const Encoder encoder = s.model.open();
  const std::vector<std::string> texts = {s.a, s.b};
  const Embeddings e = encoder.encode(texts, s.model.encode);
  const float cosine =
      encode::cosine(e.values.data(), e.values.data() + e.dimensions, e.dimensions);
  if (s.json)
    print_json(nlohmann::ordered_json(
        {{"cosine", cosine}, {"tokens", e.token_counts}, {"truncated", e.truncated}}));
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
      "of vectors (.npy, .safetensors, .jsonl, .fvecs) of the same shape, and the cosines of their "
      "rows "
      "are "
      "summed up: what int8 costs against fp32, or one engine against another.";
  c.arguments = {argument("A", "a text, or a file of vectors", &s->a)
                     .must_be_given()
                     .completed_by(Completes::file),
                 argument("B", "the other", &s->b).must_be_given().completed_by(Completes::file)};
  s->model.add_optional(c);
  c.group("Output").flags.push_back(toggle("--bits", kBitsHelp, &s->bits).not_with({"model"}));
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
