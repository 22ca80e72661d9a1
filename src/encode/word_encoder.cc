#include "encode/word_encoder.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/sha256.h"
#include "encode/idf.h"
#include "io/file.h"
#include "kernels/distance.h"
#include "kernels/norm.h"
#include "kernels/row_sum.h"
#include "model/fingerprint.h"
#include "static_vectors/read.h"
#include "static_vectors/word_tokenizer.h"

namespace kindred::encode {
namespace {

using model::PoolingMode;
using static_vectors::FoundWord;
using static_vectors::StaticModel;
using static_vectors::TrainingFacts;

constexpr std::size_t kTextsAPart = 256;
constexpr std::size_t kTextsAtOnce = 16;  // whose rows are asked for before any is waited for
constexpr double kSifSmoothing = 1e-3;

std::shared_ptr<const StaticModel> read(const std::string& path, int threads) {
  static_vectors::ReadOptions options;
  options.threads = threads;
  return std::make_shared<StaticModel>(static_vectors::read_static_model(path, options));
}

bool is_supervised(const StaticModel& model) {
  return model.facts && model.facts->architecture == TrainingFacts::Architecture::supervised;
}

ModelInfo info_of(const StaticModel& model, const std::string& path) {
  ModelInfo info;
  info.path = path;
  info.format = model.format;
  info.family = "static";
  info.hidden = info.dimensions = model.dimensions();
  info.vocab_size = model.size();
  info.pooling = "mean";
  info.modules = {"Words", "Pooling"};
  info.similarity = "cosine";
  info.parameters = model.input->rows() * model.dimensions();
  info.file_bytes = io::file_size(path);
  info.weight_types =
      model.input->floats() != nullptr
          ? std::string("F32")
          : fmt::format("{:.2f} bytes a value", static_cast<double>(model.input->bytes()) /
                                                    static_cast<double>(info.parameters));
  return info;
}

// Divides by the length; false for zeros.
bool make_unit(float* values, std::size_t d) {
  const float square = kernels::dot(values, values, d);
  if (!(square > 0.0F)) return false;
  const float scale = 1.0F / std::sqrt(square);
  for (std::size_t i = 0; i < d; ++i) values[i] *= scale;
  return true;
}

std::uint32_t characters(std::string_view text) {
  return static_cast<std::uint32_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

struct WordEncoder::Scratch {
  std::vector<std::uint32_t> ids;
  std::vector<float> weights, row, pooled;
  std::string text;
};

bool names_word_vectors(const std::string& path) {
  return io::is_file(path) && !io::has_ending(path, ".gguf");
}

Tokenizer open_tokenizer(const std::string& path, const std::string& words) {
  const bool of_tokenizer = io::has_ending(path, ".json") || io::has_ending(path, "vocab.txt");
  if (of_tokenizer || !names_word_vectors(path)) return Tokenizer::open(path);
  auto model = read(path, available_cores());
  const auto choice = static_vectors::parse_word_choice(words, *model);
  return static_vectors::make_word_tokenizer(std::move(model), choice);
}

ModelInfo describe_word_vectors(const std::string& path) {
  ModelInfo info = info_of(*read(path, available_cores()), path);
  info.fingerprint = model::hash_of_file(path);
  return info;
}

WordEncoder::WordEncoder(const std::string& path, const EncoderOptions& given)
    : options_(validated(given)),
      isa_(chosen_isa(options_.isa)),
      pool_(options_.threads > 0 ? options_.threads : available_cores()),
      model_(read(path, pool_.threads())),
      choice_(static_vectors::parse_word_choice(options_.words, *model_)),
      tokenizer_(static_vectors::make_word_tokenizer(model_, choice_)),
      info_(info_of(*model_, path)) {
  if (!options_.layers.empty() || !options_.bidirectional.empty())
    fail(ErrorKind::bad_input, "{}: word vectors have no layers and no attention", path);
  if (!options_.base.empty())
    fail(ErrorKind::bad_input, "{}: word vectors have no base model; --base is for adapters", path);
  if (options_.precision != Precision::fp32)
    fail(ErrorKind::bad_input,
         "{}: word vectors are used as they are stored; 'kindred vectors quantize' makes smaller "
         "ones",
         path);
  if (is_supervised(*model_)) classifier_.emplace(model_);
  unit_words_ = model_->facts && !classifier_;
  choose_pooling();
  compose();
}

void WordEncoder::choose_pooling() {
  std::vector<PoolingMode> modes = {PoolingMode::mean};
  if (!options_.pooling.empty()) modes = model::parse_pooling(options_.pooling).modes;
  const PoolingMode mode = modes.size() == 1 ? modes[0] : PoolingMode::cls;
  if (mode != PoolingMode::mean && mode != PoolingMode::idf && mode != PoolingMode::sif)
    fail(ErrorKind::bad_input, "{}: word vectors are pooled by mean, idf or sif, not by '{}'",
         info_.path, options_.pooling);
  if (classifier_ && mode != PoolingMode::mean)
    fail(ErrorKind::bad_input, "{}: a classifier's texts are pooled by mean, not by '{}'",
         info_.path, options_.pooling);
  if ((mode == PoolingMode::idf) != !options_.token_weights.empty())
    fail(ErrorKind::bad_input,
         "pooling 'idf' and token weights go together; make them with 'kindred idf {} CORPUS -o "
         "WEIGHTS'",
         info_.path);
  info_.pooling = model::to_string({modes, true});
  if (mode == PoolingMode::idf) {
    weights_ = load_token_weights(options_.token_weights, tokenizer_);
    weights_.resize(model_->size());
    unknown_weight_ = *std::max_element(weights_.begin(), weights_.end());
  } else if (mode == PoolingMode::sif) {
    const static_vectors::Vocabulary& words = model_->vocabulary;
    if (words.total() == 0)
      fail(ErrorKind::bad_input,
           "{} has no counts of its words, which pooling 'sif' takes; count those of a corpus by "
           "'kindred idf {} CORPUS --weights sif -o WEIGHTS' and use pooling idf with them",
           info_.path, info_.path);
    for (const std::uint64_t count : words.counts()) {
      const double share = static_cast<double>(count) / static_cast<double>(words.total());
      weights_.push_back(static_cast<float>(kSifSmoothing / (kSifSmoothing + share)));
    }
  }
}

// The vectors of the words by themselves, where n-grams or lengths change what the file has.
void WordEncoder::compose() {
  if (classifier_) return;
  if (!model_->subwords && !unit_words_) {
    values_ = model_->input->floats();
    return;
  }
  const std::size_t d = dimensions();
  composed_.resize(model_->size() * d);
  constexpr std::size_t kWordsAPart = 1024;
  pool_.run((model_->size() + kWordsAPart - 1) / kWordsAPart, [&](std::size_t part, int) {
    const std::size_t end = std::min((part + 1) * kWordsAPart, model_->size());
    for (std::size_t id = part * kWordsAPart; id < end; ++id) {
      float* out = composed_.data() + id * d;
      model_->vector_of(static_cast<std::uint32_t>(id), out);
      if (unit_words_) make_unit(out, d);
    }
  });
  values_ = composed_.data();
}

WordEncoder::Call WordEncoder::resolve(const EncodeOptions& options) const {
  if (!options.prompt_name.empty())
    fail(ErrorKind::not_found,
         "{} has no prompt named '{}': word vectors have none; give the prompt's text itself "
         "instead",
         info_.path, options.prompt_name);
  Call call;
  call.prompt = options.prompt.value_or("");
  call.dimensions = options.dimensions.value_or(dimensions());
  call.normalize = options.normalize.value_or(false);
  call.long_text = options.long_text;
  call.first_row = options.first_row;
  if (call.dimensions == 0 || call.dimensions > dimensions())
    fail(ErrorKind::bad_input, "{} dimensions: choose 1 to {}, which is what {} gives",
         call.dimensions, dimensions(), info_.path);
  return call;
}

Embeddings WordEncoder::encode(std::span<const std::string_view> texts,
                               const EncodeOptions& options) const {
  const Call call = resolve(options);
  Embeddings result;
  result.rows = texts.size();
  result.dimensions = call.dimensions;
  result.values.resize(texts.size() * call.dimensions);
  result.token_counts.resize(texts.size());
  result.truncated.resize(texts.size());
  pool_.run((texts.size() + kTextsAPart - 1) / kTextsAPart, [&](std::size_t part, int) {
    const std::size_t first = part * kTextsAPart;
    const auto some = texts.subspan(first, std::min(kTextsAPart, texts.size() - first));
    if (classifier_)
      classify_part(some, call, first, result);
    else
      encode_part(some, call, first, result);
  });
  check_finite(result.values, result.dimensions, "row", call.first_row, info_.path);
  return result;
}

void WordEncoder::encode_part(std::span<const std::string_view> texts, const Call& call,
                              std::size_t first, Embeddings& result) const {
  static_vectors::WordFinder finder(*model_, choice_);
  Scratch scratch;
  scratch.pooled.resize(dimensions());
  std::vector<FoundWord> words;
  const std::size_t most = options_.max_length.value_or(texts.empty() ? 0 : SIZE_MAX);
  for (std::size_t begin = 0; begin < texts.size(); begin += kTextsAtOnce) {
    const std::size_t count = std::min(kTextsAtOnce, texts.size() - begin);
    std::string prompted[kTextsAtOnce];
    std::size_t ends[kTextsAtOnce];
    words.clear();
    for (std::size_t t = 0; t < count; ++t) {
      const std::size_t before = words.size();
      std::string_view text = texts[begin + t];
      if (!call.prompt.empty()) text = prompted[t].append(call.prompt).append(text);
      finder.find(text, words);
      const std::size_t row = first + begin + t;
      result.truncated[row] = words.size() - before > most ? 1 : 0;
      if (result.truncated[row] != 0 && call.long_text == LongText::error)
        fail(ErrorKind::bad_input,
             "row {} is longer than {} words; truncate it or average its windows (--long)",
             call.first_row + row, most);
      // The mean of windows by their words is that of the whole.
      if (result.truncated[row] != 0 && call.long_text == LongText::truncate)
        words.resize(before + most);
      result.token_counts[row] = static_cast<std::uint32_t>(words.size() - before);
      ends[t] = words.size();
    }
    prefetch(words);
    for (std::size_t t = 0; t < count; ++t) {
      const std::size_t from = t == 0 ? 0 : ends[t - 1];
      float* out = result.values.data() + (first + begin + t) * call.dimensions;
      float* pooled = call.dimensions < dimensions() ? scratch.pooled.data() : out;
      pool_words(std::span(words).subspan(from, ends[t] - from), scratch, pooled);
      finish_row(call, pooled, out);
    }
  }
}

void WordEncoder::classify_part(std::span<const std::string_view> texts, const Call& call,
                                std::size_t first, Embeddings& result) const {
  Scratch scratch;
  scratch.pooled.resize(dimensions());
  for (std::size_t t = 0; t < texts.size(); ++t) {
    scratch.ids.clear();
    scratch.text.assign(call.prompt).append(texts[t]);
    classifier_->append_text(scratch.text, scratch.ids);
    std::fill(scratch.pooled.begin(), scratch.pooled.end(), 0.0F);
    for (const std::uint32_t row : scratch.ids)
      model_->input->add_row(row, 1.0F, scratch.pooled.data());
    const float share = scratch.ids.empty() ? 0.0F : 1.0F / static_cast<float>(scratch.ids.size());
    for (float& value : scratch.pooled) value *= share;
    result.token_counts[first + t] = static_cast<std::uint32_t>(scratch.ids.size());
    finish_row(call, scratch.pooled.data(), result.values.data() + (first + t) * call.dimensions);
  }
}

void WordEncoder::prefetch(std::span<const FoundWord> words) const {
  if (values_ == nullptr) return;
  constexpr std::size_t kFloatsALine = 16;
  const std::size_t d = dimensions();
  for (const FoundWord& word : words) {
    if (word.id == FoundWord::kUnknown) continue;
    const float* row = values_ + word.id * d;
    for (std::size_t i = 0; i < d; i += kFloatsALine) __builtin_prefetch(row + i);
  }
}

void WordEncoder::pool_words(std::span<const FoundWord> words, Scratch& s, float* out) const {
  const std::size_t d = dimensions();
  s.ids.clear();
  s.weights.clear();
  float total = 0.0F;
  std::size_t unknown = 0;
  for (const FoundWord& word : words) {
    if (word.id == FoundWord::kUnknown) {
      ++unknown;
      continue;
    }
    const float weight = weight_of(word.id);
    s.ids.push_back(word.id);
    s.weights.push_back(weight);
    total += weight;
  }
  // A text of words that all weigh nothing is their plain mean.
  if (total == 0.0F && unknown == 0) {
    std::fill(s.weights.begin(), s.weights.end(), 1.0F);
    total = static_cast<float>(s.ids.size());
  }
  if (values_ != nullptr) {
    kernels::row_sum(values_, d, s.ids.data(), weights_.empty() ? nullptr : s.weights.data(),
                     s.ids.size(), out, isa_);
  } else {
    std::fill_n(out, d, 0.0F);
    for (std::size_t i = 0; i < s.ids.size(); ++i)
      model_->input->add_row(s.ids[i], s.weights[i], out);
  }
  s.row.resize(d);
  for (const FoundWord& word : words) {
    if (unknown == 0) break;
    if (word.id != FoundWord::kUnknown || !unknown_vector(word.text, s.row.data())) continue;
    for (std::size_t i = 0; i < d; ++i) out[i] += unknown_weight_ * s.row[i];
    total += unknown_weight_;
  }
  if (total == 0.0F) return;
  const float share = 1.0F / total;
  for (std::size_t i = 0; i < d; ++i) out[i] *= share;
}

bool WordEncoder::unknown_vector(std::string_view word, float* out) const {
  return model_->vector_of(word, out) && (!unit_words_ || make_unit(out, dimensions()));
}

void WordEncoder::finish_row(const Call& call, const float* pooled, float* out) const {
  if (pooled != out) std::copy_n(pooled, call.dimensions, out);
  if (call.normalize) kernels::l2_normalize(out, 1, call.dimensions, isa_);
}

WindowEmbeddings WordEncoder::encode_windows(std::span<const std::string_view>,
                                             const WindowOptions&, const EncodeOptions&) const {
  fail(ErrorKind::unsupported,
       "{}: word vectors take texts of any length, as the mean of their words; windows are for "
       "models with a longest input",
       info_.path);
}

TokenVectors WordEncoder::encode_tokens(std::string_view text, const EncodeOptions& options,
                                        bool) const {
  const Call call = resolve(options);
  static_vectors::WordFinder finder(*model_, choice_);
  const std::string whole = call.prompt + std::string(text);
  std::vector<FoundWord> words;
  finder.find(whole, words);
  const std::uint32_t prompt = characters(call.prompt);
  const std::size_t d = dimensions();
  TokenVectors result;
  result.dimensions = d;
  result.values.resize(words.size() * d);
  for (std::size_t w = 0; w < words.size(); ++w) {
    const FoundWord& word = words[w];
    const auto at = static_cast<std::size_t>(word.text.data() - whole.data());
    const std::uint32_t begin = characters(std::string_view(whole).substr(0, at));
    const bool of_text = begin >= prompt;
    result.ids.push_back(word.id);
    result.tokens.emplace_back(word.id == FoundWord::kUnknown ? word.text
                                                              : model_->vocabulary.word(word.id));
    result.special.push_back(of_text ? 0 : 1);
    result.offsets.push_back(
        of_text ? CharSpan{begin - prompt, begin - prompt + characters(word.text)} : CharSpan{});
    float* out = result.values.data() + w * d;
    if (word.id == FoundWord::kUnknown)
      unknown_vector(word.text, out);
    else if (values_ != nullptr)
      std::copy_n(values_ + word.id * d, d, out);
    else
      model_->vector_of(word.id, out);
  }
  check_finite(result.values, d, "token", 0, info_.path);
  return result;
}

// What the encoder was opened with, in words of their own.
std::string WordEncoder::choices() const {
  std::call_once(hash_once_, [&] { hash_ = model::hash_of_file(info_.path); });
  return fmt::format(
      "file={}\nwords={}\npooling={}\ntoken_weights={}\n", hash_, to_string(choice_), info_.pooling,
      options_.token_weights.empty() ? "" : sha256(io::read_text_file(options_.token_weights)));
}

std::string WordEncoder::fingerprint(const EncodeOptions& options) const {
  const Call call = resolve(options);
  return sha256(fmt::format(
      "kindred word encoder 1\n{}max_length={}\nlong={}\ndimensions={}\nnormalize={}\nprompt={}\n",
      choices(), max_length(), static_cast<int>(call.long_text), call.dimensions, call.normalize,
      call.prompt));
}

std::string WordEncoder::vector_space(const EncodeOptions& options) const {
  return sha256(fmt::format("kindred word vector space 1\n{}dimensions={}\n", choices(),
                            resolve(options).dimensions));
}

}  // namespace kindred::encode
