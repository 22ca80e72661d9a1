#include "encode/idf.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "io/atomic_file.h"
#include "io/table.h"

namespace kindred::encode {
namespace {

constexpr std::size_t kTextsAPart = 256;

float parse_weight(std::string_view text, const std::string& path, std::uint64_t line) {
  float weight = 0.0F;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), weight);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(weight) ||
      weight < 0.0F)
    fail(ErrorKind::bad_input, "{}: line {}: the weight '{}' is not a number of 0 or more", path,
         line, text);
  return weight;
}

}  // namespace

IdfCounter::IdfCounter(const Tokenizer& tokenizer)
    : tokenizer_(tokenizer),
      counts_(tokenizer.vocab_size()),
      seen_(tokenizer.vocab_size()),
      last_seen_(tokenizer.vocab_size()) {}

void IdfCounter::add(std::span<const std::string_view> texts, ThreadPool& pool) {
  const std::size_t parts = (texts.size() + kTextsAPart - 1) / kTextsAPart;
  std::vector<PackedIds> packed(parts);
  TokenizeOptions options;
  options.add_special_tokens = false;
  options.max_length = TokenizeOptions::kNoTruncation;
  pool.run(parts, [&](std::size_t part, int) {
    const std::size_t begin = part * kTextsAPart;
    tokenizer_.encode_packed(texts.subspan(begin, std::min(kTextsAPart, texts.size() - begin)),
                             options, packed[part]);
  });
  for (const PackedIds& p : packed)
    for (std::size_t b = 0; b + 1 < p.offsets.size(); ++b) {
      ++documents_;
      for (std::size_t i = p.offsets[b]; i < p.offsets[b + 1]; ++i) {
        const std::uint32_t id = p.ids[i];
        if (id >= counts_.size()) continue;
        ++tokens_;
        ++seen_[id];
        if (last_seen_[id] == documents_) continue;
        last_seen_[id] = documents_;
        ++counts_[id];
      }
    }
}

std::vector<float> IdfCounter::weights(TokenWeighting weighting) const {
  constexpr double kSmoothing = 1e-3;
  std::vector<float> weights(counts_.size());
  const double all = 1.0 + static_cast<double>(documents_);
  const double tokens = std::max(1.0, static_cast<double>(tokens_));
  for (std::size_t id = 0; id < weights.size(); ++id) {
    if (tokenizer_.is_special(static_cast<std::uint32_t>(id))) continue;
    const double weight = weighting == TokenWeighting::idf
                              ? std::log(all / (1.0 + static_cast<double>(counts_[id]))) + 1.0
                              : kSmoothing / (kSmoothing + static_cast<double>(seen_[id]) / tokens);
    weights[id] = static_cast<float>(weight);
  }
  return weights;
}

void IdfCounter::save(const std::string& path, TokenWeighting weighting) const {
  const std::vector<float> weights = this->weights(weighting);
  io::AtomicFile file = io::AtomicFile::create(path);
  for (std::size_t id = 0; id < weights.size(); ++id) {
    const std::string token = tokenizer_.id_to_token(static_cast<std::uint32_t>(id));
    // Also left out: a token whose spelling names another id, which would overwrite that one.
    if (token.empty() || token.find_first_of("\n\r") != std::string::npos ||
        tokenizer_.token_to_id(token) != static_cast<std::uint32_t>(id))
      continue;
    file.write(fmt::format("{}\t{}\n", token, weights[id]));
  }
  file.commit();
}

std::vector<float> load_token_weights(const std::string& path, const Tokenizer& tokenizer) {
  std::vector<float> weights(tokenizer.vocab_size(), 1.0F);
  for (std::size_t id = 0; id < weights.size(); ++id)
    if (tokenizer.is_special(static_cast<std::uint32_t>(id))) weights[id] = 0.0F;

  io::TableOptions options;
  options.format = io::TableFormat::lines;
  io::TableReader reader = io::TableReader::open(path, options);
  for (io::TableRow row; reader.next(row);) {
    const std::string_view line = row.values[0];
    if (line.empty()) continue;
    const std::size_t tab = line.rfind('\t');
    if (tab == std::string_view::npos)
      fail(ErrorKind::bad_input, "{}: line {}: expected a token, a tab and a weight", path,
           row.line);
    const std::string_view token = line.substr(0, tab);
    const std::optional<std::uint32_t> id = tokenizer.token_to_id(token);
    if (!id || *id >= weights.size())
      fail(ErrorKind::bad_input,
           "{}: line {}: the tokenizer has no token '{}'; were the weights made for another model? "
           "'kindred idf MODEL CORPUS -o {}' makes them for this one",
           path, row.line, token, path);
    weights[*id] = parse_weight(line.substr(tab + 1), path, row.line);
  }
  return weights;
}

}  // namespace kindred::encode
