// kindred::train_word_vectors: options, the directory of a run, and what is written at its end.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <filesystem>

#include "base/cpu.h"
#include "base/error.h"
#include "base/sha256.h"
#include "base/warning.h"
#include "io/descriptor.h"
#include "io/file.h"
#include "io/same_file.h"
#include "io/system_error.h"
#include "kindred/static_vectors.h"
#include "static_vectors/encoded_corpus.h"
#include "static_vectors/trainer.h"
#include "static_vectors/vector_format.h"
#include "static_vectors/write.h"

namespace kindred {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Thrown from callbacks that can only throw.
struct Stopped {};

// Everything that the vectors follow from, but for the number of threads.
std::string key_of(const WordTrainingOptions& o, const std::string& corpus) {
  return sha256(fmt::format(
      "kindred word training 1\n{} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}\n{}",
      static_cast<int>(o.architecture), static_cast<int>(o.loss), o.dimensions, o.window,
      o.dynamic_window, o.negatives, o.noise_exponent, o.subsample, o.min_count, o.epochs, o.rate,
      o.min_ngram, o.max_ngram, o.buckets, o.phrase_passes, o.phrase_threshold, o.global_context,
      o.words, o.lower_case, o.seed, corpus));
}

// "<output>.training", which one process at a time works in.
class RunDirectory {
 public:
  explicit RunDirectory(const std::string& output) : path_(output + ".training") {
    if (::mkdir(path_.c_str(), 0777) != 0 && errno != EEXIST) io::fail_system(errno, "make", path_);
    lock_ = io::Descriptor(::open(file("lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (!lock_.valid()) io::fail_system(errno, "write", file("lock"));
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0)
      fail(ErrorKind::bad_input, "another process trains {}; wait for it, or write elsewhere",
           output);
  }
  const std::string& path() const noexcept { return path_; }
  std::string file(std::string_view name) const { return io::join_path(path_, name); }
  void remove() const {
    for (const char* name : {"tokens", "words", "state", "key", "lock"})
      io::remove_file(file(name));
    std::error_code ignored;  // someone else's file may be in it
    std::filesystem::remove(path_, ignored);
  }

 private:
  std::string path_;
  io::Descriptor lock_;
};

using Progress = std::function<bool(const WordTrainingProgress&)>;

static_vectors::EncodedCorpus read_corpus(static_vectors::CorpusSource& source,
                                          const WordTrainingOptions& options, int threads,
                                          const std::string& directory, const Progress& progress) {
  static_vectors::EncodeOptions encode;
  encode.words = static_vectors::parse_word_mode(options.words);
  encode.lower = options.lower_case;
  encode.min_count = options.min_count;
  encode.phrase_passes = options.phrase_passes;
  encode.phrase_threshold = options.phrase_threshold;
  encode.threads = threads;
  return static_vectors::EncodedCorpus::encode(
      source, encode, directory, [&](std::uint64_t done, std::uint64_t total) {
        if (progress && !progress({WordTrainingProgress::Stage::read, done, total, 0.0}))
          throw Stopped();
      });
}

// A rate that is too high makes rows longer and longer; such vectors are worth nothing.
void check_converged(const std::vector<double>& losses, const WordTrainingOptions& options) {
  if (options.loss != WordTrainingOptions::Loss::negative_sampling) return;
  // At the start every score is 0 and each of 1 + negatives words costs ln 2.
  const double start = static_cast<double>(1 + options.negatives) * std::log(2.0);
  constexpr double kDiverged = 4.0;
  if (!(losses.back() < kDiverged * start))
    fail(ErrorKind::bad_input,
         "training diverged: the loss is {:.3g} a pair where it began near {:.3g}; lower the "
         "learning rate (--rate)",
         losses.back(), start);
}

}  // namespace

void WordTrainingOptions::validate() const {
  const auto within = [](std::string_view what, double value, double least, double most) {
    if (!(value >= least && value <= most))
      fail(ErrorKind::bad_input, "{} {}: choose {} to {}", what, value, least, most);
  };
  constexpr std::size_t kMostWindow = 1000, kMostPasses = 10;
  within("dimensions", static_cast<double>(dimensions), 1, 65'536);
  within("a window of", static_cast<double>(window), 1, kMostWindow);
  within("negatives", static_cast<double>(negatives), 1, 1000);
  within("the noise exponent", noise_exponent, -4.0, 4.0);
  within("the share that sub-sampling leaves alone,", subsample, 0.0, 1.0);
  within("epochs", static_cast<double>(epochs), 1, 100'000);
  within("the least count", static_cast<double>(min_count), 1, 1e12);
  within("the learning rate", rate, 0.0, 10.0);
  within("passes for phrases:", static_cast<double>(phrase_passes), 0, kMostPasses);
  within("threads", threads, 0, 1024);
  within("minutes between checkpoints:", checkpoint_minutes, 0.001, 1e6);
  if (max_ngram > 0) static_vectors::SubwordRules{min_ngram, max_ngram, buckets}.validate();
  (void)static_vectors::parse_word_mode(words);
  if (global_context && architecture == Architecture::cbow)
    fail(ErrorKind::bad_input, "a global context is for skip-gram, not for CBOW");
}

WordTrainingResult train_word_vectors(const std::vector<std::string>& corpora,
                                      const std::string& output, const WordTrainingOptions& options,
                                      const std::string& format, const Progress& progress) {
  namespace sv = static_vectors;
  options.validate();
  const sv::VectorFormat to = format.empty() ? sv::format_of_path(output, /*has_model=*/true)
                                             : sv::parse_vector_format(format);
  for (const std::string& corpus : corpora) io::refuse_overwriting(output, corpus);
  const bool directory =
      to == sv::VectorFormat::static_embedding || to == sv::VectorFormat::model2vec;
  if (directory && std::filesystem::exists(output))
    fail(ErrorKind::bad_input, "{} exists already; name a new directory", output);
  const int threads = options.threads > 0 ? options.threads : available_cores();
  sv::CorpusSource source(corpora);
  const RunDirectory run(output);
  const std::string key = key_of(options, source.identity());
  const bool known = io::is_file(run.file("key")) && io::read_text_file(run.file("key")) == key;
  WordTrainingResult result;
  const auto read_start = Clock::now();
  try {
    if (!known) {
      if (io::is_file(run.file("state")))
        warn("{} was of another corpus or other options; training starts anew", run.path());
      io::remove_file(run.file("state"));
      (void)read_corpus(source, options, threads, run.path(), progress);
      io::write_text_file(run.file("key"), key);
      result.read_seconds = seconds_since(read_start);
    }
  } catch (const Stopped&) {
    run.remove();
    result.finished = false;
    return result;
  }
  const auto corpus = sv::EncodedCorpus::open(run.path());
  result.vocabulary = corpus.vocabulary().size();
  result.words = corpus.tokens();
  sv::Trainer trainer(corpus, options, threads, run.file("state"), key);
  const std::uint64_t before = trainer.words_done();
  const auto start = Clock::now();
  result.finished = trainer.run(progress);
  result.train_seconds = seconds_since(start);
  result.words_per_second =
      static_cast<double>(trainer.words_done() - before) / std::max(1e-9, result.train_seconds);
  result.losses = trainer.losses();
  if (!result.finished) return result;
  check_converged(result.losses, options);
  sv::WriteOptions write;
  write.progress = [&](std::size_t words) {
    if (progress)
      (void)progress({WordTrainingProgress::Stage::write, words, result.vocabulary, 0.0});
  };
  try {
    sv::write_static_model(trainer.model(), output, to, write);
  } catch (...) {
    trainer.save();  // the same command then only writes
    throw;
  }
  run.remove();
  return result;
}

}  // namespace kindred
