#include "io/torch_container.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "base/error.h"
#include "io/zip_archive.h"

namespace kindred::io {
namespace {

using Kind = PickleValue::Kind;

// torch.XStorage
constexpr TorchType kStorageTypes[] = {
    {"Double", DType::f64, 8}, {"Float", DType::f32, 4},
    {"Half", DType::f16, 2},   {"BFloat16", DType::bf16, 2},
    {"Long", DType::i64, 8},   {"Int", DType::i32, 4},
    {"Short", DType::i16, 2},  {"Char", DType::i8, 1},
    {"Byte", DType::u8, 1},    {"Bool", DType::boolean, 1},
    {"Untyped", DType::u8, 1}, {"ComplexDouble", {}, 16},
    {"ComplexFloat", {}, 8},   {"QInt32", {}, 4},
    {"QInt8", {}, 1},          {"QUInt8", {}, 1},
    {"QUInt4x2", {}, 1},       {"QUInt2x4", {}, 1},
};

// torch.x, which tensors over untyped storages name.
constexpr TorchType kElementTypes[] = {
    {"float64", DType::f64, 8},   {"float32", DType::f32, 4}, {"float16", DType::f16, 2},
    {"bfloat16", DType::bf16, 2}, {"int64", DType::i64, 8},   {"int32", DType::i32, 4},
    {"int16", DType::i16, 2},     {"int8", DType::i8, 1},     {"uint64", DType::u64, 8},
    {"uint32", DType::u32, 4},    {"uint16", DType::u16, 2},  {"uint8", DType::u8, 1},
    {"bool", DType::boolean, 1},  {"complex32", {}, 4},       {"complex64", {}, 8},
    {"complex128", {}, 16},       {"float8_e4m3fn", {}, 1},   {"float8_e4m3fnuz", {}, 1},
    {"float8_e5m2", {}, 1},       {"float8_e5m2fnuz", {}, 1}, {"float8_e8m0fnu", {}, 1},
    {"float4_e2m1fn_x2", {}, 1},
};

// The rest of what a state_dict may name: containers, what builds tensors, and arguments of those.
constexpr std::string_view kGlobals[] = {
    "collections.OrderedDict",
    "torch.Size",
    "torch.Tensor",
    "torch._tensor._rebuild_from_type_v2",
    "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_parameter_with_state",
    "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_tensor_v3",
    "torch.device",
    "torch.nn.parameter.Buffer",
    "torch.nn.parameter.Parameter",
};

std::optional<TorchType> find_type(std::string_view name, std::span<const TorchType> types) {
  const auto found = std::find_if(types.begin(), types.end(),
                                  [&](const TorchType& type) { return type.name == name; });
  return found == types.end() ? std::nullopt : std::optional(*found);
}

bool is_allowed(std::string_view global) {
  return std::find(std::begin(kGlobals), std::end(kGlobals), global) != std::end(kGlobals) ||
         storage_type(global) || element_type(global);
}

bool is_allowed_nowhere(std::string_view /*global*/) {
  return false;
}

// The number 0x1950a86a20f9469cfc6c, pickled.
constexpr std::string_view kStreamMagic("\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19.", 13);
// Before it lie the protocol and, in newer ones, the length of a frame.
constexpr std::size_t kStreamMagicBegins[] = {2, 11};
constexpr std::int64_t kStreamVersion = 1001;

template <typename... Args>
[[noreturn]] void corrupt(const MappedFile& file, fmt::format_string<Args...> format,
                          Args&&... args) {
  fail(ErrorKind::corrupt, "{}: {}; the file is damaged or cut short, get it again", file.path(),
       fmt::format(format, std::forward<Args>(args)...));
}

[[noreturn]] void refuse_big_endian(const MappedFile& file) {
  fail(ErrorKind::unsupported,
       "{}: was written on a big-endian machine; save the model as safetensors there", file.path());
}

/// What lies in front of "data.pkl" in every entry's name: the archive's own name and a slash.
std::string archive_prefix(const ZipArchive& archive, const MappedFile& file) {
  constexpr std::string_view kPickle = "data.pkl";
  for (const auto& [name, entry] : archive) {
    if (!name.ends_with(kPickle)) continue;
    std::string prefix = name.substr(0, name.size() - kPickle.size());
    const std::size_t slash = prefix.find('/');
    if (prefix.empty() || slash == prefix.size() - 1) return prefix;
  }
  fail(ErrorKind::unsupported,
       "{}: is a zip archive without data.pkl, which torch.save puts into every file", file.path());
}

}  // namespace

std::optional<TorchType> storage_type(std::string_view global) {
  constexpr std::string_view kEnding = "Storage";
  if (!global.ends_with(kEnding)) return std::nullopt;
  global.remove_suffix(kEnding.size());
  for (const std::string_view module : {"torch.cuda.", "torch.storage.", "torch."}) {
    if (global.starts_with(module)) return find_type(global.substr(module.size()), kStorageTypes);
  }
  return std::nullopt;
}

std::optional<TorchType> element_type(std::string_view global) {
  constexpr std::string_view kModule = "torch.";
  if (!global.starts_with(kModule)) return std::nullopt;
  return find_type(global.substr(kModule.size()), kElementTypes);
}

TorchContainer TorchContainer::open(const std::shared_ptr<const MappedFile>& file) {
  const std::string_view text = file->text();
  if (ZipArchive::begins(text)) return open_zip(file);
  if (text.starts_with('\x80')) return open_stream(file);
  constexpr std::size_t kTarMagic = 257;
  if (text.size() > kTarMagic && text.substr(kTarMagic).starts_with("ustar")) {
    fail(ErrorKind::unsupported, "{}: is of PyTorch 0.1; save it again with a newer one",
         file->path());
  }
  corrupt(*file, "{}", "is no file of torch.save");
}

TorchContainer TorchContainer::open_zip(const std::shared_ptr<const MappedFile>& file) {
  const ZipArchive archive(file);
  const std::string prefix = archive_prefix(archive, *file);
  if (archive.has(prefix + "constants.pkl")) {
    fail(ErrorKind::unsupported,
         "{}: is a compiled program (TorchScript), not weights; save the model's state_dict() as "
         "safetensors",
         file->path());
  }
  const std::string order = prefix + "byteorder";
  if (archive.has(order) && archive.read(order) != "little") refuse_big_endian(*file);
  TorchContainer container(
      file, Pickle::read(archive.read(prefix + "data.pkl"), file->path(), is_allowed));
  const std::string folder = prefix + "data/";
  for (const auto& [name, entry] : archive) {
    if (!name.starts_with(folder)) continue;
    container.storages_.emplace(name.substr(folder.size()), archive.read(name));
  }
  return container;
}

// Magic number, version, what the machine was like, the object, the keys of the storages; then each
// storage's number of elements and its bytes.
TorchContainer TorchContainer::open_stream(const std::shared_ptr<const MappedFile>& file) {
  const std::string_view text = file->text();
  std::size_t position = 0;
  for (const std::size_t begin : kStreamMagicBegins) {
    if (text.size() < begin || !text.substr(begin).starts_with(kStreamMagic)) continue;
    position = begin + kStreamMagic.size();
  }
  if (position == 0) {
    fail(ErrorKind::unsupported,
         "{}: is a Python pickle that torch.save did not write; save the model again as "
         "safetensors",
         file->path());
  }
  const auto next = [&](bool (*allowed)(std::string_view)) {
    Pickle pickle = Pickle::read(text.substr(position), file->path(), allowed);
    position += pickle.size();
    return pickle;
  };
  const Pickle version = next(is_allowed_nowhere);
  if (version.root().kind != Kind::integer || version.root().integer != kStreamVersion) {
    fail(ErrorKind::unsupported, "{}: is of a version of torch.save's format that nobody uses",
         file->path());
  }
  const Pickle machine = next(is_allowed_nowhere);
  for (std::size_t i = 0; i + 1 < machine.root().items.size(); i += 2) {
    const PickleValue& value = machine[machine.root().items[i + 1]];
    if (machine[machine.root().items[i]].text == "little_endian" && value.integer == 0) {
      refuse_big_endian(*file);
    }
  }
  TorchContainer container(file, next(is_allowed));
  container.place_storages(position);
  return container;
}

void TorchContainer::place_storages(std::size_t position) {
  const std::string_view text = file_->text();
  const Pickle keys = Pickle::read(text.substr(position), file_->path(), is_allowed_nowhere);
  position += keys.size();
  // The size of an element is in the object's pickle.
  std::unordered_map<std::string_view, std::size_t> sizes;
  for (const PickleValue& value : pickle_.values()) {
    if (value.kind != Kind::persistent) continue;
    const std::vector<PickleId>& parts = pickle_[value.arguments].items;
    if (parts.size() < 3) continue;
    const auto type = storage_type(pickle_[parts[1]].text);
    if (type) sizes.emplace(pickle_[parts[2]].text, type->bytes);
  }
  for (const PickleId id : keys.root().items) {
    const std::string_view key = keys[id].text;
    const auto size = sizes.find(key);
    if (size == sizes.end()) corrupt(*file_, "no tensor says what storage {} holds", key);
    std::uint64_t elements = 0;
    if (text.size() - position < sizeof(elements)) corrupt(*file_, "storage {} is missing", key);
    std::memcpy(&elements, text.data() + position, sizeof(elements));
    position += sizeof(elements);
    if (elements > (text.size() - position) / size->second) {
      corrupt(*file_, "storage {} says that it has {} elements where {} bytes are left", key,
              elements, text.size() - position);
    }
    const std::size_t bytes = elements * size->second;
    if (!storages_.emplace(key, text.substr(position, bytes)).second) {
      corrupt(*file_, "storage {} appears twice", key);
    }
    position += bytes;
  }
}

TorchStorage TorchContainer::storage(const PickleValue& persistent) const {
  // ("storage", type, key, location, elements) and, in streams, a part of the storage or None.
  const std::vector<PickleId>& parts = pickle_[persistent.arguments].items;
  const auto part = [&](std::size_t i) -> const PickleValue& { return pickle_[parts[i]]; };
  if (persistent.kind != Kind::persistent || parts.size() < 5 || part(0).text != "storage") {
    corrupt(*file_, "{}", "a tensor has no storage");
  }
  const auto type = storage_type(part(1).text);
  const std::string_view key = part(2).text;
  const std::int64_t elements = part(4).integer;
  if (!type || part(4).kind != Kind::integer || elements < 0) {
    corrupt(*file_, "storage {} has no type or no size", key);
  }
  TorchStorage result{*type, {}};
  const auto found = storages_.find(std::string(key));
  if (found == storages_.end()) {
    if (elements == 0) return result;
    corrupt(*file_, "storage {} is missing", key);
  }
  result.bytes = found->second;
  const std::size_t size = type->bytes;
  const auto cut = [&](std::uint64_t begin, std::uint64_t count) {
    const std::uint64_t there = result.bytes.size() / size;
    if (begin > there || count > there - begin) {
      corrupt(*file_, "storage {} has {} elements where {} at {} are needed", key, there, count,
              begin);
    }
    result.bytes = result.bytes.substr(begin * size, count * size);
  };
  cut(0, static_cast<std::uint64_t>(elements));
  if (parts.size() > 5 && part(5).kind == Kind::tuple) {
    const std::vector<PickleId>& view = part(5).items;  // (key, begin, elements)
    if (view.size() != 3 || pickle_[view[1]].integer < 0 || pickle_[view[2]].integer < 0) {
      corrupt(*file_, "a part of storage {} has no place", key);
    }
    cut(static_cast<std::uint64_t>(pickle_[view[1]].integer),
        static_cast<std::uint64_t>(pickle_[view[2]].integer));
  }
  return result;
}

}  // namespace kindred::io
