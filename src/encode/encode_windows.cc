// ModelEncoder::encode_windows: long texts by windows.
#include <algorithm>
#include <span>

#include "base/error.h"
#include "encode/batcher.h"
#include "encode/encoder_impl.h"

namespace kindred {
namespace {

using encode::TokenWindow;
using encode::WindowedText;

// Of late windows: how many tokens' vectors are held at once, as far as one text does not need
// more.
constexpr std::size_t kTokensAtOnce = 16384;

// Tells the text's own tokens of an encoding from the template's and the prompt's.
WindowedText split(const Encoding& e, const encode::TextPlace& place,
                   const std::vector<std::uint32_t>& appended) {
  const auto is_own = [&](std::size_t t) {
    return !e.special_tokens_mask[t] && (place.begin == 0 || e.offsets[t].end > place.begin);
  };
  WindowedText out;
  std::size_t begin = 0;
  std::size_t end = e.ids.size();
  while (end > 0 && e.special_tokens_mask[end - 1]) --end;
  while (begin < end && !is_own(begin)) ++begin;
  const auto ids = e.ids.begin();
  out.front.assign(ids, ids + static_cast<std::ptrdiff_t>(begin));
  out.own.assign(ids + static_cast<std::ptrdiff_t>(begin), ids + static_cast<std::ptrdiff_t>(end));
  out.behind.assign(ids + static_cast<std::ptrdiff_t>(end), e.ids.end());
  // Of a template alone nothing says where a text would stand: its first token is in front.
  if (out.own.empty() && out.front.empty() && !out.behind.empty()) {
    out.front.push_back(out.behind.front());
    out.behind.erase(out.behind.begin());
  }
  out.behind.insert(out.behind.end(), appended.begin(), appended.end());
  const auto in_text = [&](std::uint32_t at) { return std::max(at, place.begin) - place.begin; };
  for (std::size_t t = begin; t < end; ++t)
    out.characters.push_back({in_text(e.offsets[t].begin), in_text(e.offsets[t].end)});
  return out;
}

WindowPlace place_of(const WindowedText& text, std::size_t row, std::size_t window) {
  const TokenWindow w = text.windows[window];
  WindowPlace place{
      static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(window), w.begin, w.end, {}};
  if (w.end > w.begin)
    place.characters = {text.characters[w.begin].begin, text.characters[w.end - 1].end};
  return place;
}

}  // namespace

std::vector<WindowedText> ModelEncoder::cut(std::span<const std::string_view> texts,
                                            const Call& call, const WindowOptions& windows) const {
  std::vector<WindowedText> out(texts.size());
  TokenizeOptions options = encode::tokenize_options(rules_);
  options.max_length = TokenizeOptions::kNoTruncation;
  pool_.run(texts.size(), [&](std::size_t row, int) {
    const std::string whole = encode::prepared(rules_, call.input.prompt, texts[row]);
    const Encoding e = tokenizer_.encode(whole, options);
    out[row] = split(e, encode::find_text(rules_, call.input.prompt, texts[row], whole),
                     rules_.append_ids);
    if (call.input.measure_prompt && !call.input.prompt.empty())
      out[row].prompt = static_cast<std::uint32_t>(out[row].front.size());
    out[row].windows = encode::windows_over(out[row].own.size(), windows.window, windows.step());
  });
  for (const WindowedText& text : out) {
    const std::size_t added = text.front.size() + text.behind.size();
    if (!rules_.max_length || windows.window + added <= *rules_.max_length) continue;
    fail(ErrorKind::bad_input,
         "windows of {} tokens and {} of template and prompt are more than the {} that {} takes; "
         "choose windows of {} or fewer",
         windows.window, added, *rules_.max_length, directory_.info.path,
         *rules_.max_length > added ? *rules_.max_length - added : 0);
  }
  return out;
}

std::vector<float> ModelEncoder::pool_windows(const std::vector<WindowedText>& texts) const {
  encode::Tokenised input;
  for (std::size_t row = 0; row < texts.size(); ++row)
    for (const TokenWindow window : texts[row].windows) {
      const auto& ids = input.windows.emplace_back(texts[row].sequence(window));
      input.sequences.push_back({static_cast<std::uint32_t>(row), ids, texts[row].prompt});
    }
  encode::check_ids(input, tokenizer_, directory_.info.vocab_size, 0);
  return pool_all(input);
}

void ModelEncoder::check_late() const {
  const bool mean = pooler_.modes.size() == 1 && pooler_.modes[0] == model::PoolingMode::mean;
  if (mean && !pooler_.concatenate_layers && !directory_.is_static && !bidirectional_prompt_)
    return;
  fail(ErrorKind::unsupported,
       "late windows are means of tokens' vectors in their context, and {} gives '{}'{}; use "
       "--pooling mean, or another way to join windows",
       directory_.info.path, to_string(directory_.pooling),
       directory_.is_static ? " of vectors without context" : "");
}

std::vector<float> ModelEncoder::pool_late(const std::vector<WindowedText>& texts) const {
  std::size_t windows = 0;
  for (const WindowedText& text : texts) windows += text.windows.size();
  std::vector<float> out(windows * pooler_.width());
  float* to = out.data();
  for (std::size_t begin = 0; begin < texts.size();) {
    std::size_t end = begin;
    std::size_t rows = 0;
    for (std::size_t tokens = 0; end < texts.size(); ++end) {
      tokens += texts[end].own.size();
      if (end > begin && tokens > kTokensAtOnce) break;
      rows += texts[end].windows.size();
    }
    pool_late_group(std::span(texts).subspan(begin, end - begin), to);
    to += rows * pooler_.width();
    begin = end;
  }
  return out;
}

void ModelEncoder::pool_late_group(std::span<const WindowedText> texts, float* out) const {
  // Each text in passes as long as the model takes.
  struct Pass {
    std::size_t text;
    TokenWindow part;
    std::vector<std::uint32_t> ids;
    std::size_t at;  // of its first token in `states`
  };
  std::vector<Pass> passes;
  std::vector<std::uint32_t> lengths;
  encode::Tokenised input;  // for the check of ids
  std::size_t tokens = 0;
  for (std::size_t t = 0; t < texts.size(); ++t) {
    const std::size_t added = texts[t].front.size() + texts[t].behind.size();
    const std::size_t room = rules_.max_length ? *rules_.max_length - added
                                               : std::max<std::size_t>(texts[t].own.size(), 1);
    for (const TokenWindow part : encode::windows_over(texts[t].own.size(), room, room)) {
      passes.push_back({t, part, texts[t].sequence(part), tokens});
      lengths.push_back(static_cast<std::uint32_t>(passes.back().ids.size()));
      tokens += passes.back().ids.size();
    }
  }
  for (const Pass& pass : passes)
    input.sequences.push_back({static_cast<std::uint32_t>(pass.text), pass.ids, 0});
  encode::check_ids(input, tokenizer_, directory_.info.vocab_size, 0);

  const std::size_t width = pooler_.hidden;
  std::vector<float> states(tokens * width);
  const auto run = [&](std::span<const std::uint32_t> batch, ThreadPool& threads) {
    std::vector<std::uint32_t> ids, offsets = {0};
    for (const std::uint32_t p : batch) {
      ids.insert(ids.end(), passes[p].ids.begin(), passes[p].ids.end());
      offsets.push_back(static_cast<std::uint32_t>(ids.size()));
    }
    if (ids.empty()) return;
    std::vector<float> hidden;
    executor_->forward({ids, offsets, {}}, forward_, threads, hidden);
    const std::vector<float> combined = encode::combine_layers(pooler_, hidden);
    for (std::size_t i = 0; i < batch.size(); ++i)
      std::copy_n(combined.data() + offsets[i] * width, (offsets[i + 1] - offsets[i]) * width,
                  states.data() + passes[batch[i]].at * width);
  };
  const encode::BatchPlan plan =
      encode::plan_batches(lengths, options_.batch_tokens, pool_.threads());
  if (plan.split_inside) {
    for (const auto& batch : plan.batches) run(batch, pool_);
  } else {
    pool_.run(plan.batches.size(), [&](std::size_t b, int) {
      ThreadPool serial(1);
      run(plan.batches[b], serial);
    });
  }

  encode::PoolerSpec mean = pooler_;
  mean.layers = 1;
  std::vector<float> window;
  std::size_t first = 0;  // pass of the text
  for (std::size_t t = 0; t < texts.size(); ++t) {
    const WindowedText& text = texts[t];
    std::size_t last = first;
    while (last + 1 < passes.size() && passes[last + 1].text == t) ++last;
    const std::size_t front = text.front.size();
    for (std::size_t w = 0; w < text.windows.size(); ++w, out += width) {
      window.clear();
      const auto take = [&](std::size_t from, std::size_t count) {
        window.insert(window.end(), states.begin() + static_cast<std::ptrdiff_t>(from * width),
                      states.begin() + static_cast<std::ptrdiff_t>((from + count) * width));
      };
      if (w == 0) take(passes[first].at + text.prompt, front - text.prompt);
      for (std::size_t p = first; p <= last; ++p) {
        const std::uint32_t from = std::max(text.windows[w].begin, passes[p].part.begin);
        const std::uint32_t to = std::min(text.windows[w].end, passes[p].part.end);
        if (from < to) take(passes[p].at + front + (from - passes[p].part.begin), to - from);
      }
      if (w + 1 == text.windows.size())
        take(passes[last].at + passes[last].ids.size() - text.behind.size(), text.behind.size());
      if (window.empty()) continue;
      const std::uint32_t offsets[] = {0, static_cast<std::uint32_t>(window.size() / width)};
      encode::pool_states(mean, {offsets, {}, {}}, window, out);
    }
    first = last + 1;
  }
}

WindowEmbeddings ModelEncoder::encode_windows(std::span<const std::string_view> texts,
                                              const WindowOptions& windows,
                                              const EncodeOptions& asked) const {
  windows.validate();
  const Call call = resolve(asked);
  if (chat_)
    fail(ErrorKind::unsupported,
         "{} wraps each text by its chat template, which windows cannot be; use --plain-text",
         directory_.info.path);
  if (windows.join == WindowJoin::late) check_late();
  const std::vector<WindowedText> cut_texts = cut(texts, call, windows);
  std::vector<float> pooled =
      windows.join == WindowJoin::late ? pool_late(cut_texts) : pool_windows(cut_texts);

  WindowEmbeddings out;
  const std::size_t width = pooler_.width();
  std::vector<float> joined(windows.one_vector() ? texts.size() * width : 0);
  for (std::size_t row = 0; row < cut_texts.size(); ++row) {
    const WindowedText& text = cut_texts[row];
    const std::size_t added = text.front.size() + text.behind.size();
    std::uint32_t all = 0;
    for (const TokenWindow w : text.windows)
      all += static_cast<std::uint32_t>(w.end - w.begin + added);
    for (std::size_t w = 0; w < text.windows.size(); ++w) {
      const std::size_t from = out.places.size();
      out.places.push_back(place_of(text, row, w));
      const TokenWindow part = text.windows[w];
      const auto tokens = static_cast<std::uint32_t>(part.end - part.begin + added);
      if (!windows.one_vector()) {
        out.vectors.token_counts.push_back(windows.join == WindowJoin::late ? part.end - part.begin
                                                                            : tokens);
        continue;
      }
      const float share = windows.join == WindowJoin::mean
                              ? 1.0F / static_cast<float>(text.windows.size())
                              : static_cast<float>(tokens) / static_cast<float>(std::max(all, 1U));
      for (std::size_t d = 0; d < width; ++d)
        joined[row * width + d] += share * pooled[from * width + d];
    }
    if (windows.one_vector()) out.vectors.token_counts.push_back(all);
  }
  if (windows.one_vector()) pooled = std::move(joined);
  out.vectors.rows = pooled.size() / width;
  out.vectors.dimensions = call.finish.dimensions;
  out.vectors.truncated.assign(out.vectors.rows, 0);
  out.vectors.values = head_->finish(std::move(pooled), out.vectors.rows, call.finish, pool_);
  encode::check_finite(out.vectors.values, out.vectors.dimensions, "window", 0,
                       directory_.info.path);
  return out;
}

}  // namespace kindred
