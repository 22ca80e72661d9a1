#include "io/torch_file.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "base/error.h"
#include "io/file.h"
#include "io/lfs_pointer.h"
#include "io/shard_index.h"
#include "io/torch_container.h"

namespace kindred::io {
namespace {

using Kind = PickleValue::Kind;

constexpr std::size_t kMaxDimensions = 64;  // PyTorch's own limit
constexpr int kMaxWrappers = 4;             // of a tensor: a parameter, with attributes …

/// A tensor as PyTorch describes it: a view of a storage.
struct TorchTensor {
  TorchType type;
  std::string_view storage;  // its bytes, those before the first element left out
  std::vector<std::size_t> shape;
  std::vector<std::size_t> strides;  // in elements
  std::size_t elements = 0;

  bool contiguous() const {
    std::size_t expected = 1;
    for (std::size_t d = shape.size(); d-- > 0;) {
      if (shape[d] != 1 && strides[d] != expected) return false;
      expected *= shape[d];
    }
    return true;
  }
};

/// Copies the elements of a view into row-major order.
template <std::size_t kBytes>
void gather_elements(const TorchTensor& tensor, std::byte* out) {
  const std::size_t dimensions = tensor.shape.size();
  const std::size_t columns = tensor.shape.back();
  const std::size_t step = tensor.strides.back() * kBytes;
  std::vector<std::size_t> place(dimensions, 0);
  for (std::size_t row = 0; row < tensor.elements / columns; ++row) {
    std::size_t begin = 0;
    for (std::size_t d = 0; d + 1 < dimensions; ++d) begin += place[d] * tensor.strides[d];
    const char* in = tensor.storage.data() + begin * kBytes;
    for (std::size_t i = 0; i < columns; ++i) {
      std::memcpy(out, in + i * step, kBytes);
      out += kBytes;
    }
    for (std::size_t d = dimensions - 1; d-- > 0 && ++place[d] == tensor.shape[d];) place[d] = 0;
  }
}

void gather(const TorchTensor& tensor, std::byte* out) {
  switch (tensor.type.bytes) {
    case 1:
      return gather_elements<1>(tensor, out);
    case 2:
      return gather_elements<2>(tensor, out);
    case 4:
      return gather_elements<4>(tensor, out);
    default:
      return gather_elements<8>(tensor, out);
  }
}

/// Finds the tensors of one file's pickle.
class StateReader {
 public:
  StateReader(const MappedFile& file, const TorchContainer& container)
      : file_(file), container_(container), pickle_(container.pickle()) {}

  /// The items of the state_dict: key, value, key, value …
  std::vector<PickleId> items() const {
    std::vector<PickleId> items = items_of(pickle_.root());
    // Training programs wrap it.
    for (std::size_t i = 0; i < items.size(); i += 2) {
      if (pickle_[items[i]].text == "state_dict") return items_of(pickle_[items[i + 1]]);
    }
    return items;
  }

  /// Nothing for a value that is no tensor.
  std::optional<TorchTensor> tensor(std::string_view name, const PickleValue& value) const {
    return tensor(name, value, 0);
  }

  template <typename... Args>
  [[noreturn]] void corrupt(fmt::format_string<Args...> format, Args&&... args) const {
    fail(ErrorKind::corrupt, "{}: {}; the file is damaged, get it again", file_.path(),
         fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  std::vector<PickleId> items_of(const PickleValue& value) const {
    if (value.kind == Kind::dict) return value.items;
    if (value.kind == Kind::call && pickle_[value.callable].text == "collections.OrderedDict") {
      std::vector<PickleId> items;
      // Python 2 gives the pairs to the call: OrderedDict([[key, value], …]).
      const std::vector<PickleId>& arguments = pickle_[value.arguments].items;
      if (!arguments.empty()) {
        for (const PickleId pair : pickle_[arguments[0]].items) {
          const std::vector<PickleId>& parts = pickle_[pair].items;
          if (parts.size() == 2) items.insert(items.end(), parts.begin(), parts.end());
        }
      }
      items.insert(items.end(), value.items.begin(), value.items.end());
      return items;
    }
    fail(ErrorKind::unsupported,
         "{}: holds no state_dict (tensors by name); save the model's state_dict() as safetensors",
         file_.path());
  }

  std::optional<TorchTensor> tensor(std::string_view name, const PickleValue& value,
                                    int depth) const {
    if (value.kind != Kind::call) return std::nullopt;
    return build(name, pickle_[value.callable].text, pickle_[value.arguments].items, depth);
  }

  std::optional<TorchTensor> build(std::string_view name, std::string_view function,
                                   const std::vector<PickleId>& arguments, int depth) const {
    if (depth > kMaxWrappers) corrupt("tensor {} is wrapped too often", name);
    const auto need = [&](std::size_t count) {
      if (arguments.size() < count) corrupt("tensor {} is not described in full", name);
    };
    if (function == "torch._utils._rebuild_parameter" ||
        function == "torch._utils._rebuild_parameter_with_state") {
      need(1);
      return tensor(name, pickle_[arguments[0]], depth + 1);
    }
    if (function == "torch._tensor._rebuild_from_type_v2") {
      need(3);
      return build(name, pickle_[arguments[0]].text, pickle_[arguments[2]].items, depth + 1);
    }
    if (!function.starts_with("torch._utils._rebuild_tensor")) return std::nullopt;
    need(4);
    TorchTensor result;
    const TorchStorage storage = container_.storage(pickle_[arguments[0]]);
    result.type = storage.type;
    const bool untyped = function.ends_with("_v3");
    if (untyped) {
      need(7);
      const auto type = element_type(pickle_[arguments[6]].text);
      if (!type) corrupt("tensor {} has no element type", name);
      result.type = *type;
    }
    result.shape = sizes(name, pickle_[arguments[2]]);
    result.strides = sizes(name, pickle_[arguments[3]]);
    place(name, storage.bytes, size(name, pickle_[arguments[1]]), result);
    // After the arguments that every version wrote: {"conj": True}, {"neg": True} or nothing.
    const std::size_t flags = untyped ? 7 : 6;
    if (arguments.size() > flags && !pickle_[arguments[flags]].items.empty()) {
      result.type = {"a conjugate or negated view", std::nullopt, result.type.bytes};
    }
    return result;
  }

  std::size_t size(std::string_view name, const PickleValue& value) const {
    if (value.kind != Kind::integer || value.integer < 0) {
      corrupt("tensor {} has a size that is none", name);
    }
    return static_cast<std::size_t>(value.integer);
  }

  std::vector<std::size_t> sizes(std::string_view name, const PickleValue& value) const {
    const PickleValue* tuple = &value;
    if (value.kind == Kind::call && pickle_[value.callable].text == "torch.Size") {
      const std::vector<PickleId>& arguments = pickle_[value.arguments].items;
      if (arguments.size() == 1) tuple = &pickle_[arguments[0]];
    }
    if (tuple->kind != Kind::tuple && tuple->kind != Kind::list) {
      corrupt("tensor {} has no shape", name);
    }
    if (tuple->items.size() > kMaxDimensions) {
      corrupt("tensor {} has {} dimensions", name, tuple->items.size());
    }
    std::vector<std::size_t> result;
    for (const PickleId id : tuple->items) result.push_back(size(name, pickle_[id]));
    return result;
  }

  /// Checks that every element lies in the storage.
  void place(std::string_view name, std::string_view bytes, std::size_t offset,
             TorchTensor& tensor) const {
    const std::size_t there = bytes.size() / tensor.type.bytes;
    const auto elements = checked_elements(tensor.shape);
    bool fits = elements && tensor.strides.size() == tensor.shape.size() && offset <= there;
    std::size_t last = 0;
    for (std::size_t d = 0; fits && *elements > 0 && d < tensor.shape.size(); ++d) {
      std::size_t reach = 0;
      fits = !__builtin_mul_overflow(tensor.shape[d] - 1, tensor.strides[d], &reach) &&
             !__builtin_add_overflow(last, reach, &last);
    }
    if (!fits || (*elements > 0 && last >= there - offset)) {
      corrupt(
          "tensor {} of shape [{}] with strides [{}] from element {} on does not lie in its "
          "storage of {}",
          name, fmt::join(tensor.shape, ", "), fmt::join(tensor.strides, ", "), offset, there);
    }
    tensor.elements = *elements;
    tensor.storage = bytes.substr(offset * tensor.type.bytes);
  }

  const MappedFile& file_;
  const TorchContainer& container_;
  const Pickle& pickle_;
};

}  // namespace

TorchFile TorchFile::open(const std::string& path) {
  TorchFile result;
  result.path_ = path;
  if (has_ending(path, ".json")) {
    open_shards(path, [&](const std::string& file) { return result.add_file(file); });
  } else {
    result.add_file(path);
  }
  return result;
}

std::vector<std::string> TorchFile::add_file(const std::string& path) {
  const auto file = MappedFile::open(path);
  refuse_lfs_pointer(file->text(), path);
  memory_->files.push_back(file);
  const TorchContainer container = TorchContainer::open(file);
  const StateReader reader(*file, container);
  std::vector<std::string> names;
  std::size_t copied = 0;
  const std::vector<PickleId> items = reader.items();
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    const std::string name(container.pickle()[items[i]].text);
    if (container.pickle()[items[i]].kind != Kind::text) continue;
    const auto tensor = reader.tensor(name, container.pickle()[items[i + 1]]);
    if (!tensor) continue;  // numbers and texts may lie beside the tensors
    if (!names_.insert(name).second) reader.corrupt("tensor {} appears twice", name);
    names.push_back(name);
    if (!tensor->type.dtype) {
      unread_.emplace(name, tensor->type.name);
      continue;
    }
    TensorView view;
    view.name = name;
    view.dtype = *tensor->type.dtype;
    view.shape = tensor->shape;
    view.bytes = tensor->elements * tensor->type.bytes;
    if (tensor->elements == 0 || tensor->contiguous()) {
      view.data = tensor->elements == 0
                      ? file->data()
                      : reinterpret_cast<const std::byte*>(tensor->storage.data());
      view.file = file.get();
    } else {
      // Copies never take more than the file: a small file cannot ask for much memory.
      if (view.bytes > file->size() - copied) {
        unread_.emplace(name, "a view that repeats its elements");
        continue;
      }
      copied += view.bytes;
      auto& copy = memory_->copies.emplace_back(std::make_unique<std::byte[]>(view.bytes));
      gather(*tensor, copy.get());
      view.data = copy.get();
    }
    tensors_.push_back(std::move(view));
  }
  return names;
}

std::vector<std::string> TorchFile::files() const {
  std::vector<std::string> paths;
  paths.reserve(memory_->files.size());
  for (const auto& file : memory_->files) paths.push_back(file->path());
  return paths;
}

}  // namespace kindred::io
