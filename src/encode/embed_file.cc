#include "encode/embed_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "base/printable.h"
#include "base/sha256.h"
#include "encode/output_type.h"
#include "io/atomic_file.h"
#include "io/mapped_file.h"

namespace kindred::encode {
namespace {

// A chunk is what a kill can cost: some seconds of work, yet many batches for every thread.
constexpr std::size_t kRowsAThread = 1024;
constexpr std::size_t kBytesAThread = std::size_t{256} << 10;
constexpr std::size_t kMostRows = 65536;
constexpr std::size_t kMostBytes = std::size_t{32} << 20;

TextChunks open_chunks(const Encoder& encoder, const TextSource& source, RowRange range) {
  const std::size_t threads = static_cast<std::size_t>(encoder.threads());
  return {source, std::min(kRowsAThread * threads, kMostRows),
          std::min(kBytesAThread * threads, kMostBytes), range};
}

std::string hash_of_file(const std::string& path) {
  const auto file = io::MappedFile::open(path);
  Sha256 hash;
  hash.update(file->bytes());
  return hash.finish();
}

std::string hash_of(const std::optional<Calibration>& calibration) {
  if (!calibration) return "";
  Sha256 hash;
  hash.update(std::as_bytes(std::span(calibration->ranges.minimum)));
  hash.update(std::as_bytes(std::span(calibration->ranges.maximum)));
  return hash.finish();
}

// Which file the texts come from, and in which state.
struct InputStamp {
  std::uint64_t device = 0, inode = 0, size = 0, seconds = 0, nanoseconds = 0;

  static InputStamp of(const TextSource& source) {
    struct stat status {};
    if (source.is_read_once() || ::stat(source.path.c_str(), &status) != 0) return {};
    if (!S_ISREG(status.st_mode)) return {};
    return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size),
            static_cast<std::uint64_t>(status.st_mtim.tv_sec),
            static_cast<std::uint64_t>(status.st_mtim.tv_nsec)};
  }
  bool operator==(const InputStamp&) const = default;
};

std::string describe(const std::optional<WindowOptions>& windows) {
  constexpr const char* kJoins[] = {"mean", "weighted", "late", "rows"};
  if (!windows) return "";
  return fmt::format("{} every {}, {}", windows->window, windows->step(),
                     kJoins[static_cast<std::size_t>(windows->join)]);
}

// What each row of the output is, a line each. Only for vectors of windows.
class RowList {
 public:
  explicit RowList(const EmbedJob& job) {
    if (job.windows && !job.windows->one_vector())
      file_ = io::AtomicFile::create(job.output + ".rows.jsonl");
  }
  void add(const std::vector<WindowPlace>& places, std::uint64_t first_text) {
    if (!file_) return;
    for (const WindowPlace& p : places)
      file_->write(fmt::format(
          "{{\"row\":{},\"text\":{},\"window\":{},\"tokens\":[{},{}],\"characters\":[{},{}]}}\n",
          row_++, first_text + p.text, p.window, p.token_begin, p.token_end, p.characters.begin,
          p.characters.end));
  }
  void finish() {
    if (file_) file_->commit();
  }

 private:
  std::optional<io::AtomicFile> file_;
  std::uint64_t row_ = 0;
};

std::string resume_key(const EmbedJob& job, const std::string& fingerprint, RowRange range) {
  if (job.source.is_read_once()) return "";
  if (job.windows && !job.windows->one_vector()) return "";  // rows are no texts
  return fmt::format(
      "kindred embed 1\nencoder={}\ninput={}\ncolumn={}\nformat={}\nrows={}-{}\ntype={}\n"
      "calibration={}\nwindows={}\n",
      fingerprint, hash_of_file(job.source.path), job.source.column,
      job.source.format ? to_string(*job.source.format) : "", range.begin, range.end,
      to_string(job.type), hash_of(job.calibration), describe(job.windows));
}

std::unique_ptr<io::VectorWriter> open_writer(const Encoder& encoder, const EmbedJob& job,
                                              std::size_t dimensions, RowRange range) {
  const std::string fingerprint = encoder.fingerprint(job.encode);
  io::VectorWriterOptions options;
  options.dimensions = dimensions;
  options.type = job.type;
  options.metadata = {{"fingerprint", fingerprint},
                      {"vector_space", encoder.vector_space(job.encode)},
                      {"model", printable(encoder.info().path)}};
  if (job.windows) options.metadata["windows"] = describe(job.windows);
  options.resume_key = resume_key(job, fingerprint, range);
  return io::VectorWriter::create(job.output, options);
}

void check(const EmbedJob& job, const std::string& fingerprint, std::size_t dimensions) {
  const bool needs = job.type == io::VectorType::int8 || job.type == io::VectorType::uint8;
  if (!needs) return;
  if (!job.calibration)
    fail(ErrorKind::bad_input,
         "output type {} needs a calibration; make one from a sample of texts with "
         "'kindred embed MODEL SAMPLE --calibrate FILE' and give it by --calibration FILE",
         to_string(job.type));
  job.calibration->check_maker(fingerprint, "calibration");
  if (job.calibration->dimensions() != dimensions)
    fail(ErrorKind::bad_input, "the calibration has {} dimensions, the vectors have {}",
         job.calibration->dimensions(), dimensions);
}

}  // namespace

Shard Shard::parse(const std::string& text) {
  std::size_t index = 0;
  std::size_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [slash, first] = std::from_chars(text.data(), end, index);
  if (first == std::errc() && slash != end && *slash == '/') {
    const auto [last, second] = std::from_chars(slash + 1, end, count);
    if (second == std::errc() && last == end && index >= 1 && index <= count)
      return {index - 1, count};
  }
  fail(ErrorKind::bad_input, "shard '{}' is not of the form i/n with i from 1 to n", text);
}

RowRange Shard::of(std::uint64_t rows) const noexcept {
  // The first rows % count parts have one row more; no product can overflow.
  const std::uint64_t size = rows / count;
  const std::uint64_t longer = rows % count;
  const auto begin = [&](std::uint64_t part) { return part * size + std::min(part, longer); };
  return {begin(index), begin(index + 1)};
}

std::optional<std::uint64_t> rows_of(const EmbedJob& job) {
  if (job.source.is_read_once()) return std::nullopt;
  const RowRange range = job.shard.of(count_rows(job.source));
  return range.end - range.begin;
}

EmbedSummary embed_file(const Encoder& encoder, const EmbedJob& job) {
  const auto start = std::chrono::steady_clock::now();
  const InputStamp stamp = InputStamp::of(job.source);  // before it is hashed
  EmbedSummary summary;
  summary.dimensions = job.encode.dimensions.value_or(encoder.dimensions());
  check(job, job.calibration ? encoder.fingerprint(job.encode) : "", summary.dimensions);

  RowRange range;
  if (job.shard.count > 1) {
    if (job.source.is_read_once())
      fail(ErrorKind::bad_input, "{} cannot be cut into shards; give a file",
           job.source.is_stdin() ? "standard input" : job.source.path + " is a pipe and");
    range = job.shard.of(count_rows(job.source));
  }
  const auto writer = open_writer(encoder, job, summary.dimensions, range);
  summary.resumed = writer->rows();
  if (summary.resumed > 0 && job.on_progress) job.on_progress(summary.resumed, /*resumed=*/true);

  TextChunks chunks = open_chunks(encoder, job.source, {range.begin + summary.resumed, range.end});
  std::vector<std::byte> stored;
  EncodeOptions options = job.encode;
  options.first_row = range.begin + writer->rows();
  RowList row_list(job);
  while (true) {
    const std::vector<std::string_view>& texts = chunks.next();
    if (texts.empty()) break;
    const WindowEmbeddings encoded = job.windows
                                         ? encoder.encode_windows(texts, *job.windows, options)
                                         : WindowEmbeddings{encoder.encode(texts, options), {}};
    const Embeddings& vectors = encoded.vectors;
    stored.resize(vectors.rows * writer->row_bytes());
    convert_rows(vectors.values, vectors.dimensions, job.type,
                 job.calibration ? &*job.calibration : nullptr, stored.data(), options.first_row);
    writer->append(stored);
    writer->flush();
    row_list.add(encoded.places, options.first_row);
    options.first_row += texts.size();
    summary.tokens +=
        std::accumulate(vectors.token_counts.begin(), vectors.token_counts.end(), std::uint64_t{0});
    summary.truncated += static_cast<std::uint64_t>(
        std::count(vectors.truncated.begin(), vectors.truncated.end(), 1));
    if (job.on_progress) job.on_progress(texts.size(), /*resumed=*/false);
    if (job.stop && job.stop()) {
      summary.stopped = true;
      break;
    }
  }
  if (stamp != InputStamp::of(job.source))
    fail(ErrorKind::bad_input,
         "{} was changed while it was read; nothing is written, run the command again",
         job.source.path);
  summary.rows = writer->rows();
  if (!summary.stopped) {
    row_list.finish();
    writer->finish();
  }
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return summary;
}

Calibration calibrate(const Encoder& encoder, const EmbedJob& job) {
  Calibration calibration;
  calibration.fingerprint = encoder.fingerprint(job.encode);
  TextChunks chunks = open_chunks(encoder, job.source, {});
  while (true) {
    const std::vector<std::string_view>& texts = chunks.next();
    if (texts.empty()) return calibration;
    const Embeddings vectors = encoder.encode(texts, job.encode);
    calibration.observe(vectors.values, vectors.dimensions);
    if (job.on_progress) job.on_progress(texts.size(), /*resumed=*/false);
    if (job.stop && job.stop()) return calibration;
  }
}

}  // namespace kindred::encode
