#include "static_vectors/fasttext_reader.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/warning.h"
#include "static_vectors/product_table.h"

namespace kindred::static_vectors {
namespace {

constexpr std::size_t kMostDimensions = 1U << 16;
constexpr std::size_t kMostWordBytes = 1U << 20;
constexpr std::size_t kMostCharacters = 100;  // of an n-gram
constexpr std::uint32_t kDropped = std::numeric_limits<std::uint32_t>::max();

// fastText's Args, in the order of its file, behind the magic number and version; a file without
// these has `dimensions` and `window` in their place.
struct Arguments {
  std::int32_t dimensions, window, epochs, min_count, negatives, word_ngrams, loss, model, buckets,
      least, most, rate_updates;
};
static_assert(sizeof(Arguments) == 48);

struct Sizes {
  std::int32_t entries, words, labels;
};
static_assert(sizeof(Sizes) == 12);

bool plausible(const Arguments& a) noexcept {
  return a.dimensions >= 1 && a.dimensions <= static_cast<std::int32_t>(kMostDimensions) &&
         a.loss >= 1 && a.loss <= 4 && a.model >= 1 && a.model <= 3 && a.buckets >= 0;
}

bool plausible(const Sizes& s) noexcept {
  return s.words >= 0 && s.labels >= 0 && s.entries >= 0 &&
         std::int64_t{s.words} + s.labels == s.entries;
}

class FastTextReader {
 public:
  FastTextReader(ByteInput& input, const ReadOptions& options) : in_(input), options_(options) {}

  StaticModel read() {
    model_.origin = in_.name();
    read_arguments();
    read_dictionary();
    read_input();
    read_output();
    return std::move(model_);
  }

 private:
  [[noreturn]] void corrupt(std::string_view what) const {
    fail(ErrorKind::corrupt, "{}: {}; it is no whole fastText model: fetch it anew", in_.name(),
         what);
  }

  bool flag(std::string_view which) {
    const auto value = in_.number<std::uint8_t>();
    if (value > 1) corrupt(fmt::format("whether its {} is quantised is neither yes nor no", which));
    return value == 1;
  }

  void read_arguments() {
    auto& a = arguments_;
    std::int32_t version = 0;
    const auto first = in_.number<std::int32_t>();
    const auto second = in_.number<std::int32_t>();
    has_magic_ = first == kFastTextMagic;
    if (has_magic_) {
      version = second;
      if (version > kFastTextVersion || version < 1)
        fail(ErrorKind::unsupported, "{} is of fastText's file version {}; Kindred reads up to {}",
             in_.name(), version, kFastTextVersion);
      in_.read(&a, sizeof(a));
    } else {
      a.dimensions = first;
      a.window = second;
      in_.read(&a.epochs, sizeof(a) - 2 * sizeof(std::int32_t));
    }
    const auto subsample = in_.number<double>();
    if (!plausible(a)) corrupt("its header has values that cannot be");
    take_facts(subsample);
    take_rules(version);
  }

  void take_facts(double subsample) {
    const auto& a = arguments_;
    TrainingFacts& facts = model_.facts.emplace();
    using Architecture = TrainingFacts::Architecture;
    using Loss = TrainingFacts::Loss;
    constexpr Architecture kArchitectures[] = {Architecture::cbow, Architecture::skip_gram,
                                               Architecture::supervised};
    constexpr Loss kLosses[] = {Loss::hierarchical_softmax, Loss::negative_sampling, Loss::softmax,
                                Loss::one_against_all};
    facts.architecture = kArchitectures[a.model - 1];
    facts.loss = kLosses[a.loss - 1];
    const auto count = [](std::int32_t value) {
      return static_cast<std::uint32_t>(std::max(value, 0));
    };
    facts.window = count(a.window);
    facts.epochs = count(a.epochs);
    facts.min_count = count(a.min_count);
    facts.negatives = count(a.negatives);
    facts.word_ngrams = count(a.word_ngrams);
    facts.rate_updates = count(a.rate_updates);
    facts.subsample = subsample;
  }

  void take_rules(std::int32_t version) {
    const auto& a = arguments_;
    if (a.buckets == 0) return;
    SubwordRules rules;
    rules.buckets = static_cast<std::size_t>(a.buckets);
    rules.least = static_cast<std::size_t>(std::max(a.least, 1));  // its 0 means the same
    rules.most = static_cast<std::size_t>(std::max(a.most, 0));
    // Old supervised models have no n-grams of characters, whatever their header says.
    const bool old = version == 11 && is_supervised();
    if (old || rules.most < rules.least) rules.least = rules.most = 0;
    if (rules.most > kMostCharacters) corrupt("its header has values that cannot be");
    model_.subwords = rules;
  }

  bool is_supervised() const {
    return model_.facts->architecture == TrainingFacts::Architecture::supervised;
  }

  void read_dictionary() {
    Sizes sizes{};
    in_.read(&sizes, sizeof(sizes));
    const auto tokens = in_.number<std::int64_t>();
    const std::int64_t pruned = has_magic_ ? in_.number<std::int64_t>() : -1;
    if (!plausible(sizes) || tokens < 0) corrupt("the sizes of its dictionary cannot be");
    if (sizes.words == 0)
      fail(ErrorKind::bad_input, "{}: a fastText model without words", in_.name());
    constexpr std::uint64_t kLeastEntry = 10;  // the zero, the count and the type
    in_.require_left(static_cast<std::uint64_t>(sizes.entries) * kLeastEntry);
    model_.facts->tokens = static_cast<std::uint64_t>(tokens);
    file_words_ = static_cast<std::size_t>(sizes.words);
    read_words();
    for (std::int32_t i = 0; i < sizes.labels; ++i) {
      const Entry entry = read_entry(1);
      if (model_.labels.find(entry.word)) corrupt("it has a label twice");
      model_.labels.add(entry.word, entry.count);
    }
    if (pruned >= 0) read_kept_buckets(static_cast<std::uint64_t>(pruned));
  }

  struct Entry {
    std::string word;
    std::uint64_t count;
  };

  Entry read_entry(int wanted_type) {
    Entry entry;
    entry.word = in_.until('\0', kMostWordBytes);
    const auto count = in_.number<std::int64_t>();
    const auto type = in_.number<std::int8_t>();
    if (count < 0 || type != wanted_type)
      corrupt("an entry of its dictionary is neither a word nor a label in its place");
    entry.count = static_cast<std::uint64_t>(count);
    return entry;
  }

  // Of a word that comes twice fastText finds the last.
  void read_words() {
    const std::size_t limit = options_.limit == 0 ? file_words_ : options_.limit;
    std::vector<std::uint32_t> places(file_words_, kDropped);
    std::vector<std::uint32_t> row_of_word;
    Vocabulary& words = model_.vocabulary;
    std::size_t twice = 0;
    for (std::size_t i = 0; i < file_words_; ++i) {
      const Entry entry = read_entry(0);
      const auto known = words.find(entry.word);
      if (!known && words.size() >= limit) continue;
      const std::uint32_t id = known ? *known : words.add(entry.word, entry.count);
      if (known) {
        ++twice;
        places[row_of_word[id]] = kDropped;
      } else {
        row_of_word.push_back(0);
      }
      places[i] = id;
      row_of_word[id] = static_cast<std::uint32_t>(i);
    }
    if (twice > 0)
      warn("{}: {} words come more than once; the last vector of each is taken, as fastText does",
           in_.name(), twice);
    if (words.size() < file_words_) word_places_ = std::move(places);
  }

  void read_kept_buckets(std::uint64_t count) {
    if (!model_.subwords && count > 0) corrupt("it keeps n-grams that it has no rows for");
    in_.require_left(count * 2 * sizeof(std::int32_t));
    auto& kept = model_.kept_buckets.emplace();
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto bucket = in_.number<std::int32_t>();
      const auto row = in_.number<std::int32_t>();
      if (bucket < 0 || bucket >= arguments_.buckets || row < 0 ||
          static_cast<std::uint64_t>(row) >= count)
        corrupt("an n-gram that it keeps has no row");
      kept.emplace_back(bucket, row);
    }
    std::sort(kept.begin(), kept.end());
    const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
    if (std::adjacent_find(kept.begin(), kept.end(), same) != kept.end())
      corrupt("it keeps an n-gram twice");
  }

  std::size_t bucket_rows() const {
    if (model_.kept_buckets) return model_.kept_buckets->size();
    return model_.subwords ? model_.subwords->buckets : 0;
  }

  void read_input() {
    const bool quantised = has_magic_ && flag("input");
    if (!quantised && model_.kept_buckets)
      fail(ErrorKind::unsupported,
           "{}: its n-grams are pruned but its vectors are not quantised; fastText refuses such "
           "models too (its issue 332): fetch it anew",
           in_.name());
    model_.input = read_matrix(quantised, file_words_ + bucket_rows(), "input", word_places_);
    model_.format = quantised ? "fastText, quantised" : "fastText";
    quantised_ = quantised;
  }

  // Rows of the output: a label or word each, or an inner node of the tree, of which fastText has
  // one row too many.
  void read_output() {
    if (!options_.output.value_or(is_supervised())) return;
    const bool quantised = has_magic_ && flag("output") && quantised_;
    if (!is_supervised() && has_no_rows(quantised)) return;
    const bool of_words = !is_supervised();
    const std::size_t rows = of_words ? file_words_ : model_.labels.size();
    const bool tree = model_.facts->loss == TrainingFacts::Loss::hierarchical_softmax;
    // The nodes of a tree over all words say nothing about some of them.
    if (of_words && word_places_ && tree) return;
    model_.output = read_matrix(quantised, rows, "output", of_words ? word_places_ : std::nullopt);
    if (!in_.at_end()) corrupt("bytes follow its last matrix");
  }

  // What Kindred writes for vectors that came without an output.
  bool has_no_rows(bool quantised) {
    if (quantised) return false;
    const std::string_view head = in_.peek(sizeof(std::int64_t));
    std::int64_t rows = -1;
    if (head.size() >= sizeof(rows)) std::memcpy(&rows, head.data(), sizeof(rows));
    return rows == 0;
  }

  using Places = std::optional<std::vector<std::uint32_t>>;

  // `places`: of the first of its rows, which are words.
  std::shared_ptr<const RowTable> read_matrix(bool quantised, std::size_t rows,
                                              std::string_view which, const Places& places) {
    const bool has_norms = quantised && flag("norm");
    const auto m = in_.number<std::int64_t>();
    const auto n = in_.number<std::int64_t>();
    if (m != static_cast<std::int64_t>(rows) || n != arguments_.dimensions)
      corrupt(fmt::format("its {} matrix is {} × {} where {} × {} is expected", which, m, n, rows,
                          arguments_.dimensions));
    const auto columns = static_cast<std::size_t>(n);
    const auto* to = places ? &*places : nullptr;
    const std::size_t words = model_.size();
    const std::size_t kept = places ? rows - places->size() + words : rows;
    if (!quantised)
      return std::make_shared<FloatTable>(kept, columns, in_.rows<float>(rows, columns, to, words));
    const auto code_bytes = static_cast<std::uint32_t>(in_.number<std::int32_t>());
    if (rows == 0 || code_bytes % rows != 0 || code_bytes == 0)
      corrupt(fmt::format("the codes of its {} matrix do not fill its rows", which));
    const std::size_t parts = code_bytes / rows;
    auto codes = in_.rows<std::uint8_t>(rows, parts, to, words);
    Codebooks books = read_codebooks(columns, parts);
    std::optional<ProductTable::Norms> norms;
    if (has_norms) {
      auto lengths = in_.rows<std::uint8_t>(rows, 1, to, words);
      norms = {read_codebooks(1, 1), std::move(lengths)};
    }
    return std::make_shared<ProductTable>(kept, std::move(books), std::move(codes),
                                          std::move(norms));
  }

  Codebooks read_codebooks(std::size_t columns, std::size_t parts) {
    std::int32_t sizes[4];  // dimensions, parts, of a part, of the last one
    in_.read(sizes, sizeof(sizes));
    Codebooks books;
    books.dimensions = columns;
    books.part = static_cast<std::size_t>(std::max(sizes[2], 0));
    if (sizes[0] != static_cast<std::int32_t>(columns) || books.part == 0 || books.part > columns ||
        books.parts() != parts || sizes[1] != static_cast<std::int32_t>(parts) ||
        sizes[3] != static_cast<std::int32_t>(books.width(parts - 1)))
      corrupt("its codebooks do not fit its vectors");
    books.centroids = in_.rows<float>(Codebooks::kCentroids, columns);
    return books;
  }

  ByteInput& in_;
  const ReadOptions& options_;
  StaticModel model_;
  Arguments arguments_{};
  bool has_magic_ = false;
  bool quantised_ = false;
  std::size_t file_words_ = 0;
  Places word_places_;  // set where not every word is kept
};

template <typename T>
T taken(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

}  // namespace

bool begins_fasttext(std::string_view head) {
  if (head.size() < kFastTextHeadBytes) return false;
  if (taken<std::int32_t>(head, 0) == kFastTextMagic) return true;
  const auto arguments = taken<Arguments>(head, 0);
  const auto sizes = taken<Sizes>(head, sizeof(Arguments) + sizeof(double));
  return plausible(arguments) && plausible(sizes) && sizes.words > 0;
}

StaticModel read_fasttext(ByteInput& input, const ReadOptions& options) {
  return FastTextReader(input, options).read();
}

}  // namespace kindred::static_vectors
