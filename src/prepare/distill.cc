#include "prepare/distill.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <span>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "encode/encoder_impl.h"
#include "estimators/moments.h"
#include "estimators/projection.h"
#include "io/file.h"
#include "io/partial_directory.h"
#include "prepare/token_counts.h"
#include "prepare/token_vectors.h"
#include "text/gguf_tokenizer.h"

namespace kindred::prepare {
namespace {

// Not ordered_json, whose objects are searched from their beginning at every insertion.
using Json = nlohmann::json;

/// The ids that a template puts before and behind a text.
struct Template {
  std::vector<std::uint32_t> before, behind;
};

Template template_of(const Tokenizer& tokenizer, const std::vector<std::uint32_t>& appended) {
  TokenizeOptions plain;
  plain.add_special_tokens = false;
  Template result;
  for (const char* text : {"a", "1", "the"}) {
    const std::vector<std::uint32_t> inner = tokenizer.encode(text, plain).ids;
    const std::vector<std::uint32_t> whole = tokenizer.encode(text).ids;
    const auto at = std::search(whole.begin(), whole.end(), inner.begin(), inner.end());
    if (inner.empty() || at == whole.end()) continue;
    result.before.assign(whole.begin(), at);
    result.behind.assign(at + static_cast<std::ptrdiff_t>(inner.size()), whole.end());
    break;
  }
  const bool ends_so = result.behind.size() >= appended.size() &&
                       std::equal(appended.rbegin(), appended.rend(), result.behind.rbegin());
  if (!ends_so) result.behind.insert(result.behind.end(), appended.begin(), appended.end());
  return result;
}

/// The model's tokenizer.json, without what serves a transformer alone.
Json plain_tokenizer(const model::ModelDirectory& model) {
  Json json;
  if (model.main_folder.empty()) {
    json = text::gguf_tokenizer_json(model.tokenizer_path);
  } else {
    const std::string path = io::join_path(model.main_folder, "tokenizer.json");
    if (!io::is_file(path))
      fail(ErrorKind::unsupported,
           "{}: has no tokenizer.json; make one with: python -c \"from transformers import "
           "AutoTokenizer as T; T.from_pretrained('{}').save_pretrained('{}')\"",
           model.main_folder, model.main_folder, model.main_folder);
    json = Json::parse(io::read_text_file(path));
  }
  for (const char* key : {"post_processor", "truncation", "padding"}) json[key] = nullptr;
  return json;
}

bool is_unused(std::string_view token) {
  constexpr std::string_view kBegin = "[unused";
  if (!token.starts_with(kBegin) || !token.ends_with("]")) return false;
  const std::string_view number = token.substr(kBegin.size(), token.size() - kBegin.size() - 1);
  return !number.empty() && number.find_first_not_of("0123456789") == std::string_view::npos;
}

class Distiller {
 public:
  Distiller(const std::string& path, const DistillOptions& options, DistillProgress progress)
      : options_(options),
        progress_(std::move(progress)),
        encoder_(path, encoder_options(options)),
        model_(model::ModelDirectory::open(path)),
        pool_(encoder_.threads()) {
    if (model_.is_static)
      fail(ErrorKind::bad_input, "{}: has token vectors already; give a transformer", path);
    if (!(options.sif >= 0.0 && options.sif < 1.0))
      fail(ErrorKind::bad_input, "the weighting's a is {}; choose 0 (none) to 1", options.sif);
    if (options.dimensions == 0)
      fail(ErrorKind::bad_input, "0 dimensions leave nothing; choose 1 or more");
  }

  DistillResult run(const std::string& output) {
    io::PartialDirectory partial(output);  // refuses before the work
    Json tokenizer = plain_tokenizer(model_);
    find_tokens();
    add_words(tokenizer);
    embed();
    reduce();
    weigh(tokenizer);
    write_token_vectors(
        partial.path(), tokenizer,
        {values_.data(), rows_, result_.dimensions, options_.format,
         std::filesystem::path(model_.info.path).filename().string(), options_.sif});
    partial.commit();
    return result_;
  }

 private:
  static EncoderOptions encoder_options(const DistillOptions& options) {
    EncoderOptions result = options.encoder;
    result.plain_text = true;
    return result;
  }

  /// The sequences to encode: a row of the table each.
  void find_tokens() {
    const Tokenizer& tokenizer = encoder_.tokenizer();
    const std::size_t ids = std::min(id_bound(tokenizer), model_.info.vocab_size);
    rows_ = id_bound(tokenizer);
    for (std::uint32_t id = 0; id < ids; ++id) {
      const std::string token = tokenizer.id_to_token(id);
      if (token.empty() || tokenizer.token_to_id(token) != id || tokenizer.is_special(id) ||
          is_unused(token))
        continue;
      add(id, std::span(&id, 1));
    }
    if (places_.empty())
      fail(ErrorKind::bad_input, "{}: its vocabulary has special tokens alone", model_.info.path);
  }

  void add(std::size_t place, std::span<const std::uint32_t> ids) {
    if (places_.empty()) template_ = template_of(encoder_.tokenizer(), model_.append_ids);
    places_.push_back(place);
    sequences_.emplace_back(template_.before);
    std::vector<std::uint32_t>& sequence = sequences_.back();
    const std::size_t room =
        encoder_.max_length() == 0
            ? ids.size()
            : encoder_.max_length() - std::min(encoder_.max_length(),
                                               template_.before.size() + template_.behind.size());
    sequence.insert(sequence.end(), ids.begin(),
                    ids.begin() + static_cast<std::ptrdiff_t>(std::min(room, ids.size())));
    sequence.insert(sequence.end(), template_.behind.begin(), template_.behind.end());
  }

  /// Words that the tokenizer cuts apart become added tokens of it, found as whole words with the
  /// white space before them.
  void add_words(Json& json) {
    if (options_.words.empty()) return;
    TokenizeOptions plain;
    plain.add_special_tokens = false;
    plain.max_length = TokenizeOptions::kNoTruncation;
    std::set<std::vector<std::uint32_t>> seen;
    std::vector<std::pair<std::string, std::vector<std::uint32_t>>> words;
    for (const std::string& word : options_.words) {
      std::vector<std::uint32_t> ids = encoder_.tokenizer().encode(word, plain).ids;
      if (ids.size() < 2 || !seen.insert(ids).second) {
        ++result_.known;
        continue;
      }
      words.emplace_back(word, std::move(ids));
    }
    const std::size_t first = rows_;
    Json trial = json;
    for (std::size_t i = 0; i < words.size(); ++i)
      trial["added_tokens"].push_back(added_token(first + i, words[i].first));
    const auto tokenizer = Tokenizer::from_json(trial.dump(), model_.tokenizer_path);
    for (const auto& [word, ids] : words) {
      const std::vector<std::uint32_t> found = tokenizer.encode(word, plain).ids;
      const bool fits = found.size() == 1 && found.front() >= first;
      if (!fits) {
        ++result_.unfit;
        continue;
      }
      json["added_tokens"].push_back(added_token(rows_, word));
      add(rows_++, ids);
      ++result_.words;
    }
  }

  static Json added_token(std::size_t id, const std::string& word) {
    return {{"id", id},        {"content", word},    {"single_word", true}, {"lstrip", true},
            {"rstrip", false}, {"normalized", true}, {"special", false}};
  }

  void embed() {
    constexpr std::size_t kAtOnce = 4096;
    EncodeOptions call;
    call.normalize = false;
    for (std::size_t begin = 0; begin < sequences_.size(); begin += kAtOnce) {
      const std::size_t end = std::min(begin + kAtOnce, sequences_.size());
      PackedIds packed;
      packed.offsets.push_back(0);
      for (std::size_t i = begin; i < end; ++i) {
        packed.ids.insert(packed.ids.end(), sequences_[i].begin(), sequences_[i].end());
        packed.offsets.push_back(static_cast<std::uint32_t>(packed.ids.size()));
      }
      const Embeddings vectors = encoder_.encode_ids(packed, call);
      width_ = vectors.dimensions;
      vectors_.insert(vectors_.end(), vectors.values.begin(), vectors.values.end());
      if (progress_) progress_("embed", end);
    }
    result_.tokens = sequences_.size();
  }

  /// Principal components of the tokens' vectors.
  void reduce() {
    estimators::Moments moments(width_);
    moments.add(vectors_.data(), sequences_.size(), pool_);
    const auto projection = estimators::fit_projection(
        moments, {estimators::ProjectionMethod::pca, options_.dimensions, 0, true}, pool_);
    result_.dimensions = projection.out;
    result_.explained = projection.explained;
    std::vector<float> reduced(sequences_.size() * projection.out);
    projection.apply(vectors_.data(), sequences_.size(), reduced.data(), pool_);
    vectors_ = std::move(reduced);
  }

  /// The shares of the tokens, in the order of `places_`.
  std::vector<double> shares(const Json& json) {
    std::vector<double> shares(places_.size());
    if (options_.corpus) {
      const auto tokenizer = Tokenizer::from_json(json.dump(), model_.tokenizer_path);
      const std::vector<std::uint64_t> counts =
          count_tokens(tokenizer, *options_.corpus, pool_, [&](std::uint64_t texts) {
            if (progress_) progress_("count", texts);
          });
      for (std::size_t i = 0; i < places_.size(); ++i)
        shares[i] = places_[i] < counts.size() ? static_cast<double>(counts[places_[i]]) : 0.0;
    } else {
      for (std::size_t i = 0; i < places_.size(); ++i) shares[i] = 1.0 / static_cast<double>(i + 2);
    }
    double sum = 0.0;
    for (const double share : shares) sum += share;
    if (sum <= 0.0)
      fail(ErrorKind::bad_input, "{}: none of its texts has a token of the model",
           options_.corpus->path);
    for (double& share : shares) share /= sum;
    return shares;
  }

  void weigh(const Json& json) {
    const std::size_t d = result_.dimensions;
    values_.assign(rows_ * d, 0.0F);
    const std::vector<double> shares =
        options_.sif > 0.0 ? this->shares(json) : std::vector<double>(places_.size(), 0.0);
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const double weight = options_.sif > 0.0 ? options_.sif / (options_.sif + shares[i]) : 1.0;
      for (std::size_t k = 0; k < d; ++k)
        values_[places_[i] * d + k] = static_cast<float>(weight) * vectors_[i * d + k];
    }
  }

  const DistillOptions& options_;
  DistillProgress progress_;
  ModelEncoder encoder_;
  model::ModelDirectory model_;
  ThreadPool pool_;
  Template template_;
  std::vector<std::size_t> places_;  ///< rows of the table, one a sequence
  std::vector<std::vector<std::uint32_t>> sequences_;
  std::vector<float> vectors_;  ///< one a sequence
  std::vector<float> values_;   ///< the table: rows_ × dimensions
  std::size_t rows_ = 0;
  std::size_t width_ = 0;
  DistillResult result_;
};

}  // namespace

DistillResult distill(const std::string& model, const std::string& output,
                      const DistillOptions& options, const DistillProgress& progress) {
  return Distiller(model, options, progress).run(output);
}

}  // namespace kindred::prepare
