// kindred vectors quantize: word vectors in fewer bytes, and how alike they stay.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "base/cpu.h"
#include "base/error.h"
#include "base/progress.h"
#include "base/thread_pool.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/model_flags.h"
#include "cli/vectors_files.h"
#include "encode/nearest.h"
#include "static_vectors/product_quantizer.h"
#include "static_vectors/scaled_table.h"

namespace kindred::cli {
namespace {

using static_vectors::StaticModel;
using static_vectors::VectorFormat;

struct State {
  VectorFilesFlags files;
  std::string precision = "int8";
  std::size_t part = 2;
  bool no_norms = false;
};

struct Check {
  double mean = 0.0;
  double least = 1.0;
};

// Of words with a vector that is not zero.
Check compare(const StaticModel& before, const StaticModel& after) {
  Check check;
  std::size_t count = 0;
  const std::size_t d = before.dimensions();
  std::vector<float> a(d);
  std::vector<float> b(d);
  for (std::uint32_t id = 0; id < before.size(); ++id) {
    before.vector_of(id, a.data());
    after.vector_of(id, b.data());
    if (std::all_of(a.begin(), a.end(), [](float value) { return value == 0.0F; })) continue;
    const double cosine = encode::cosine(a.data(), b.data(), d);
    check.mean += cosine;
    check.least = std::min(check.least, cosine);
    ++count;
  }
  if (count > 0) check.mean /= static_cast<double>(count);
  return check;
}

StaticModel as_bytes(const StaticModel& model) {
  StaticModel result = model;
  std::vector<float> values(model.size() * model.dimensions());
  for (std::uint32_t id = 0; id < model.size(); ++id)
    model.vector_of(id, values.data() + id * model.dimensions());
  result.subwords.reset();
  result.kept_buckets.reset();
  result.output.reset();
  result.input = std::make_shared<static_vectors::ScaledTable>(
      static_vectors::ScaledTable::of(values.data(), model.size(), model.dimensions()));
  return result;
}

StaticModel as_product(const StaticModel& model, const State& s) {
  if (dynamic_cast<const static_vectors::ProductTable*>(model.input.get()) != nullptr)
    fail(ErrorKind::bad_input, "{}: its vectors are quantised already", s.files.input);
  StaticModel result = model;
  static_vectors::ProductOptions options;
  options.part = s.part;
  options.norms = !s.no_norms;
  Progress progress(stderr, "quantize", "parts",
                    (model.dimensions() + s.part - 1) / std::max<std::size_t>(s.part, 1));
  options.progress = [&](std::size_t, std::size_t) { progress.add(1); };
  const int threads = threads_or_environment(s.files.threads);
  ThreadPool pool(threads > 0 ? threads : available_cores());
  result.input = std::make_shared<static_vectors::ProductTable>(
      static_vectors::quantize_product(*model.input, options, pool));
  // Training cannot go on from codes, and an output would be larger than they are.
  if (model.labels.empty()) result.output.reset();
  return result;
}

VectorFormat wanted_format(const State& s) {
  const bool product = s.precision == "pq";
  const VectorFormat own = product ? VectorFormat::fasttext : VectorFormat::model2vec;
  if (!s.files.format.empty() && s.files.format != static_vectors::to_string(own))
    fail(ErrorKind::bad_input, "--to {}: {} vectors are written as {} only", s.files.format,
         s.precision, static_vectors::to_string(own));
  return own;
}

void run(State& s) {
  const bool product = s.precision == "pq";
  s.files.format = static_vectors::to_string(wanted_format(s));
  const StaticModel model = s.files.read();
  if (!product && !model.labels.empty())
    fail(ErrorKind::bad_input,
         "{} is a classifier, whose labels only fastText's own file keeps; take --precision pq",
         s.files.input);
  const StaticModel smaller = product ? as_product(model, s) : as_bytes(model);
  s.files.write(smaller);
  const Check check = compare(model, smaller);
  if (s.files.json) {
    print_json(nlohmann::ordered_json{{"output", s.files.output},
                                      {"precision", s.precision},
                                      {"words", smaller.size()},
                                      {"dimensions", smaller.dimensions()},
                                      {"bytes_before", bytes_of(s.files.input)},
                                      {"bytes", bytes_of(s.files.output)},
                                      {"cosine", {{"mean", check.mean}, {"min", check.least}}}});
    return;
  }
  s.files.report(model, smaller);
  print("cosine with the original over {} words: mean {:.6f}, min {:.6f}\n",
        with_thousands(smaller.size()), check.mean, check.least);
}

}  // namespace

Command vectors_quantize_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "vectors quantize";
  c.summary = "word vectors in fewer bytes";
  c.description =
      "int8: a byte a value and one scale a row, a quarter of the size, in a directory that "
      "model2vec and 'kindred embed' read; n-grams are summed into their words.\n\n"
      "pq: product quantisation, a byte for each --part values and one for the length, an eighth "
      "of the size and less, as a fastText file (.ftz) that fastText reads, n-grams and labels "
      "kept. gensim reads no quantised files.\n\n"
      "Then it prints how alike the vectors are to those before.";
  s->files.add_argument(c);
  auto& flags = c.group("Precision").flags;
  flags.push_back(
      flag("--precision", "TYPE", "how values are stored", &s->precision).one_of({"int8", "pq"}));
  flags.push_back(
      flag("--part", "N", "pq: values that share a byte, of 256 centroids trained", &s->part));
  flags.push_back(toggle("--no-norms", "pq: vectors as they are, not lengths apart from directions",
                         &s->no_norms));
  s->files.add_output(c);
  c.examples = {
      {"a quarter of the size, ready to embed", "kindred vectors quantize en.vec -o en-int8"},
      {"an eighth, for fastText too",
       "kindred vectors quantize cc.en.300.bin --precision pq -o en.ftz"}};
  c.run = [s] { run(*s); };
  return c;
}

}  // namespace kindred::cli
