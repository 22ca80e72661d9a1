// Opening an encoder: the model's own choices and the caller's, checked against each other.
#include <algorithm>
#include <string>

#include "base/error.h"
#include "encode/encoder_impl.h"
#include "encode/idf.h"
#include "model/layer_selection.h"

namespace kindred {
namespace {

using model::PoolingMode;

Isa chosen_isa(const std::string& name) {
  return name.empty() ? best_isa() : std::min(parse_isa(name), supported_isa());
}

EncoderOptions validated(const EncoderOptions& options) {
  options.validate();
  return options;
}

}  // namespace

void EncoderOptions::validate() const {
  constexpr int kMostThreads = 1024;
  if (threads < 0 || threads > kMostThreads)
    fail(ErrorKind::bad_input, "{} threads: choose 1 to {}, or 0 for one a core", threads,
         kMostThreads);
  if (max_length && *max_length == 0)
    fail(ErrorKind::bad_input, "a maximum length of 0 tokens leaves nothing to encode");
  if (batch_tokens == 0) fail(ErrorKind::bad_input, "a batch needs at least 1 token");
  if (!pooling.empty()) (void)model::parse_pooling(pooling);
  (void)chosen_isa(isa);
}

Encoder::Impl::Impl(const std::string& path, const EncoderOptions& given)
    : options(validated(given)),
      isa(chosen_isa(options.isa)),
      pool(options.threads > 0 ? options.threads : available_cores()),
      directory(model::ModelDirectory::open(path)),
      tokenizer(Tokenizer::open(directory.require_tokenizer())) {
  rules.append_ids = directory.append_ids;
  rules.add_special_tokens = !directory.is_static;
  choose_wrapping();
  choose_pooling();
  choose_layers();
  choose_directions();
  choose_length();
  if (!directory.is_static)
    executor =
        native::Executor::create(directory.spec, directory.weights, options.precision, pool, isa);
  check_head_fits();
  if (std::string warning = encode::describe_foreign_tokens(tokenizer, directory.info.vocab_size);
      !warning.empty())
    directory.info.warnings.push_back(std::move(warning));
  if (chat && chat->reads_clock())
    directory.info.warnings.emplace_back(
        "the model's chat template writes today's date, as transformers lets it: vectors of "
        "different days differ (--plain-text leaves the template out)");
  head.emplace(directory.head, pooler.width(), isa);
  dimensions = head->output_dimensions();
  if (directory.truncate_dim) dimensions = std::min(dimensions, *directory.truncate_dim);
}

void Encoder::Impl::choose_pooling() {
  model::PoolingSpec pooling = directory.pooling;
  if (!options.pooling.empty()) pooling.modes = model::parse_pooling(options.pooling).modes;
  directory.pooling = pooling;
  pooler.modes = pooling.modes;
  const bool uses_weights =
      std::find(pooler.modes.begin(), pooler.modes.end(), PoolingMode::idf) != pooler.modes.end();
  if (uses_weights && options.token_weights.empty())
    fail(ErrorKind::bad_input,
         "pooling 'idf' needs token weights; make them with 'kindred idf MODEL CORPUS -o WEIGHTS' "
         "and name the file");
  if (!uses_weights && !options.token_weights.empty())
    fail(ErrorKind::bad_input, "token weights ({}) are used by pooling 'idf' alone, not by '{}'",
         options.token_weights, to_string(pooling));
  if (uses_weights) token_weights = encode::load_token_weights(options.token_weights, tokenizer);
  const bool plain_mean = pooler.modes == std::vector{PoolingMode::mean} ||
                          pooler.modes == std::vector{PoolingMode::idf};
  if (directory.is_static && !plain_mean)
    fail(ErrorKind::bad_input, "{}: static embeddings are pooled by 'mean' or 'idf', not by '{}'",
         directory.info.path, to_string(pooling));
}

void Encoder::Impl::choose_wrapping() {
  if (options.plain_text) {
    directory.chat.reset();
    directory.info.chat_template = false;
  }
  if (!directory.chat) return;
  chat.emplace(*directory.chat);
  rules.chat = &*chat;
  rules.restore_suffix = directory.chat->restore_suffix;
  // The template writes the special tokens that it wants.
  rules.add_special_tokens = false;
  rules.append_ids.clear();
  if (options.bidirectional == "prompt")
    fail(ErrorKind::unsupported,
         "{} wraps each text by its chat template, so that its prompt is no prefix; use "
         "--plain-text with --bidirectional prompt",
         directory.info.path);
}

void Encoder::Impl::choose_layers() {
  if (directory.is_static) {
    if (!options.layers.empty())
      fail(ErrorKind::bad_input, "{}: static embeddings have no layers to choose from",
           directory.info.path);
    pooler.hidden = directory.static_embeddings.columns();
    return;
  }
  pooler.hidden = directory.spec.hidden;
  const model::LayerSelection selection =
      model::parse_layers(options.layers, directory.spec.layers.size());
  forward.layers = selection.states;
  pooler.layers = selection.states.size();
  pooler.concatenate_layers = selection.combine == model::LayerSelection::Combine::concat;
}

// The caller's choice, where it is one, and not the model is what does not fit.
void Encoder::Impl::check_head_fits() const {
  if (options.pooling.empty() && options.layers.empty()) return;
  for (const model::HeadStep& step : directory.head) {
    if (step.kind != model::HeadStep::Kind::dense) continue;
    const std::size_t takes = step.dense.linear.weight.columns();
    if (takes != pooler.width())
      fail(ErrorKind::bad_input,
           "{} goes on with a dense layer of {} values, and pooling '{}'{} gives {}; choose a "
           "pooling and layers that are not concatenated, or the model's own",
           directory.info.path, takes, to_string(directory.pooling),
           options.layers.empty() ? "" : " of layers '" + options.layers + "'", pooler.width());
    return;
  }
}

void Encoder::Impl::choose_directions() {
  if (options.bidirectional.empty()) return;
  if (directory.is_static)
    fail(ErrorKind::bad_input, "{}: static embeddings have no attention", directory.info.path);
  if (options.bidirectional == "prompt") {
    bidirectional_prompt = true;
    return;
  }
  forward.bidirectional =
      model::parse_bidirectional(options.bidirectional, directory.spec.layers.size());
}

void Encoder::Impl::choose_length() {
  std::size_t longest = directory.info.max_length;
  if (options.max_length) {
    const std::size_t positions = directory.is_static ? 0 : directory.spec.max_positions;
    if (positions > 0 && *options.max_length > positions)
      fail(ErrorKind::bad_input, "a maximum length of {} tokens: {} has positions for {} only",
           *options.max_length, directory.info.path, positions);
    longest = *options.max_length;
  }
  if (longest == 0) return;
  const std::size_t added =
      rules.append_ids.size() + (rules.add_special_tokens ? tokenizer.added_token_count() : 0);
  if (longest <= added)
    fail(ErrorKind::bad_input,
         "a maximum length of {} tokens leaves no room for text: the model adds {} of its own",
         longest, added);
  rules.max_length = longest;
}

}  // namespace kindred
