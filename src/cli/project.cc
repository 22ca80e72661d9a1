// kindred project: a model with a whitening, components or centring behind it.
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "base/cpu.h"
#include "base/progress.h"
#include "base/thread_pool.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/model_flags.h"
#include "estimators/projection.h"
#include "io/vector_reader.h"
#include "prepare/projected_model.h"

namespace kindred::cli {
namespace {

struct State {
  std::string model;
  TextFlags text;
  std::string output;
  std::string method = "whiten";
  std::string prompt_name;
  std::optional<std::string> prompt;
  std::size_t dimensions = 0;
  std::size_t removed = 0;
  int threads = 0;
  bool json = false;
};

estimators::Moments read_moments(const State& s, ThreadPool& pool) {
  const bool vectors = io::has_vector_ending(s.text.source.path);
  Progress progress(stderr, "project", vectors ? "vectors" : "texts");
  const auto count = [&](std::uint64_t done) { progress.add(done - progress.done()); };
  if (vectors) return prepare::moments_of_vectors(s.model, s.text.source.path, pool, count);
  EncoderOptions options;
  options.threads = pool.threads();
  EncodeOptions encode;
  encode.prompt_name = s.prompt_name;
  encode.prompt = s.prompt;
  return prepare::moments_of_texts(Encoder::open(s.model, options), s.text.source, encode, pool,
                                   count);
}

void report(const State& s, const estimators::Moments& moments, const estimators::Projection& p) {
  if (s.json) {
    const nlohmann::ordered_json object = {{"output", s.output},
                                           {"method", s.method},
                                           {"vectors", moments.rows()},
                                           {"dimensions_in", p.in},
                                           {"dimensions", p.out},
                                           {"rank", p.rank},
                                           {"explained_variance", p.explained}};
    return print_json(object);
  }
  print("{}: {} of {} vectors, {} to {} dimensions, {:.2f}% of the variance\n", s.output, s.method,
        with_thousands(moments.rows()), p.in, p.out, 100.0 * p.explained);
}

void run(const State& s) {
  constexpr std::uint64_t kVectorsADimension = 10;
  const int threads = threads_or_environment(s.threads);
  ThreadPool pool(threads > 0 ? threads : available_cores());
  const auto method = estimators::parse_projection_method(s.method);
  const estimators::Moments moments = read_moments(s, pool);
  const auto p =
      estimators::fit_projection(moments, {method, s.dimensions, s.removed, false}, pool);
  if (method == estimators::ProjectionMethod::whiten && moments.rows() < kVectorsADimension * p.out)
    note(fmt::format(
        "{} vectors for {} dimensions: the directions of little variance are known "
        "badly, and whitening makes them as long as the others; give {} texts or "
        "more, or keep fewer --dimensions",
        with_thousands(moments.rows()), p.out, with_thousands(kVectorsADimension * p.out)));
  prepare::write_projected(s.model, p, s.output);
  report(s, moments, p);
}

}  // namespace

Command project_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "project";
  c.summary = "a model with whitened, shortened or centred vectors, without training";
  c.description =
      "Fits a linear map to the vectors of texts (or to vectors that are there already) and writes "
      "a copy of the model with the map behind it, as a Dense and a Normalize module that "
      "sentence-transformers loads too.\n\n"
      "whiten gives every direction the same variance (BERT-whitening; Su et al., 2021), which "
      "helps most where all vectors of a model lie close together; with --dimensions it keeps the "
      "directions of most variance. pca keeps those as they are, center takes the mean away, and "
      "all-but-the-top (Mu and Viswanath, 2018) takes the mean and the first directions away. "
      "Measure on your own queries before you use one: a model that was trained well for its "
      "texts can lose.";
  c.arguments = {argument("MODEL", "model directory", &s->model)
                     .must_be_given()
                     .completed_by(Completes::model),
                 argument("FILE",
                          "texts to fit the map to, some thousands at least, or their vectors "
                          "(.npy, .safetensors, .fvecs); '-' is standard input",
                          &s->text.source.path)
                     .must_be_given()
                     .completed_by(Completes::file)};
  auto& flags = c.group("Projection").flags;
  flags.push_back(flag("-o,--output", "FOLDER", "the new model directory", &s->output)
                      .must_be_given()
                      .completed_by(Completes::directory)
                      .written());
  flags.push_back(flag("--method", "HOW", "the map", &s->method)
                      .one_of({"whiten", "pca", "center", "all-but-the-top"}));
  flags.push_back(flag("--dimensions", "N", "of whiten and pca: keep the first N", &s->dimensions)
                      .shown_default("all that the vectors span"));
  flags.push_back(flag("--remove", "N", "of all-but-the-top: components to take away", &s->removed)
                      .shown_default("a hundredth of the dimensions"));
  flags.push_back(flag("--prompt", "NAME", "put the model's prompt of this name before each text",
                       &s->prompt_name)
                      .shown_default("the model's default prompt")
                      .not_with({"prompt-text"}));
  flags.push_back(flag("--prompt-text", "TEXT", "put this text before each text", &s->prompt));
  flags.push_back(flag("-t,--threads", "N", "threads; 0 is one a physical core", &s->threads));
  flags.push_back(toggle("--json", "print a JSON object", &s->json));
  s->text.add(c);
  c.examples = {{"a model of 128 whitened dimensions, fitted to a shop's own titles",
                 "kindred project MODEL products.csv -c title --dimensions 128 -o MODEL-whitened"},
                {"the same of vectors that were made before",
                 "kindred project MODEL titles.npy --method pca --dimensions 128 -o MODEL-128"}};
  c.run = [s] { run(*s); };
  return c;
}

}  // namespace kindred::cli
