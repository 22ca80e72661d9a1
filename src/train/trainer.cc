#include "train/trainer.h"

#include <sys/resource.h>

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/atomic_file.h"
#include "io/file.h"
#include "prepare/example.h"
#include "torch/executor.h"
#include "train/checkpoint.h"
#include "train/contrastive_step.h"
#include "train/exported_model.h"
#include "train/loss_factory.h"
#include "train/optimizer.h"
#include "train/run_data.h"
#include "train/run_log.h"
#include "train/teacher.h"
#include "train/weight_average.h"

namespace kindred::train {
namespace {

using Clock = std::chrono::steady_clock;
using recipe::Metrics;
using recipe::Recipe;
namespace fs = std::filesystem;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::uint64_t peak_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

at::Device device_of(const std::string& name) {
  return name == "cpu" ? at::Device(at::kCPU) : at::Device(torch::checked_device(name));
}

/// The masks of dropout are what makes SimCSE's two views differ: it needs some.
double dropout_of(const Recipe& recipe) {
  return recipe.model.dropout.value_or(recipe.uses(recipe::LossKind::simcse) ? 0.1 : 0.0);
}

std::vector<Parameter> with_losses(std::vector<Parameter> parameters,
                                   const std::vector<std::shared_ptr<const Loss>>& losses,
                                   std::size_t depth) {
  for (std::size_t i = 0; i < losses.size(); ++i)
    for (const NamedTensor& learnt : losses[i]->parameters())
      parameters.push_back({"loss." + std::to_string(i) + "." + learnt.name, learnt.tensor,
                            Part::head, depth + 1, false});
  return parameters;
}

/// One run. Members are made in the order in which they need each other.
class Run {
 public:
  Run(const recipe::TrainingJob& job, Processes& processes)
      : job_(job),
        r_(job.recipe),
        processes_(processes),
        pool_(1),
        encoder_(r_.model, r_.tuning, r_.optimizer.embeddings, device_of(job.device),
                 r_.batch.seed),
        data_(r_, encoder_, job.quiet || !processes.first()),
        losses_(make_losses()),
        optimizer_(with_losses(encoder_.parameters(), losses_, depth()),
                   encoder_.transformer().weights().word_embeddings, depth(), r_.optimizer,
                   r_.run.shard_optimizer, processes),
        average_(model_tensors(), r_.optimizer.ema),
        teachers_(open_teachers()),
        old_(r_.uses(recipe::LossKind::compatible) ? std::make_shared<Teacher>(r_.loss.old_model)
                                                   : nullptr) {
    step_options_.chunk_tokens = r_.batch.tokens;
    step_options_.pass.bf16 = r_.run.precision == recipe::Precision::bf16;
    step_options_.pass.recompute = r_.run.checkpoint_layers;
    steps_ = r_.run.steps > 0 ? r_.run.steps
                              : static_cast<std::uint64_t>(std::ceil(
                                    r_.run.epochs * static_cast<double>(data_.set().size()) /
                                    static_cast<double>(r_.batch.size)));
  }

  recipe::TrainingResult go() {
    require_exportable(encoder_);
    if (all_checkpoints(checkpoints()).empty()) preflight();  // before anything is written
    prepare_directory();
    resume();
    if (processes_.first())
      log_ = std::make_unique<RunLog>(job_.output, static_cast<std::uint64_t>(std::time(nullptr)));
    if (done_ == 0) before_ = evaluate();
    Progress progress(processes_.first() && !job_.quiet ? stderr : nullptr, "train", "pairs",
                      steps_ * r_.batch.size);
    progress.skip(done_ * r_.batch.size);
    start_ = last_checkpoint_ = Clock::now();
    while (done_ < steps_ && !finished_) {
      one_step(progress);
      after_step();
    }
    progress.finish();
    return finish();
  }

 private:
  std::size_t depth() const { return encoder_.transformer().spec().layers.size(); }

  std::vector<std::shared_ptr<const Loss>> make_losses() const {
    std::vector<std::shared_ptr<const Loss>> losses;
    for (const recipe::DataRecipe& data : r_.data) {
      for (const recipe::LossTerm& term : r_.losses_of(data))
        if (!over_vectors(term.loss))
          fail(ErrorKind::unsupported,
               "[data] {}: the trainer of this version has no place for the loss \"{}\"", data.name,
               recipe::to_string(term.loss));
      losses.push_back(make_loss(r_.loss, r_.losses_of(data)));
    }
    return losses;
  }

  std::vector<std::shared_ptr<const Teacher>> open_teachers() const {
    std::vector<std::shared_ptr<const Teacher>> teachers;
    for (const recipe::DataRecipe& data : r_.data)
      teachers.push_back(data.teacher.empty() ? nullptr : std::make_shared<Teacher>(data.teacher));
    return teachers;
  }

  std::size_t set_of(const recipe::Batch& batch) const {
    for (std::size_t i = 0; i < r_.data.size(); ++i)
      if (r_.data[i].name == batch.task) return i;
    return 0;
  }

  NamedTensors model_tensors() const {
    NamedTensors tensors;
    for (const Parameter& p : optimizer_.parameters()) tensors.emplace_back(p.name, p.value);
    const torch::EmbeddingTable& table = encoder_.transformer().weights().word_embeddings;
    if (table.trained()) tensors.emplace_back("word_embeddings", table.weight());
    return tensors;
  }

  /// What is saved beside the model.
  NamedTensors kept_tensors() const {
    NamedTensors tensors = optimizer_.state();
    if (processes_.first() || !sharded())
      tensors.insert(tensors.end(), average_.state().begin(), average_.state().end());
    return tensors;
  }

  bool sharded() const { return r_.run.shard_optimizer && processes_.size() > 1; }
  std::string checkpoints() const { return job_.output + "/checkpoints"; }

  void prepare_directory() {
    const std::string recipe_file = job_.output + "/recipe.toml";
    const std::string text = recipe::to_toml(r_);
    if (processes_.first()) {
      fs::create_directories(job_.output);
      if (fs::exists(recipe_file) && io::read_text_file(recipe_file) != text)
        fail(ErrorKind::bad_input,
             "{} holds a run of another recipe (recipe.toml tells); choose another --output, or "
             "the same settings to go on with it",
             job_.output);
      if (fs::exists(job_.output + "/model"))
        fail(ErrorKind::bad_input, "{}/model is there: this run has ended; choose another --output",
             job_.output);
      io::AtomicFile file = io::AtomicFile::create(recipe_file);
      file.write(text);
      file.commit();
    }
    processes_.barrier();
  }

  void resume() {
    const std::vector<std::string> paths = all_checkpoints(checkpoints());
    if (paths.empty()) return;
    const Checkpoint checkpoint =
        load_checkpoint(paths.back(), model_tensors(), kept_tensors(), sharded(), processes_);
    const auto state = nlohmann::json::parse(checkpoint.state);
    optimizer_.resume_at(checkpoint.step);
    data_.restore(state.at("data").dump());
    before_ = state.at("before").get<Metrics>();
    best_ = state.at("best").get<double>();
    best_step_ = state.at("best_step").get<std::uint64_t>();
    waited_ = state.at("waited").get<std::size_t>();
    spent_ = state.at("seconds").get<double>();
    done_ = checkpoint.step;
    notes_.push_back("went on from step " + std::to_string(done_));
  }

  void checkpoint() {
    const nlohmann::ordered_json state = {{"data", nlohmann::ordered_json::parse(data_.state())},
                                          {"before", before_},
                                          {"best", best_},
                                          {"best_step", best_step_},
                                          {"waited", waited_},
                                          {"seconds", spent_ + seconds_since(start_)}};
    save_checkpoint(checkpoints(), {done_, state.dump()}, model_tensors(), kept_tensors(),
                    sharded(), std::max({r_.run.keep, r_.run.average_last, std::size_t{1}}),
                    processes_);
    last_checkpoint_ = Clock::now();
  }

  Metrics evaluate() {
    if (data_.dev().empty()) return {};
    Metrics values =
        data_.dev().evaluate(encoder_, step_options_.pass, r_.batch.tokens, processes_, pool_);
    if (log_) {
      std::map<std::string, double> named;
      for (const auto& [name, value] : values) named["dev/" + name] = value;
      log_->write(done_, static_cast<double>(std::time(nullptr)), named);
    }
    return values;
  }

  void mine() {
    const recipe::MiningReport report = data_.mine(encoder_, step_options_.pass, processes_, pool_);
    if (!log_) return;
    std::map<std::string, double> values = {
        {"mining/candidates", report.mean_candidates},
        {"mining/matches", static_cast<double>(report.matches)},
        {"mining/too_near", static_cast<double>(report.too_near)}};
    if (report.overlap) values["mining/overlap"] = *report.overlap;
    log_->write(done_, static_cast<double>(std::time(nullptr)), values);
  }

  /// Says what it finds; what would make the run worthless ends it.
  void preflight() {
    if (!processes_.first()) return;
    std::vector<recipe::Finding> findings = data_.preflight(encoder_);
    const model::TransformerSpec& spec = encoder_.transformer().spec();
    const bool means = std::find(encoder_.pooling().begin(), encoder_.pooling().end(),
                                 model::PoolingMode::mean) != encoder_.pooling().end();
    if (spec.causal() && means && encoder_.forward_options().bidirectional.empty() &&
        !r_.model.prefix)
      findings.push_back({recipe::Severity::note,
                          "a decoder's tokens are averaged that see only what stands before them",
                          "bidirectional = \"all\" in [model], or pooling = \"last\""});
    for (const recipe::Finding& finding : findings) {
      if (finding.severity == recipe::Severity::error && !job_.force)
        fail(ErrorKind::bad_input, "{}; {} (--force trains all the same)", finding.what,
             finding.advice);
      notes_.push_back(finding.advice.empty() ? finding.what
                                              : finding.what + ": " + finding.advice);
    }
  }

  void one_step(Progress& progress) {
    const auto begin = Clock::now();
    if (data_.due(done_)) mine();
    const recipe::Batch batch =
        data_.next(static_cast<double>(done_) / static_cast<double>(steps_));
    const std::size_t set = set_of(batch);
    step_options_.pass.dropout = {dropout_of(r_), r_.batch.seed * 0x9e3779b97f4a7c15ULL + done_};
    StepReport report;
    UpdateReport update;
    try {
      report = accumulate_gradient(encoder_, *losses_[set], batch, step_options_, processes_, pool_,
                                   others(set, batch));
      if (!std::isfinite(report.loss))
        fail(ErrorKind::bad_input, "the loss of step {} is {}: a lower learning rate may help",
             done_ + 1, report.loss);
      update = optimizer_.update(
          schedule_factor(r_.optimizer.schedule, r_.optimizer.warmup, done_, steps_));
    } catch (const Error&) {
      save_batch(batch);
      throw;
    }
    if (average_.active()) average_.update(model_tensors());
    ++done_;
    pairs_ += batch.anchors.size();
    tokens_ += report.tokens;
    truncated_ += report.truncated;
    texts_ += report.texts;
    recent_ = recent_ == 0.0 ? report.loss : 0.95 * recent_ + 0.05 * report.loss;
    const double seconds = seconds_since(begin);
    step_seconds_ += seconds;
    progress.add(r_.batch.size);
    progress.remark(fmt::format("loss {:.4f}  {:.0f} tokens/s  {:.1f} GB", recent_,
                                static_cast<double>(tokens_) / step_seconds_,
                                static_cast<double>(peak_bytes()) / 1e9));
    if (log_)
      log_->write(done_, static_cast<double>(std::time(nullptr)),
                  {{"loss", report.loss},
                   {"gradient_norm", update.gradient_norm},
                   {"learning_rate", update.rate},
                   {"pairs_per_second", static_cast<double>(batch.anchors.size()) / seconds},
                   {"tokens_per_second", static_cast<double>(report.tokens) / seconds},
                   {"epoch", data_.batches().epochs()}});
  }

  OtherVectors others(std::size_t set, const recipe::Batch& batch) const {
    OtherVectors other;
    if (teachers_[set]) other.teacher = teachers_[set]->vectors(batch, processes_);
    if (r_.loss.guide_margin) other.guide = other.teacher;
    if (uses(r_.losses_of(r_.data[set]), recipe::LossKind::compatible))
      other.old = old_->vectors(batch, processes_);
    return other;
  }

  /// So that a step that failed can be looked at, and played again.
  void save_batch(const recipe::Batch& batch) const {
    if (!processes_.first()) return;
    std::ofstream out(job_.output + "/failed-batch.jsonl");
    for (std::size_t i = 0; i < batch.anchors.size(); ++i) {
      prepare::Example example;
      example.anchor.text = batch.anchors[i].text;
      if (!batch.positives.empty())
        for (const std::uint32_t p : batch.positives[i])
          example.positives.push_back({batch.passages[p].text});
      out << prepare::to_json(example) << '\n';
    }
  }

  /// Whether any process wants something: all must do the same.
  bool any(bool wanted) {
    at::Tensor flag = torch::indices({wanted ? 1 : 0}, at::kCPU);
    processes_.sum(flag);
    return flag.item<std::int64_t>() > 0;
  }

  void after_step() {
    if (r_.run.evaluate_every > 0 && done_ % r_.run.evaluate_every == 0 && done_ < steps_)
      consider(evaluate());
    const bool out_of_time =
        r_.run.minutes > 0.0 && spent_ + seconds_since(start_) > 60.0 * r_.run.minutes;
    const bool asked = job_.stop && job_.stop();
    const bool due = (r_.run.checkpoint_every > 0 && done_ % r_.run.checkpoint_every == 0) ||
                     (r_.run.checkpoint_minutes > 0.0 &&
                      seconds_since(last_checkpoint_) > 60.0 * r_.run.checkpoint_minutes);
    stopped_ = any(asked);
    if (any(out_of_time) && done_ < steps_) {
      finished_ = true;
      notes_.push_back("ended by its time limit at step " + std::to_string(done_) + " of " +
                       std::to_string(steps_));
    }
    if (stopped_) finished_ = true;
    if (stopped_ || (any(due) && done_ < steps_)) checkpoint();
  }

  void consider(const Metrics& values) {
    const auto found = values.find(r_.run.metric);
    if (found == values.end()) return;
    if (best_step_ == 0 || found->second > best_) {
      best_ = found->second;
      best_step_ = done_;
      waited_ = 0;
      if (r_.run.patience > 0 && processes_.first()) write_best();
      return;
    }
    if (++waited_ >= r_.run.patience && r_.run.patience > 0) {
      finished_ = true;
      notes_.push_back(fmt::format("stopped early at step {}: {} was best ({:.4f}) at step {}",
                                   done_, r_.run.metric, best_, best_step_));
    }
  }

  void write_best() {
    const std::string path = job_.output + "/best";
    fs::create_directories(path);
    save_tensors(path + "/model.safetensors", model_tensors());
  }

  /// Those that the run ends with: the best, a mean, or the last.
  void choose_weights() {
    if (waited_ > 0 && r_.run.patience > 0) {
      load_model_tensors(job_.output + "/best", model_tensors());
    } else if (average_.active()) {
      average_.apply(model_tensors());
    } else if (r_.run.average_last > 0) {
      checkpoint();
      std::vector<std::string> paths = all_checkpoints(checkpoints());
      const std::size_t count = std::min(paths.size(), r_.run.average_last);
      paths.erase(paths.begin(), paths.end() - static_cast<std::ptrdiff_t>(count));
      average_checkpoints(paths, r_.run.slerp, model_tensors());
    }
  }

  recipe::TrainingResult finish() {
    recipe::TrainingResult result;
    result.steps = done_;
    result.pairs = pairs_;
    result.tokens = tokens_;
    result.seconds = step_seconds_;
    result.loss = recent_;
    result.before = before_;
    result.stopped = stopped_;
    result.reports = processes_.first();
    if (texts_ > 0 && truncated_ * 20 > texts_)
      notes_.push_back(
          fmt::format("{:.0f} % of the texts were longer than {} tokens and were cut",
                      100.0 * static_cast<double>(truncated_) / static_cast<double>(texts_),
                      encoder_.max_length()));
    if (!stopped_) {
      choose_weights();
      result.after = evaluate();
      result.model = job_.output + "/model";
      if (processes_.first()) export_model(encoder_, recorded_prompts(), "", result.model);
      processes_.barrier();
    }
    result.peak_bytes = peak_bytes();
    result.notes = notes_;
    return result;
  }

  /// What stood before anchors and passages, under the names by which encoders look for it.
  std::map<std::string, std::string> recorded_prompts() const {
    std::map<std::string, std::string> prompts;
    for (const recipe::DataRecipe& data : r_.data) {
      if (!data.anchor_prompt.empty()) prompts.emplace("query", data.anchor_prompt);
      if (!data.passage_prompt.empty()) prompts.emplace("passage", data.passage_prompt);
    }
    return prompts;
  }

  const recipe::TrainingJob& job_;
  const Recipe& r_;
  Processes& processes_;
  ThreadPool pool_;
  TrainedEncoder encoder_;
  RunData data_;
  std::vector<std::shared_ptr<const Loss>> losses_;
  Optimizer optimizer_;
  MovingAverage average_;
  std::vector<std::shared_ptr<const Teacher>> teachers_;
  std::shared_ptr<const Teacher> old_;  // or null
  StepOptions step_options_;
  std::unique_ptr<RunLog> log_;
  Clock::time_point start_, last_checkpoint_;
  std::uint64_t steps_ = 0, done_ = 0;
  std::uint64_t pairs_ = 0, tokens_ = 0, texts_ = 0, truncated_ = 0;
  double step_seconds_ = 0.0, spent_ = 0.0, recent_ = 0.0;
  bool finished_ = false, stopped_ = false;
  Metrics before_;
  double best_ = 0.0;
  std::uint64_t best_step_ = 0;
  std::size_t waited_ = 0;
  std::vector<std::string> notes_;
};

}  // namespace

recipe::TrainingResult train(const recipe::TrainingJob& job) {
  const std::unique_ptr<Processes> processes =
      job.several_processes ? mpi_processes() : single_process();
  if (job.recipe.run.threads > 0) at::set_num_threads(static_cast<int>(job.recipe.run.threads));
  return Run(job, *processes).go();
}

}  // namespace kindred::train
