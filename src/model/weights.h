// Tensors by name from several files, and a spec's weights picked from them. Tested by
// weights_test.cc.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/gguf.h"
#include "io/safetensors.h"
#include "io/torch_file.h"
#include "model/architecture.h"
#include "model/spec.h"

namespace kindred::model {

/// The tensors of one module, whatever format they came in. Views stay valid while the set or a
/// copy of `storage()` lives.
class TensorSet {
 public:
  /// Scales of Kindred's own int8 files ("X.weight_scale", F32, one a row of the I8 matrix
  /// "X.weight") are hung on their matrices. Errors: corrupt where they do not fit.
  /// Tensors of types that Kindred cannot read refuse nothing until they are asked for.
  static TensorSet from(const io::Safetensors& file);
  static TensorSet from(const io::TorchFile& file);
  static TensorSet from(const io::Gguf& file);

  const std::string& origin() const noexcept { return origin_; }
  const std::vector<io::TensorView>& tensors() const noexcept { return tensors_; }
  const io::TensorView* find(const std::string& name) const;
  bool contains(const std::string& name) const { return find(name) != nullptr; }
  std::shared_ptr<const void> storage() const noexcept { return storage_; }

  /// Of floating-point values, with this shape. Errors: not_found, naming the file and a tensor
  /// that it has; corrupt, naming both shapes; unsupported for a type that is no float or that
  /// Kindred does not have.
  io::TensorView get(const std::string& name, const std::vector<std::size_t>& shape) const;

  /// Puts `tensor` in the place of the one of its name. `storage` keeps its values.
  void replace(io::TensorView tensor, std::shared_ptr<const void> storage);

 private:
  template <typename File>
  static TensorSet from_plain(const File& file);
  void add(io::TensorView tensor);
  void attach_scales();

  std::string origin_;
  std::vector<io::TensorView> tensors_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::unordered_map<std::string, std::string> unread_;  // name → what it is
  std::shared_ptr<const void> storage_;
};

/// Picks the weights that `architecture` names, each checked against the spec. Heads, poolers and
/// layers beyond the configuration's are left alone, as `transformers` leaves them. Errors: as
/// TensorSet::get.
TransformerWeights read_weights(const Architecture& architecture, const TensorSet& tensors);

/// Calls `visit` for every tensor that is not empty; `linear` is true for the matrices of linear
/// layers (not embeddings, norms or biases).
void for_each_tensor(const TransformerWeights& weights,
                     const std::function<void(const io::TensorView&, bool linear)>& visit);

}  // namespace kindred::model
