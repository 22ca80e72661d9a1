#include "shop/encoder.h"

#include <filesystem>
#include <initializer_list>
#include <string_view>

#include "base/error.h"

namespace kindred::shop {
namespace {

EncoderOptions options_of(const ModelSettings& model, const EncoderUse& use) {
  EncoderOptions options;
  options.precision = model.precision;
  options.pooling = model.pooling;
  options.max_length = model.max_length;
  options.threads = use.threads;
  return options;
}

const std::string& path_of(const ModelSettings& model, const EncoderUse& use) {
  return use.model_path.empty() ? model.path : use.model_path;
}

std::string prompt_text(const ModelInfo& info, const std::optional<std::string>& asked,
                        std::initializer_list<std::string_view> usual) {
  const auto& prompts = info.prompts;
  if (asked) {
    const auto found = prompts.find(*asked);
    if (found != prompts.end()) return found->second;
    std::vector<std::string> names;
    names.reserve(prompts.size());
    for (const auto& [name, text] : prompts) names.push_back(name);
    fail(ErrorKind::not_found, "{} has no prompt named '{}'; it has: {}", info.path, *asked,
         names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
  }
  for (const std::string_view name : usual) {
    const auto found = prompts.find(std::string(name));
    if (found != prompts.end()) return found->second;
  }
  const auto found = prompts.find(info.default_prompt);
  return found == prompts.end() ? std::string() : found->second;
}

}  // namespace

ShopEncoder::ShopEncoder(const ModelSettings& model, const EncoderUse& use)
    : encoder_(Encoder::open(path_of(model, use), options_of(model, use))) {
  passages_.prompt = model.passage_prompt;
  passages_.dimensions = model.dimensions;
  queries_.prompt = model.query_prompt;
  queries_.dimensions = model.dimensions;
}

ShopEncoder ShopEncoder::open(const VersionSettings& version, const EncoderUse& use) {
  version.check_vectors("an encoder");
  ShopEncoder encoder(version.model, use);
  const std::string fingerprint = encoder.fingerprint();
  if (fingerprint != version.fingerprint) {
    fail(ErrorKind::bad_input,
         "version {} of the shop has vectors of the encoder {}, and {} is {}; give the model that "
         "made them, or index anew with this one: kindred reindex SHOP --model {}",
         version.number, version.fingerprint, path_of(version.model, use), fingerprint,
         path_of(version.model, use));
  }
  return encoder;
}

Embeddings ShopEncoder::products(std::span<const std::string> texts) const {
  return encoder_.encode(texts, passages_);
}

Embeddings ShopEncoder::queries(std::span<const std::string> texts) const {
  return encoder_.encode(texts, queries_);
}

std::size_t ShopEncoder::dimension() const {
  return passages_.dimensions.value_or(encoder_.dimensions());
}

std::string absolute_path(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

VersionSettings describe_version(const ModelRequest& request, const catalog::Prompt& prompt,
                                 const EncoderUse& use) {
  VersionSettings version;
  ModelSettings& model = version.model;
  model.path = absolute_path(request.path);
  model.precision = request.precision;
  model.pooling = request.pooling;
  model.max_length = request.max_length;
  model.dimensions = request.dimensions;
  const Encoder encoder = Encoder::open(model.path, options_of(model, use));
  model.passage_prompt =
      prompt_text(encoder.info(), request.passage_prompt, {"passage", "document", "corpus"});
  model.query_prompt = prompt_text(encoder.info(), request.query_prompt, {"query"});
  EncodeOptions options;
  options.prompt = model.passage_prompt;
  options.dimensions = model.dimensions;
  version.fingerprint = encoder.fingerprint(options);
  version.dimension = model.dimensions.value_or(encoder.dimensions());
  version.prompt = prompt;
  return version;
}

}  // namespace kindred::shop
