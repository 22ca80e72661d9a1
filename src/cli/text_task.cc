#include "cli/text_task.h"

#include <memory>
#include <span>
#include <utility>

#include "base/cpu.h"
#include "base/progress.h"
#include "cli/console.h"

namespace kindred::cli {

void TextTask::add_flags(Command& command) {
  report.add(command);
  auto& vectors = command.group("Vectors").flags;
  vectors.push_back(toggle(
      "--passages", "put the model's prompt of passages before the texts, not that of queries",
      &passages));
  vectors.push_back(flag("--prompt-text", "TEXT", "put this text before each text instead",
                         &model.encode.prompt));
  vectors.push_back(flag("--cache", "DIR",
                         "keep vectors here: another evaluation finds them, and one that was "
                         "stopped goes on",
                         &cache)
                        .completed_by(Completes::directory)
                        .written());
  model.add_model_flags(command);
}

void TextTask::run(
    std::uint64_t texts,
    const std::function<eval::Report(const tasks::TextVectors&, ThreadPool&)>& task) const {
  report.check();
  catch_interrupts();
  Progress progress(stderr, "encode", "texts", texts);
  tasks::TextVectorsOptions options;
  options.encode = model.encode;
  options.cache = cache;
  options.on_progress = [&progress](std::uint64_t count) { progress.add(count); };
  options.stop = interrupted;
  const tasks::TextVectors encoder(std::make_shared<const Encoder>(model.open()), options);
  const int threads = threads_or_environment(model.options.threads);
  ThreadPool pool(threads > 0 ? threads : available_cores());
  try {
    eval::Report result = task(encoder, pool);
    progress.finish();
    result.facts.emplace_back("model", encoder.fingerprint());
    result.facts.emplace_back("prompt", encoder.prompt(role()));
    const std::pair<std::string, const tasks::TextVectors*> named{"vectors", &encoder};
    result.tables.push_back(tasks::encoding_table(std::span(&named, 1)));
    report.deliver(result);
  } catch (const tasks::Stopped&) {
    if (!cache.empty()) note("stopped; the same command goes on from " + cache);
    throw Interrupted{};
  }
}

}  // namespace kindred::cli
