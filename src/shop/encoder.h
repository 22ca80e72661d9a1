// The encoder of a version: products and queries to its vectors. Tested by shop_test.cc.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "catalog/prompt.h"
#include "kindred/encoder.h"
#include "shop/settings.h"

namespace kindred::shop {

/// How the encoder may run this time; vectors do not depend on it.
struct EncoderUse {
  int threads = 0;              ///< 0: one a physical core
  std::string model_path = {};  ///< where the model is now; empty: where it was
};

/// What is asked of a new version; what is not said is the model's own.
struct ModelRequest {
  std::string path;
  Precision precision = Precision::fp32;
  std::string pooling = {};
  std::optional<std::size_t> max_length = std::nullopt;
  std::optional<std::size_t> dimensions = std::nullopt;
  /// Names of the model's prompts; unset: "passage", "document" or "corpus" for products and
  /// "query" for queries where it has them, else its default one, if any.
  std::optional<std::string> passage_prompt = std::nullopt;
  std::optional<std::string> query_prompt = std::nullopt;
};

/// Threads: as Encoder.
class ShopEncoder {
 public:
  /// Errors: as Encoder::open; bad_input without vectors, and, with both fingerprints, where the
  /// model there makes other vectors than the version has.
  static ShopEncoder open(const VersionSettings& version, const EncoderUse& use = {});

  Embeddings products(std::span<const std::string> texts) const;
  Embeddings queries(std::span<const std::string> texts) const;
  std::string fingerprint() const { return encoder_.fingerprint(passages_); }
  std::string vector_space() const { return encoder_.vector_space(passages_); }
  std::size_t dimension() const;

 private:
  ShopEncoder(const ModelSettings& model, const EncoderUse& use);

  Encoder encoder_;
  EncodeOptions passages_;
  EncodeOptions queries_;
};

/// As settings keep a model's path.
std::string absolute_path(const std::string& path);

/// A version's settings with the model's own filled in: prompts, fingerprint and dimension. Its
/// number and its place are yet to be set. Errors: as Encoder::open; not_found for a prompt.
VersionSettings describe_version(const ModelRequest& request, const catalog::Prompt& prompt,
                                 const EncoderUse& use = {});

}  // namespace kindred::shop
