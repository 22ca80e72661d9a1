// kindred train: a recipe to a model.
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/json_output.h"
#include "cli/model_flags.h"
#include "cli/torch_program.h"
#include "recipe/recipe.h"

namespace kindred::cli {
namespace {

struct State {
  std::string recipe;
  std::vector<std::string> overrides;
  std::string output;
  std::string device = "cpu";
  bool check = false;
  bool keys = false;
  bool force = false;
  bool json = false;
  bool quiet = false;
};

/// Whether mpirun of Open MPI, MPICH or Intel started this process beside others.
bool beside_others() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"})
    if (const char* size = std::getenv(name); size != nullptr && std::atoi(size) > 1) return true;
  return false;
}

nlohmann::ordered_json to_json(const recipe::TrainingResult& result) {
  return {{"steps", result.steps},     {"pairs", result.pairs},
          {"tokens", result.tokens},   {"seconds", result.seconds},
          {"loss", result.loss},       {"before", result.before},
          {"after", result.after},     {"peak_bytes", result.peak_bytes},
          {"stopped", result.stopped}, {"model", result.model},
          {"notes", result.notes}};
}

void print_result(const recipe::TrainingResult& result, const std::string& output) {
  const double seconds = result.seconds > 0.0 ? result.seconds : 1.0;
  print("{} steps in {}: loss {:.4f}, {:.1f} pairs/s, {:.0f} tokens/s, {:.2f} GB of memory\n",
        with_thousands(result.steps),
        format_duration(std::chrono::duration<double>(result.seconds)), result.loss,
        static_cast<double>(result.pairs) / seconds, static_cast<double>(result.tokens) / seconds,
        static_cast<double>(result.peak_bytes) / 1e9);
  for (const auto& [name, after] : result.after) {
    const auto before = result.before.find(name);
    if (before != result.before.end())
      print("  {:<10} {:.4f} -> {:.4f}\n", name, before->second, after);
  }
  for (const std::string& text : result.notes) print("  note: {}\n", text);
  if (result.stopped)
    print("stopped; the same command goes on from {}/checkpoints\n", output);
  else
    print("the model is {}\n", result.model);
}

void run(const State& s) {
  if (s.keys) {
    print("{}", recipe::reference_markdown());
    return;
  }
  if (s.recipe.empty())
    fail(ErrorKind::bad_input, "give RECIPE, a TOML file; docs/recipes.md has some to begin with");
  recipe::TrainingJob job;
  job.recipe = recipe::read_recipe(s.recipe, s.overrides);
  if (s.check) {
    print("{}", recipe::to_toml(job.recipe));
    return;
  }
  if (s.output.empty())
    fail(ErrorKind::bad_input, "give --output DIR: where the run and its model go");
  if (job.recipe.run.threads == 0) {
    const int threads = threads_or_environment(0);
    if (threads > 0) job.recipe.run.threads = static_cast<std::size_t>(threads);
  }
  job.output = s.output;
  job.device = s.device;
  job.force = s.force;
  job.several_processes = beside_others();
  job.quiet = s.quiet;
  catch_interrupts();
  job.stop = interrupted;
  const recipe::TrainingResult result = trainer()(job);
  if (!result.reports) return;
  if (s.json) {
    print_json(to_json(result));
  } else if (!s.quiet) {
    print_result(result, s.output);
  }
  if (result.stopped) {
    flush_out();
    throw Interrupted{};
  }
}

}  // namespace

Command train_command() {
  auto s = std::make_shared<State>();
  Command c;
  c.name = "train";
  c.summary = "train an encoder by a recipe";
  c.description =
      "A recipe is a TOML file: the model to begin with, the data, the losses, and how long. "
      "--keys prints every key. Training data are what 'kindred prepare' writes, or tables "
      "with the columns anchor, positive, negative and score.\n\n"
      "The run's directory keeps the recipe as it ran, a log (JSON lines, and TensorBoard's "
      "events) "
      "and checkpoints: the same command goes on where one was stopped, and on one process the "
      "steps are the same to the last bit. At the end DIR/model is a model directory that Kindred "
      "and sentence-transformers open.\n\n"
      "Several processes train one model with mpirun: each takes its share of every batch, and the "
      "gradient is that of one.";
  c.arguments.push_back(
      argument("RECIPE", "a TOML file", &s->recipe).completed_by(Completes::file));
  auto& flags = c.group("Run").flags;
  flags.push_back(flag("-o,--output", "DIR", "the run's directory", &s->output)
                      .completed_by(Completes::directory)
                      .written());
  flags.push_back(flag("--set", "KEY=VALUE",
                       "another value for a key of the recipe, run.steps=100; may be given several "
                       "times",
                       &s->overrides));
  flags.push_back(flag("--device", "DEVICE", "where it trains: cpu, cuda or cuda:N", &s->device));
  flags.push_back(
      toggle("--check", "print the recipe with all its settings, and train nothing", &s->check));
  flags.push_back(toggle("--keys", "print every key of a recipe, in Markdown", &s->keys));
  flags.push_back(toggle("--force",
                         "train where the preflight found what makes a run worthless: dev texts "
                         "that are trained on, data that cannot teach",
                         &s->force));
  flags.push_back(toggle("--json", "print the result as a JSON object", &s->json));
  flags.push_back(toggle("-q,--quiet", "no progress and no summary", &s->quiet));
  c.examples = {{"as the recipe says", "kindred train recipes/product-e5.toml -o run"},
                {"a quick try", "kindred train recipes/product-e5.toml --set run.steps=20 -o try"},
                {"two processes", "mpirun -n 2 kindred train recipes/product-e5.toml -o run"}};
  c.run = [s] { run(*s); };
  return c;
}

}  // namespace kindred::cli
