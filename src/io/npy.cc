#include "io/npy.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "io/atomic_file.h"

namespace kindred::io {
namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
// A header is a line of text; NumPy itself reads at most 10,000 characters unless told to trust the
// file.
constexpr std::size_t kMaxHeaderBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxDimensions = 64;  // NumPy 2's own limit
constexpr std::size_t kSizeDigits = 20;     // of 2^64 - 1

struct TypeName {
  std::string_view name;  // without the byte order
  DType type;
};
constexpr TypeName kTypes[] = {
    {"f8", DType::f64}, {"f4", DType::f32}, {"f2", DType::f16}, {"i8", DType::i64},
    {"i4", DType::i32}, {"i2", DType::i16}, {"i1", DType::i8},  {"u8", DType::u64},
    {"u4", DType::u32}, {"u2", DType::u16}, {"u1", DType::u8},  {"b1", DType::boolean},
};

// Parses the Python dictionary literal of a header.
class HeaderText {
 public:
  HeaderText(std::string_view text, const std::string& origin) : text_(text), origin_(origin) {}

  template <typename... Args>
  [[noreturn]] void corrupt(fmt::format_string<Args...> format, Args&&... args) const {
    fail(ErrorKind::corrupt, "{}: {}; it is not a whole .npy file", origin_,
         fmt::format(format, std::forward<Args>(args)...));
  }

  TensorView parse() {
    TensorView tensor;
    tensor.name = origin_;
    bool has_type = false;
    bool has_shape = false;
    bool has_order = false;
    bool fortran = false;
    expect('{');
    while (!accept('}')) {
      const std::string_view key = string();
      expect(':');
      if (key == "descr") {
        tensor.dtype = type();
        has_type = true;
      } else if (key == "fortran_order") {
        fortran = boolean();
        has_order = true;
      } else if (key == "shape") {
        tensor.shape = shape();
        has_shape = true;
      } else {
        corrupt("its header has the unknown key {}", key);
      }
      if (!accept(',') && peek() != '}') corrupt("its header lacks a comma");
    }
    skip_blanks();
    if (at_ != text_.size()) corrupt("its header goes on after the closing brace");
    if (!has_type || !has_shape || !has_order) {
      corrupt("its header lacks one of descr, fortran_order and shape");
    }
    const auto longer = [](std::size_t dimension) { return dimension > 1; };
    if (fortran && std::count_if(tensor.shape.begin(), tensor.shape.end(), longer) > 1) {
      fail(ErrorKind::unsupported,
           "{} is in Fortran order; save it with numpy.ascontiguousarray(array)", origin_);
    }
    return tensor;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }

  char peek() {
    skip_blanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  bool accept(char wanted) {
    if (peek() != wanted) return false;
    ++at_;
    return true;
  }

  void expect(char wanted) {
    if (!accept(wanted)) corrupt("its header lacks a '{}'", wanted);
  }

  std::string_view string() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') corrupt("its header lacks a string");
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) corrupt("its header has an open string");
    const std::string_view value = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return value;
  }

  bool boolean() {
    skip_blanks();
    for (const auto& [word, value] : {std::pair("True", true), std::pair("False", false)}) {
      if (text_.substr(at_).starts_with(word)) {
        at_ += std::strlen(word);
        return value;
      }
    }
    corrupt("fortran_order of its header is neither True nor False");
  }

  DType type() {
    if (peek() == '[') {
      fail(ErrorKind::unsupported, "{} holds records of several fields; save a plain array",
           origin_);
    }
    const std::string_view name = string();
    const std::string_view kind = name.empty() ? name : name.substr(1);
    for (const TypeName& type : kTypes) {
      if (kind != type.name) continue;
      const char order = name[0];
      const bool one_byte = block_size(type.type).bytes == 1;
      if (order == '<' || order == '=' || order == '|' || (order == '>' && one_byte)) {
        return type.type;
      }
    }
    fail(ErrorKind::unsupported,
         "{} has elements of type '{}'; Kindred reads little-endian numbers (save it with "
         "array.astype('<f4'))",
         origin_, name);
  }

  std::vector<std::size_t> shape() {
    std::vector<std::size_t> sizes;
    expect('(');
    while (!accept(')')) {
      skip_blanks();
      std::size_t size = 0;
      const char* begin = text_.data() + at_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), size);
      if (error != std::errc()) corrupt("the shape in its header is not a list of sizes");
      at_ += static_cast<std::size_t>(end - begin);
      accept('L');  // written by Python 2
      sizes.push_back(size);
      if (sizes.size() > kMaxDimensions) corrupt("its shape has too many dimensions");
      if (!accept(',') && peek() != ')') corrupt("the shape in its header lacks a comma");
    }
    return sizes;
  }

  std::string_view text_;
  const std::string& origin_;
  std::size_t at_ = 0;
};

std::string type_text(DType type) {
  const auto* found = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [&](const TypeName& name) { return name.type == type; });
  if (found == std::end(kTypes)) {
    fail(ErrorKind::unsupported, ".npy has no type for {}; write .safetensors", to_string(type));
  }
  return (block_size(type).bytes == 1 ? "|" : "<") + std::string(found->name);
}

}  // namespace

TensorView parse_npy_header(std::span<const std::byte> bytes, const std::string& origin,
                            std::size_t& header_bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto corrupt = [&](std::string_view what) {
    fail(ErrorKind::corrupt, "{} {}; it is not a whole .npy file", origin, what);
  };
  if (!text.starts_with(kMagic) || text.size() < 10) corrupt("does not begin with a NumPy header");
  const int version = static_cast<unsigned char>(text[6]);
  if (version < 1 || version > 3) {
    fail(ErrorKind::unsupported, "{} is .npy version {}; Kindred reads 1 to 3", origin, version);
  }
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  const std::size_t begin = 8 + length_bytes;
  if (text.size() < begin) corrupt("is cut short");
  std::uint32_t length = 0;
  std::memcpy(&length, text.data() + 8, length_bytes);
  if (length > kMaxHeaderBytes || length > text.size() - begin) {
    corrupt("has a header that claims more bytes than there are");
  }
  header_bytes = begin + length;
  HeaderText header(text.substr(begin, length), origin);
  TensorView tensor = header.parse();
  const auto size = checked_bytes(tensor.dtype, tensor.shape);
  if (!size) corrupt("has a shape that overflows");
  tensor.bytes = *size;
  return tensor;
}

NpyArray read_npy(const std::string& path) {
  NpyArray array;
  array.file = MappedFile::open(path);
  std::size_t begin = 0;
  array.tensor = parse_npy_header(array.file->bytes(), path, begin);
  if (const std::size_t have = array.file->size() - begin; have != array.tensor.bytes) {
    fail(ErrorKind::corrupt,
         "{} holds {} bytes of data where its shape needs {}; it is cut short or not one array",
         path, have, array.tensor.bytes);
  }
  array.tensor.data = array.file->data() + begin;
  array.tensor.file = array.file.get();
  return array;
}

std::string npy_header(DType type, std::span<const std::size_t> shape) {
  std::string text =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", type_text(type),
                  fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  // Room for the largest sizes, whatever these are, and data aligned to 64 bytes as NumPy has it.
  const std::size_t longest = 80 + shape.size() * (kSizeDigits + 2);
  const std::size_t total = (longest + 63) / 64 * 64;
  const auto length = static_cast<std::uint16_t>(total - 10);
  text.resize(length, ' ');
  text.back() = '\n';
  std::string header(kMagic);
  header += std::string_view("\x01\x00", 2);
  header += static_cast<char>(length & 255);
  header += static_cast<char>(length >> 8);
  return header + text;
}

void write_npy(const std::string& path, DType type, std::span<const std::size_t> shape,
               std::span<const std::byte> bytes) {
  require(checked_bytes(type, shape) == bytes.size(), "write_npy: bytes are not shape × type");
  AtomicFile file = AtomicFile::create(path);
  file.write(npy_header(type, shape));
  file.write(bytes);
  file.commit();
}

}  // namespace kindred::io
