#include "io/safetensors.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "io/file.h"
#include "io/lfs_pointer.h"
#include "io/shard_index.h"

namespace kindred::io {
namespace {

constexpr std::size_t kLengthBytes = 8;
// The reference's own limit.
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;

constexpr DType kPlainTypes[] = {DType::f64, DType::f32, DType::f16,    DType::bf16, DType::i64,
                                 DType::i32, DType::i16, DType::i8,     DType::u64,  DType::u32,
                                 DType::u16, DType::u8,  DType::boolean};

std::optional<DType> parse_type(std::string_view name) noexcept {
  for (const DType type : kPlainTypes) {
    if (to_string(type) == name) return type;
  }
  return std::nullopt;
}

// Reads one file's header; every size is checked against the file before anything follows it.
class HeaderParser {
 public:
  explicit HeaderParser(const MappedFile& file) : file_(file) {}

  using Texts = std::map<std::string, std::string, std::less<>>;

  /// The names of the file's tensors. Those of types that Kindred does not have go to `unread`.
  std::vector<std::string> parse(std::vector<TensorView>& tensors, Texts& unread,
                                 std::map<std::string, std::string>& metadata) {
    const std::string_view json = header();
    simdjson::dom::element root;
    simdjson::dom::object fields;
    if (const auto error = parser_.parse(json.data(), json.size()).get(root)) {
      corrupt("its header is not JSON ({})", simdjson::error_message(error));
    }
    if (root.get(fields)) corrupt("its header is not a JSON object");
    std::vector<Place> places;
    bool has_metadata = false;
    for (const auto& [name, value] : fields) {
      if (name == "__metadata__") {
        if (std::exchange(has_metadata, true)) corrupt("__metadata__ appears twice");
        read_metadata(value, metadata);
      } else {
        places.push_back(read_tensor(name, value));
      }
    }
    check_coverage(places);
    std::vector<std::string> names;
    for (Place& place : places) {
      names.push_back(place.tensor.name);
      if (place.unread_type.empty()) {
        tensors.push_back(std::move(place.tensor));
      } else if (!unread.emplace(place.tensor.name, place.unread_type).second) {
        corrupt("tensor {} appears twice", place.tensor.name);
      }
    }
    return names;
  }

 private:
  struct Place {
    TensorView tensor;
    std::string unread_type;  // set where Kindred has no such type
  };

  template <typename... Args>
  [[noreturn]] void corrupt(fmt::format_string<Args...> format, Args&&... args) const {
    fail(ErrorKind::corrupt, "{}: {}; the file is damaged or cut short, get it again", file_.path(),
         fmt::format(format, std::forward<Args>(args)...));
  }

  std::string_view header() {
    if (file_.size() < kLengthBytes) corrupt("{} bytes are no safetensors file", file_.size());
    std::uint64_t length;
    std::memcpy(&length, file_.data(), kLengthBytes);
    if (length > kMaxHeaderBytes) {
      corrupt("its header claims {} bytes, more than the {} allowed", length, kMaxHeaderBytes);
    }
    if (length > file_.size() - kLengthBytes) {
      corrupt("its header claims {} bytes of a file of {}", length, file_.size());
    }
    data_begin_ = kLengthBytes + static_cast<std::size_t>(length);
    return file_.text().substr(kLengthBytes, length);
  }

  void read_metadata(simdjson::dom::element value, std::map<std::string, std::string>& metadata) {
    simdjson::dom::object fields;
    if (value.get(fields)) corrupt("__metadata__ is not an object");
    for (const auto& [key, element] : fields) {
      std::string_view text;
      if (element.get(text)) corrupt("__metadata__ \"{}\" is not a string", key);
      metadata.emplace(key, text);
    }
  }

  Place read_tensor(std::string_view name, simdjson::dom::element value) {
    std::string_view type_name;
    simdjson::dom::array shape;
    simdjson::dom::array offsets;
    if (value["dtype"].get(type_name)) corrupt("tensor {} has no dtype", name);
    if (value["shape"].get(shape)) corrupt("tensor {} has no shape", name);
    if (value["data_offsets"].get(offsets)) corrupt("tensor {} has no data_offsets", name);
    Place place;
    TensorView& tensor = place.tensor;
    tensor.name = name;
    tensor.file = &file_;
    tensor.shape = read_sizes(name, "shape", shape);
    const std::vector<std::size_t> range = read_sizes(name, "data_offsets", offsets);
    const std::size_t data_bytes = file_.size() - data_begin_;
    if (range.size() != 2 || range[0] > range[1] || range[1] > data_bytes) {
      corrupt("tensor {} has data_offsets outside the file's {} bytes of data", name, data_bytes);
    }
    tensor.data = file_.data() + data_begin_ + range[0];
    tensor.bytes = range[1] - range[0];
    const auto type = parse_type(type_name);
    if (!type) {
      place.unread_type = type_name;
      return place;
    }
    tensor.dtype = *type;
    if (checked_bytes(tensor.dtype, tensor.shape) != tensor.bytes) {
      corrupt("tensor {} of shape [{}] and type {} does not take {} bytes", name,
              fmt::join(tensor.shape, ", "), type_name, tensor.bytes);
    }
    return place;
  }

  std::vector<std::size_t> read_sizes(std::string_view name, const char* what,
                                      simdjson::dom::array values) {
    std::vector<std::size_t> sizes;
    for (const simdjson::dom::element element : values) {
      std::uint64_t size;
      if (element.get(size)) corrupt("{} of tensor {} holds what is not a size", what, name);
      sizes.push_back(size);
    }
    return sizes;
  }

  // As in the reference: tensors cover the data without overlaps or gaps. Sorts them by position.
  void check_coverage(std::vector<Place>& places) {
    std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
      return std::tie(a.tensor.data, a.tensor.bytes, a.tensor.name) <
             std::tie(b.tensor.data, b.tensor.bytes, b.tensor.name);
    });
    const std::byte* expected = file_.data() + data_begin_;
    for (const auto& [tensor, unread_type] : places) {
      if (tensor.data != expected) {
        corrupt("tensor {} {} the one before it", tensor.name,
                tensor.data < expected ? "overlaps" : "leaves a gap after");
      }
      expected += tensor.bytes;
    }
    const auto rest = static_cast<std::size_t>(file_.data() + file_.size() - expected);
    if (rest != 0) corrupt("{} bytes follow the last tensor", rest);
  }

  const MappedFile& file_;
  simdjson::dom::parser parser_;  // owns the strings that the loops view
  std::size_t data_begin_ = 0;
};

}  // namespace

Safetensors Safetensors::open(const std::string& path) {
  Safetensors result;
  result.path_ = path;
  if (has_ending(path, ".json")) {
    open_shards(path, [&](const std::string& file) { return result.add_file(file); });
  } else {
    result.add_file(path);
  }
  result.build_index();
  return result;
}

std::vector<std::string> Safetensors::add_file(const std::string& path) {
  const auto file = MappedFile::open(path);
  refuse_lfs_pointer(file->text(), path);
  std::vector<std::string> names = HeaderParser(*file).parse(tensors_, unread_, metadata_);
  files_->push_back(file);
  return names;
}

void Safetensors::build_index() {
  by_name_.reserve(tensors_.size());
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (!by_name_.emplace(tensors_[i].name, i).second || unread_.contains(tensors_[i].name)) {
      fail(ErrorKind::corrupt, "{}: tensor {} appears twice; get the file again", path_,
           tensors_[i].name);
    }
  }
}

const TensorView* Safetensors::find(std::string_view name) const noexcept {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &tensors_[found->second];
}

const TensorView& Safetensors::at(std::string_view name) const {
  if (const TensorView* tensor = find(name)) return *tensor;
  if (const auto found = unread_.find(name); found != unread_.end()) {
    fail(ErrorKind::unsupported,
         "{}: tensor {} has elements of type {}, which Kindred does not read", path_, name,
         found->second);
  }
  fail(ErrorKind::not_found, "{} has no tensor {}; it has {}{}{}", path_, name, tensors_.size(),
       tensors_.empty() ? "" : ", such as ", tensors_.empty() ? "" : tensors_.front().name);
}

std::vector<std::string> Safetensors::files() const {
  std::vector<std::string> paths;
  paths.reserve(files_->size());
  for (const auto& file : *files_) paths.push_back(file->path());
  return paths;
}

}  // namespace kindred::io
