#include "cli/index_flags.h"

#include <charconv>
#include <cstring>

#include "base/error.h"
#include "cli/console.h"
#include "cli/model_flags.h"
#include "io/known_format.h"
#include "io/npy.h"

namespace kindred::cli {

std::uint64_t parse_bytes(const std::string& flag, const std::string& text) {
  std::uint64_t number = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  std::uint64_t unit = 1;
  bool known = error == std::errc();
  if (known && end != last) {
    const std::map<char, std::uint64_t> units{
        {'K', 1ULL << 10}, {'M', 1ULL << 20}, {'G', 1ULL << 30}, {'T', 1ULL << 40}};
    const auto found = units.find(*end);
    known = end + 1 == last && found != units.end();
    if (known) unit = found->second;
  }
  if (!known || number == 0 || number > ~std::uint64_t{0} / unit) {
    fail(ErrorKind::bad_input, "{}: '{}' is not an amount of memory; write 6G or 512M", flag, text);
  }
  return number * unit;
}

double parse_recall(const std::string& text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value > 0.0 && value <= 1.0)) {
    fail(ErrorKind::bad_input, "--recall: '{}' is not a number above 0 and at most 1", text);
  }
  return value;
}

std::string_view name_of(index::Metric metric) {
  return metric == index::Metric::cosine          ? "cosine"
         : metric == index::Metric::inner_product ? "ip"
                                                  : "l2";
}

void IndexFlags::add_argument(Command& command) {
  command.arguments.push_back(argument("DIR", "the directory of the index", &directory)
                                  .must_be_given()
                                  .completed_by(Completes::directory));
}

void IndexFlags::add_resources(Command& command) {
  auto& flags = command.group("Resources").flags;
  flags.push_back(flag("--ram", "SIZE", "most memory to use, such as 6G or 512M", &ram)
                      .shown_default("what the machine has free"));
  flags.push_back(flag("-t,--threads", "N", "threads; 0 is one a physical core", &threads));
}

index::UseOptions IndexFlags::options(bool read_only) const {
  index::UseOptions options;
  options.read_only = read_only;
  options.threads = threads_or_environment(threads);
  if (!ram.empty()) options.ram_bytes = parse_bytes("--ram", ram);
  return options;
}

std::unique_ptr<index::Collection> IndexFlags::open(bool read_only) const {
  return index::Collection::open(directory, options(read_only));
}

namespace {
constexpr std::string_view kSpacePrefix = "vector-space ";
}  // namespace

FileVectors::FileVectors(const std::string& path, bool bits, std::size_t dimension)
    : reader_(io::VectorReader::open(path)) {
  if (reader_.says_type()) return;
  const bool fits = dimension != reader_.dimensions() &&
                    io::stored_columns(io::VectorType::ubinary, dimension) == reader_.dimensions();
  if (fits)
    reader_.take_as_bits(dimension);
  else if (bits)
    reader_.take_as_bits();
}

std::string FileVectors::maker() const {
  const std::string space = reader_.metadata("vector_space");
  return space.empty() ? "" : std::string(kSpacePrefix) + space;
}

std::string maker_to_check(const std::string& given, const FileVectors& vectors,
                           const std::string& known) {
  return given.empty() && known.starts_with(kSpacePrefix) ? vectors.maker() : given;
}

void FileVectors::read(std::size_t begin, std::size_t count, float* out) const {
  reader_.read_rows(begin, count, out);
}

IdLines::IdLines(const std::string& path, std::string_view what)
    : file_(io::MappedFile::open(path)) {
  const std::string_view text = file_->text();
  io::refuse_known_format(text, path);
  begins_.push_back(0);
  while (begins_.back() < text.size()) {
    const std::size_t end = text.find('\n', begins_.back());
    begins_.push_back(end == std::string_view::npos ? text.size() + 1 : end + 1);
    if ((*this)[size() - 1].empty()) {
      fail(ErrorKind::bad_input, "{}: line {} is empty; every line is {}", path, size(), what);
    }
  }
}

std::string_view IdLines::operator[](std::size_t line) const {
  std::string_view id = file_->text().substr(begins_[line], begins_[line + 1] - 1 - begins_[line]);
  if (id.ends_with('\r')) id.remove_suffix(1);
  return id;
}

std::vector<std::uint64_t> read_keys(const std::string& path) {
  const io::NpyArray array = io::read_npy(path);
  const bool numbers = array.tensor.dtype == io::DType::i64 || array.tensor.dtype == io::DType::u64;
  if (!numbers)
    fail(ErrorKind::bad_input,
         "{} does not hold keys: int64 numbers, as 'kindred index search' writes them", path);
  std::vector<std::uint64_t> keys(array.tensor.bytes / sizeof(std::uint64_t));
  if (!keys.empty()) std::memcpy(keys.data(), array.tensor.data, array.tensor.bytes);
  return keys;
}

void StageProgress::operator()(const char* stage, std::size_t done, std::size_t total) {
  if (interrupted()) throw Interrupted();
  if (!line_ || stage_ != stage) {
    finish();
    stage_ = stage;
    line_ =
        std::make_unique<Progress>(stderr_is_terminal() ? stderr : nullptr, stage_, "rows", total);
  }
  if (done > line_->done()) line_->add(done - line_->done());
}

void StageProgress::finish() {
  if (line_) line_->finish();
  line_.reset();
}

}  // namespace kindred::cli
