#include "shop/encoder.h"

#include <filesystem>

#include "base/error.h"
#include "encode/prompt_role.h"

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
  using encode::TextRole;
  model.passage_prompt =
      encode::prompt_text(encoder.info(), TextRole::passage, request.passage_prompt);
  model.query_prompt = encode::prompt_text(encoder.info(), TextRole::query, request.query_prompt);
  EncodeOptions options;
  options.prompt = model.passage_prompt;
  options.dimensions = model.dimensions;
  version.fingerprint = encoder.fingerprint(options);
  version.dimension = model.dimensions.value_or(encoder.dimensions());
  version.prompt = prompt;
  return version;
}

}  // namespace kindred::shop
