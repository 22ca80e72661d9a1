// Opening an encoder: the model's own choices and the caller's, checked against each other.
#include <algorithm>
#include <string>

#include "base/error.h"
#include "encode/devices.h"
#include "encode/encoder_impl.h"
#include "encode/idf.h"
#include "model/layer_selection.h"

namespace kindred {
namespace {

using model::PoolingMode;

}  // namespace

Isa encode::chosen_isa(const std::string& name) {
  return name.empty() ? best_isa() : std::min(parse_isa(name), supported_isa());
}

EncoderOptions encode::validated(const EncoderOptions& options) {
  options.validate();
  return options;
}

void EncoderOptions::validate() const {
  constexpr int kMostThreads = 1024;
  if (threads < 0 || threads > kMostThreads)
    fail(ErrorKind::bad_input, "{} threads: choose 1 to {}, or 0 for one a core", threads,
         kMostThreads);
  if (max_length && *max_length == 0)
    fail(ErrorKind::bad_input, "a maximum length of 0 tokens leaves nothing to encode");
  if (batch_tokens == 0) fail(ErrorKind::bad_input, "a batch needs at least 1 token");
  if (!pooling.empty()) (void)model::parse_pooling(pooling);
  (void)encode::chosen_isa(isa);
}

ModelEncoder::ModelEncoder(const std::string& path, const EncoderOptions& given)
    : options_(encode::validated(given)),
      isa_(encode::chosen_isa(options_.isa)),
      pool_(options_.threads > 0 ? options_.threads : available_cores()),
      directory_(model::ModelDirectory::open(path, options_.base)),
      tokenizer_(Tokenizer::open(directory_.require_tokenizer())) {
  rules_.append_ids = directory_.append_ids;
  rules_.add_special_tokens = !directory_.is_static;
  choose_wrapping();
  choose_pooling();
  choose_layers();
  choose_directions();
  choose_length();
  if (!directory_.is_static)
    executor_ = encode::open_executor(directory_.spec, directory_.weights, options_, isa_, pool_);
  check_head_fits();
  if (std::string warning = encode::describe_foreign_tokens(tokenizer_, directory_.info.vocab_size);
      !warning.empty())
    directory_.info.warnings.push_back(std::move(warning));
  if (chat_ && chat_->reads_clock())
    directory_.info.warnings.emplace_back(
        "the model's chat template writes today's date, as transformers lets it: vectors of "
        "different days differ (--plain-text leaves the template out)");
  head_.emplace(directory_.head, pooler_.width(), isa_);
  dimensions_ = head_->output_dimensions();
  if (directory_.truncate_dim) dimensions_ = std::min(dimensions_, *directory_.truncate_dim);
}

void ModelEncoder::choose_pooling() {
  model::PoolingSpec pooling = directory_.pooling;
  if (!options_.pooling.empty()) pooling.modes = model::parse_pooling(options_.pooling).modes;
  directory_.pooling = pooling;
  pooler_.modes = pooling.modes;
  const bool uses_weights = std::find(pooler_.modes.begin(), pooler_.modes.end(),
                                      PoolingMode::idf) != pooler_.modes.end();
  if (std::find(pooler_.modes.begin(), pooler_.modes.end(), PoolingMode::sif) !=
      pooler_.modes.end())
    fail(ErrorKind::bad_input,
         "pooling 'sif' takes the counts of word vectors; for another model make weights by "
         "'kindred idf MODEL CORPUS --weights sif -o WEIGHTS' and use pooling idf with them");
  if (!options_.words.empty())
    fail(ErrorKind::bad_input,
         "{} has a tokenizer of its own; --words is for word vectors, which have none",
         directory_.info.path);
  if (uses_weights && options_.token_weights.empty())
    fail(ErrorKind::bad_input,
         "pooling 'idf' needs token weights; make them with 'kindred idf MODEL CORPUS -o WEIGHTS' "
         "and name the file");
  if (!uses_weights && !options_.token_weights.empty())
    fail(ErrorKind::bad_input, "token weights ({}) are used by pooling 'idf' alone, not by '{}'",
         options_.token_weights, to_string(pooling));
  if (uses_weights) token_weights_ = encode::load_token_weights(options_.token_weights, tokenizer_);
  const bool plain_mean = pooler_.modes == std::vector{PoolingMode::mean} ||
                          pooler_.modes == std::vector{PoolingMode::idf};
  if (directory_.is_static && !plain_mean)
    fail(ErrorKind::bad_input, "{}: static embeddings are pooled by 'mean' or 'idf', not by '{}'",
         directory_.info.path, to_string(pooling));
}

void ModelEncoder::choose_wrapping() {
  if (options_.plain_text) {
    directory_.chat.reset();
    directory_.info.chat_template = false;
  }
  if (!directory_.chat) return;
  chat_.emplace(*directory_.chat);
  rules_.chat = &*chat_;
  rules_.restore_suffix = directory_.chat->restore_suffix;
  // The template writes the special tokens that it wants.
  rules_.add_special_tokens = false;
  rules_.append_ids.clear();
  if (options_.bidirectional == "prompt")
    fail(ErrorKind::unsupported,
         "{} wraps each text by its chat template, so that its prompt is no prefix; use "
         "--plain-text with --bidirectional prompt",
         directory_.info.path);
}

void ModelEncoder::choose_layers() {
  if (directory_.is_static) {
    if (!options_.layers.empty())
      fail(ErrorKind::bad_input, "{}: static embeddings have no layers to choose from",
           directory_.info.path);
    const io::TensorView& table = directory_.static_embeddings;
    pooler_.hidden = table.columns();
    if (table.dtype == io::DType::f32 &&
        reinterpret_cast<std::uintptr_t>(table.data) % alignof(float) == 0)
      static_floats_ = reinterpret_cast<const float*>(table.data);
    return;
  }
  pooler_.hidden = directory_.spec.hidden;
  const model::LayerSelection selection =
      model::parse_layers(options_.layers, directory_.spec.layers.size());
  forward_.layers = selection.states;
  pooler_.layers = selection.states.size();
  pooler_.concatenate_layers = selection.combine == model::LayerSelection::Combine::concat;
}

// The caller's choice, where it is one, and not the model is what does not fit.
void ModelEncoder::check_head_fits() const {
  if (options_.pooling.empty() && options_.layers.empty()) return;
  for (const model::HeadStep& step : directory_.head) {
    if (step.kind != model::HeadStep::Kind::dense) continue;
    const std::size_t takes = step.dense.linear.weight.columns();
    if (takes != pooler_.width())
      fail(ErrorKind::bad_input,
           "{} goes on with a dense layer of {} values, and pooling '{}'{} gives {}; choose a "
           "pooling and layers that are not concatenated, or the model's own",
           directory_.info.path, takes, to_string(directory_.pooling),
           options_.layers.empty() ? "" : " of layers '" + options_.layers + "'", pooler_.width());
    return;
  }
}

void ModelEncoder::choose_directions() {
  const std::string& chosen =
      options_.bidirectional.empty() ? directory_.bidirectional : options_.bidirectional;
  if (chosen.empty()) return;
  if (directory_.is_static)
    fail(ErrorKind::bad_input, "{}: static embeddings have no attention", directory_.info.path);
  if (chosen == "prompt") {
    bidirectional_prompt_ = true;
    return;
  }
  forward_.bidirectional = model::parse_bidirectional(chosen, directory_.spec.layers.size());
}

void ModelEncoder::choose_length() {
  std::size_t longest = directory_.info.max_length;
  if (options_.max_length) {
    const std::size_t positions = directory_.is_static ? 0 : directory_.spec.max_positions;
    if (positions > 0 && *options_.max_length > positions)
      fail(ErrorKind::bad_input, "a maximum length of {} tokens: {} has positions for {} only",
           *options_.max_length, directory_.info.path, positions);
    longest = *options_.max_length;
  }
  if (longest == 0) return;
  const std::size_t added =
      rules_.append_ids.size() + (rules_.add_special_tokens ? tokenizer_.added_token_count() : 0);
  if (longest <= added)
    fail(ErrorKind::bad_input,
         "a maximum length of {} tokens leaves no room for text: the model adds {} of its own",
         longest, added);
  rules_.max_length = longest;
}

}  // namespace kindred
