#include "io/safetensors.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "io/file.h"

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

  void parse(std::vector<TensorView>& tensors, std::map<std::string, std::string>& metadata) {
    const std::string_view json = header();
    simdjson::dom::element root;
    simdjson::dom::object fields;
    if (const auto error = parser_.parse(json.data(), json.size()).get(root)) {
      corrupt("its header is not JSON ({})", simdjson::error_message(error));
    }
    if (root.get(fields)) corrupt("its header is not a JSON object");
    const std::size_t first = tensors.size();
    bool has_metadata = false;
    for (const auto& [name, value] : fields) {
      if (name == "__metadata__") {
        if (std::exchange(has_metadata, true)) corrupt("__metadata__ appears twice");
        read_metadata(value, metadata);
      } else {
        tensors.push_back(read_tensor(name, value));
      }
    }
    check_coverage(tensors, first);
  }

 private:
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

  TensorView read_tensor(std::string_view name, simdjson::dom::element value) {
    std::string_view type_name;
    simdjson::dom::array shape;
    simdjson::dom::array offsets;
    if (value["dtype"].get(type_name)) corrupt("tensor {} has no dtype", name);
    if (value["shape"].get(shape)) corrupt("tensor {} has no shape", name);
    if (value["data_offsets"].get(offsets)) corrupt("tensor {} has no data_offsets", name);
    const auto type = parse_type(type_name);
    if (!type) {
      fail(ErrorKind::unsupported,
           "{}: tensor {} has elements of type {}, which Kindred does not read", file_.path(), name,
           type_name);
    }
    TensorView tensor;
    tensor.name = name;
    tensor.dtype = *type;
    tensor.file = &file_;
    tensor.shape = read_sizes(name, "shape", shape);
    const std::vector<std::size_t> range = read_sizes(name, "data_offsets", offsets);
    const std::size_t data_bytes = file_.size() - data_begin_;
    if (range.size() != 2 || range[0] > range[1] || range[1] > data_bytes) {
      corrupt("tensor {} has data_offsets outside the file's {} bytes of data", name, data_bytes);
    }
    tensor.data = file_.data() + data_begin_ + range[0];
    tensor.bytes = range[1] - range[0];
    if (checked_bytes(tensor.dtype, tensor.shape) != tensor.bytes) {
      corrupt("tensor {} of shape [{}] and type {} does not take {} bytes", name,
              fmt::join(tensor.shape, ", "), type_name, tensor.bytes);
    }
    return tensor;
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
  void check_coverage(std::vector<TensorView>& tensors, std::size_t first) {
    const auto begin = tensors.begin() + static_cast<std::ptrdiff_t>(first);
    std::sort(begin, tensors.end(), [](const TensorView& a, const TensorView& b) {
      return std::tie(a.data, a.bytes, a.name) < std::tie(b.data, b.bytes, b.name);
    });
    const std::byte* expected = file_.data() + data_begin_;
    for (auto tensor = begin; tensor != tensors.end(); ++tensor) {
      if (tensor->data != expected) {
        corrupt("tensor {} {} the one before it", tensor->name,
                tensor->data < expected ? "overlaps" : "leaves a gap after");
      }
      expected += tensor->bytes;
    }
    const std::size_t rest = static_cast<std::size_t>(file_.data() + file_.size() - expected);
    if (rest != 0) corrupt("{} bytes follow the last tensor", rest);
  }

  const MappedFile& file_;
  simdjson::dom::parser parser_;  // owns the strings that the loops view
  std::size_t data_begin_ = 0;
};

struct ShardEntry {
  std::string tensor;
  std::string file;
};

// A shard's name comes from a file that anyone may have made: it must stay in the directory.
bool is_plain_name(std::string_view name) noexcept {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\\\0", 3)) == std::string_view::npos;
}

std::vector<ShardEntry> read_index(const std::string& path) {
  const std::string text = read_text_file(path, kMaxHeaderBytes);
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  simdjson::dom::object map;
  if (const auto error = parser.parse(text).get(root)) {
    fail(ErrorKind::corrupt, "{} is not JSON ({}); get it again", path,
         simdjson::error_message(error));
  }
  if (root["weight_map"].get(map)) {
    fail(ErrorKind::corrupt, "{} has no weight_map; it is not an index of safetensors files", path);
  }
  std::vector<ShardEntry> entries;
  for (const auto& [tensor, value] : map) {
    std::string_view file;
    if (value.get(file) || !is_plain_name(file)) {
      fail(ErrorKind::corrupt, "{}: the file of tensor {} is not the name of a file beside it",
           path, tensor);
    }
    entries.push_back({std::string(tensor), std::string(file)});
  }
  return entries;
}

}  // namespace

Safetensors Safetensors::open(const std::string& path) {
  Safetensors result;
  result.path_ = path;
  if (!has_ending(path, ".json")) {
    result.add_file(MappedFile::open(path));
    result.build_index();
    return result;
  }
  const std::vector<ShardEntry> entries = read_index(path);
  const std::size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  std::vector<std::string> files;
  files.reserve(entries.size());
  for (const ShardEntry& entry : entries) files.push_back(entry.file);
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  for (const std::string& file : files) result.add_file(MappedFile::open(directory + file));
  result.build_index();
  for (const ShardEntry& entry : entries) {
    const TensorView* tensor = result.find(entry.tensor);
    if (tensor == nullptr || tensor->file->path() != directory + entry.file) {
      fail(ErrorKind::corrupt,
           "{} says that tensor {} is in {}, but it is not; get the files again", path,
           entry.tensor, entry.file);
    }
  }
  return result;
}

void Safetensors::add_file(std::shared_ptr<const MappedFile> file) {
  HeaderParser(*file).parse(tensors_, metadata_);
  files_->push_back(std::move(file));
}

void Safetensors::build_index() {
  by_name_.reserve(tensors_.size());
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    if (!by_name_.emplace(tensors_[i].name, i).second) {
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
