// Hashing a model's meaning and bytes.
#include "model/fingerprint.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/cpu.h"
#include "base/sha256.h"
#include "base/thread_pool.h"
#include "io/mapped_file.h"
#include "kindred/error.h"
#include "model/modules.h"
#include "text/configured_tokenizer.h"

namespace kindred::model {
namespace {

using nlohmann::json;

constexpr std::size_t kPiece = std::size_t{16} << 20;

json to_json(const AttentionReach& reach) {
  return json::array({reach.left, reach.right});
}

json to_json(const TransformerSpec& spec) {
  json ropes = json::array();
  for (const RopeSpec& rope : spec.ropes) {
    ropes.push_back({{"inverse_frequencies", rope.inverse_frequencies},
                     {"attention_factor", rope.attention_factor},
                     {"interleaved", rope.interleaved}});
  }
  json layers = json::array();
  for (const LayerSpec& layer : spec.layers) {
    layers.push_back({{"reach", to_json(layer.reach)},
                      {"bidirectional_reach", to_json(layer.bidirectional_reach)},
                      {"rope", layer.rope},
                      {"has_attention_norm", layer.has_attention_norm}});
  }
  return {{"vocab_size", spec.vocab_size},
          {"hidden", spec.hidden},
          {"heads", spec.heads},
          {"kv_heads", spec.kv_heads},
          {"head_dim", spec.head_dim},
          {"intermediate", spec.intermediate},
          {"embedding_scale", spec.embedding_scale},
          {"embedding_norm", spec.embedding_norm},
          {"positions", static_cast<int>(spec.positions)},
          {"position_offset", spec.position_offset},
          {"norm", static_cast<int>(spec.norm)},
          {"placement", static_cast<int>(spec.placement)},
          {"norm_eps", spec.norm_eps},
          {"final_norm", spec.final_norm},
          {"activation", static_cast<int>(spec.activation)},
          {"gated", spec.gated},
          {"attention_scale", spec.attention_scale},
          {"attention_softcap", spec.attention_softcap},
          {"qk_norm", spec.qk_norm},
          {"relative_buckets", spec.relative_buckets},
          {"relative_max_distance", spec.relative_max_distance},
          {"ropes", ropes},
          {"layers", layers}};
}

json to_json(const HeadStep& step) {
  if (step.kind == HeadStep::Kind::normalize) return {{"kind", "normalize"}};
  return {{"kind", "dense"},
          {"bias", !step.dense.linear.bias.empty()},
          {"activation", to_string(step.dense.activation)},
          {"residual", step.dense.residual}};
}

std::string hash_file(const std::string& path, ThreadPool& pool) {
  const auto file = io::MappedFile::open(path);
  file->advise_sequential();
  const std::size_t pieces = std::max<std::size_t>((file->size() + kPiece - 1) / kPiece, 1);
  std::vector<std::string> hashes(pieces);
  pool.run(pieces, [&](std::size_t piece, int) {
    Sha256 hash;
    hash.update(file->text().substr(piece * kPiece, kPiece));
    hashes[piece] = hash.finish();
  });
  Sha256 hash;
  for (const std::string& digits : hashes) hash.update(digits);
  return hash.finish();
}

struct TokenizerIdentity {
  std::string file;     // empty: none, or a GGUF file, which is its own tokenizer
  std::string changes;  // by the files beside it
};

TokenizerIdentity identify_tokenizer(const ModelDirectory& directory) {
  const std::string& path = directory.tokenizer_path;
  const auto& weights = directory.weight_files;
  if (path.empty() || std::find(weights.begin(), weights.end(), path) != weights.end()) return {};
  try {
    const text::ConfiguredTokenizer opened = text::open_configured_tokenizer(path);
    return {opened.origin, opened.changes};
  } catch (const Error&) {
    // A tokenizer that cannot be opened gives no vectors; the model is named all the same.
    return {text::tokenizer_file(path), "unreadable"};
  }
}

}  // namespace

std::string normalized_configuration(const ModelDirectory& directory) {
  json head = json::array();
  for (const HeadStep& step : directory.head) head.push_back(to_json(step));
  json text = {{"static", directory.is_static},
               {"pooling", to_string(directory.pooling)},
               {"include_prompt", directory.pooling.include_prompt},
               {"head", head},
               {"truncate_dim", directory.truncate_dim.value_or(0)},
               {"lower_case", false},  // part of the tokenizer now; here for older fingerprints
               {"append_ids", directory.append_ids}};
  if (!directory.bidirectional.empty()) text["bidirectional"] = directory.bidirectional;
  if (!directory.adapter.empty()) text["adapter"] = directory.adapter;
  if (directory.chat)
    text["chat"] = {{"source", directory.chat->source},
                    {"structured", directory.chat->structured},
                    {"variables", directory.chat->variables},
                    {"restore_suffix", directory.chat->restore_suffix}};
  if (!directory.is_static) text["transformer"] = to_json(directory.spec);
  return text.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string hash_of_file(const std::string& path) {
  ThreadPool pool(available_cpus());
  return hash_file(path, pool);
}

std::string fingerprint(const ModelDirectory& directory) {
  ThreadPool pool(available_cpus());
  std::vector<std::string> weights;
  for (const std::string& path : directory.weight_files) weights.push_back(hash_file(path, pool));
  std::sort(weights.begin(), weights.end());
  Sha256 hash;
  hash.update("kindred model 1\n" + sha256(normalized_configuration(directory)) + "\n");
  const TokenizerIdentity tokenizer = identify_tokenizer(directory);
  hash.update((tokenizer.file.empty() ? "-" : hash_file(tokenizer.file, pool)) + "\n");
  for (const std::string& digits : weights) hash.update(digits + "\n");
  if (!tokenizer.changes.empty()) hash.update("tokenizer " + sha256(tokenizer.changes) + "\n");
  return hash.finish();
}

}  // namespace kindred::model
