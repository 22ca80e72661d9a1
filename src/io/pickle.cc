#include "io/pickle.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace kindred::io {
namespace {

using Kind = PickleValue::Kind;

// A model of a thousand layers has some hundred thousand.
constexpr std::size_t kMaxValues = std::size_t{1} << 22;

// Operations, by the names that pickletools gives them.
enum Operation : std::uint8_t {
  kMark = '(',
  kStop = '.',
  kPop = '0',
  kPopMark = '1',
  kDup = '2',
  kBinFloat = 'G',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kNone = 'N',
  kBinPersId = 'Q',
  kReduce = 'R',
  kBinString = 'T',
  kShortBinString = 'U',
  kBinUnicode = 'X',
  kBinBytes = 'B',
  kShortBinBytes = 'C',
  kEmptyList = ']',
  kAppend = 'a',
  kBuild = 'b',
  kGlobal = 'c',
  kDict = 'd',
  kAppends = 'e',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kList = 'l',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kSetItem = 's',
  kTuple = 't',
  kSetItems = 'u',
  kEmptyDict = '}',
  kEmptyTuple = ')',
  kProto = 0x80,
  kNewObj = 0x81,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8A,
  kLong4 = 0x8B,
  kShortBinUnicode = 0x8C,
  kBinUnicode8 = 0x8D,
  kBinBytes8 = 0x8E,
  kEmptySet = 0x8F,
  kAddItems = 0x90,
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95,
};

constexpr std::uint8_t kNewestProtocol = 5;

// A name for a message: on one line, without what a terminal would obey.
std::string printable(std::string_view name) {
  constexpr std::size_t kMost = 200;
  std::string text(name.substr(0, kMost));
  std::replace_if(
      text.begin(), text.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return text;
}

}  // namespace

// Python's stack machine, whose calls are only written down.
class Pickle::Machine {
 public:
  Machine(std::string_view bytes, const std::string& origin,
          const std::function<bool(std::string_view)>& allowed, Pickle& result)
      : bytes_(bytes), origin_(origin), allowed_(allowed), result_(result) {}

  void run() {
    while (step()) {
    }
    result_.root_ = pop();
    result_.size_ = position_;
  }

 private:
  template <typename... Args>
  [[noreturn]] void corrupt(fmt::format_string<Args...> format, Args&&... args) const {
    fail(ErrorKind::corrupt, "{}: {} at byte {} of its pickle; the file is damaged, get it again",
         origin_, fmt::format(format, std::forward<Args>(args)...), position_);
  }

  // ---- bytes ----

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size() - position_) corrupt("{} bytes are missing", count);
    const std::string_view taken = bytes_.substr(position_, count);
    position_ += count;
    return taken;
  }

  template <typename T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }

  std::string_view line() {
    const std::size_t end = bytes_.find('\n', position_);
    if (end == std::string_view::npos) corrupt("a line without an end");
    const std::string_view text = take(end - position_);
    ++position_;
    return text;
  }

  /// Two's complement of any length; what is longer than 8 bytes is kept only if it fits.
  std::int64_t long_integer(std::uint64_t count) {
    const std::string_view digits = take(count);
    const bool negative =
        !digits.empty() && (static_cast<unsigned char>(digits.back()) & 0x80) != 0;
    const char filler = negative ? '\xFF' : '\0';
    std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
    std::memcpy(&value, digits.data(), std::min<std::size_t>(digits.size(), 8));
    const auto result = static_cast<std::int64_t>(value);
    const std::string_view rest = digits.substr(std::min<std::size_t>(digits.size(), 8));
    const bool fits = std::all_of(rest.begin(), rest.end(), [&](char c) { return c == filler; });
    // PyTorch's old magic number has 10 bytes; a value that is no size is as good as any other.
    return fits && (result < 0) == negative ? result : -1;
  }

  double big_endian_float() {
    return std::bit_cast<double>(__builtin_bswap64(number<std::uint64_t>()));
  }

  // ---- values ----

  PickleId add(PickleValue value) {
    if (result_.values_.size() >= kMaxValues) {
      fail(ErrorKind::exhausted, "{}: its pickle has more than {} values", origin_, kMaxValues);
    }
    result_.values_.push_back(std::move(value));
    return static_cast<PickleId>(result_.values_.size() - 1);
  }
  PickleValue& value(PickleId id) { return result_.values_[id]; }

  void push(PickleValue value) { stack_.push_back(add(std::move(value))); }
  void push(Kind kind) { push(PickleValue{.kind = kind}); }
  void push_integer(std::int64_t number) { push({.kind = Kind::integer, .integer = number}); }
  void push_text(std::uint64_t bytes) { push({.kind = Kind::text, .text = take(bytes)}); }

  std::size_t floor() const noexcept { return marks_.empty() ? 0 : marks_.back(); }

  PickleId top() const {
    if (stack_.size() <= floor()) corrupt("an empty stack");
    return stack_.back();
  }
  PickleId pop() {
    const PickleId id = top();
    stack_.pop_back();
    return id;
  }
  /// What lies above the last mark, which goes.
  std::vector<PickleId> pop_mark() {
    if (marks_.empty()) corrupt("no mark");
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PickleId> items(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return items;
  }

  void push_tuple(std::size_t count) {
    std::vector<PickleId> items(count);
    for (std::size_t i = count; i-- > 0;) items[i] = pop();
    push({.kind = Kind::tuple, .items = std::move(items)});
  }

  /// Appends to the list, dict or object on top of the stack.
  void put(Kind kind, const std::vector<PickleId>& items) {
    PickleValue& target = value(top());
    // An OrderedDict is a call that items are put into.
    if (target.kind != kind && !(kind == Kind::dict && target.kind == Kind::call)) {
      corrupt("items for what does not hold any");
    }
    if (kind == Kind::dict && items.size() % 2 != 0) corrupt("a key without a value");
    target.items.insert(target.items.end(), items.begin(), items.end());
  }

  void push_dict(std::vector<PickleId> items) {
    if (items.size() % 2 != 0) corrupt("a key without a value");
    push({.kind = Kind::dict, .items = std::move(items)});
  }

  void push_global(std::string_view module, std::string_view name) {
    std::string full = fmt::format("{}.{}", module, name);
    if (!allowed_(full)) {
      fail(ErrorKind::unsupported,
           "{}: names the Python object {}, which weights do not need; Kindred runs nothing that a "
           "file asks for. If you trust the file, load it with PyTorch and save its state_dict() "
           "as safetensors",
           origin_, printable(full));
    }
    push({.kind = Kind::global, .text = result_.names_.emplace_back(std::move(full))});
  }

  void push_stack_global() {
    const PickleValue name = value(pop());
    const PickleValue module = value(pop());
    if (name.kind != Kind::text || module.kind != Kind::text) corrupt("a global without a name");
    push_global(module.text, name.text);
  }

  void push_call() {
    const PickleId arguments = pop();
    const PickleId callable = pop();
    if (value(callable).kind != Kind::global || value(arguments).kind != Kind::tuple) {
      corrupt("a call of what cannot be called");
    }
    push({.kind = Kind::call, .callable = callable, .arguments = arguments});
  }

  void get(std::uint32_t place) {
    const auto found = memo_.find(place);
    if (found == memo_.end()) corrupt("nothing is remembered as {}", place);
    stack_.push_back(found->second);
  }

  // ---- operations ----

  /// False at the end.
  bool step() {
    const auto operation = number<std::uint8_t>();
    switch (operation) {
      case kStop:
        return false;
      case kProto:
        if (const auto protocol = number<std::uint8_t>(); protocol > kNewestProtocol) {
          fail(ErrorKind::unsupported, "{}: its pickle is of protocol {}; Kindred reads up to {}",
               origin_, protocol, kNewestProtocol);
        }
        return true;
      case kFrame:
        number<std::uint64_t>();  // only says how much to read at once
        return true;
      case kMark:
        marks_.push_back(stack_.size());
        return true;
      case kPop:
        // A mark on top goes alone.
        if (!marks_.empty() && stack_.size() == marks_.back()) {
          marks_.pop_back();
        } else {
          pop();
        }
        return true;
      case kPopMark:
        pop_mark();
        return true;
      case kDup:
        stack_.push_back(top());
        return true;
      case kBinPut:
        memo_[number<std::uint8_t>()] = top();
        return true;
      case kLongBinPut:
        memo_[number<std::uint32_t>()] = top();
        return true;
      case kMemoize:
        memo_[static_cast<std::uint32_t>(memo_.size())] = top();
        return true;
      case kBinGet:
        get(number<std::uint8_t>());
        return true;
      case kLongBinGet:
        get(number<std::uint32_t>());
        return true;
      default:
        if (!push_simple(operation) && !push_container(operation)) refuse(operation);
        return true;
    }
  }

  bool push_simple(std::uint8_t operation) {
    switch (operation) {
      case kNone:
        push(Kind::none);
        return true;
      case kNewTrue:
      case kNewFalse:
        push({.kind = Kind::boolean, .integer = operation == kNewTrue ? 1 : 0});
        return true;
      case kBinInt:
        push_integer(number<std::int32_t>());
        return true;
      case kBinInt1:
        push_integer(number<std::uint8_t>());
        return true;
      case kBinInt2:
        push_integer(number<std::uint16_t>());
        return true;
      case kLong1:
        push_integer(long_integer(number<std::uint8_t>()));
        return true;
      case kLong4:
        push_integer(long_integer(number<std::uint32_t>()));
        return true;
      case kBinFloat:
        push({.kind = Kind::number, .number = big_endian_float()});
        return true;
      case kShortBinString:
      case kShortBinBytes:
      case kShortBinUnicode:
        push_text(number<std::uint8_t>());
        return true;
      case kBinString:
      case kBinBytes:
      case kBinUnicode:
        push_text(number<std::uint32_t>());
        return true;
      case kBinBytes8:
      case kBinUnicode8:
        push_text(number<std::uint64_t>());
        return true;
      default:
        return false;
    }
  }

  bool push_container(std::uint8_t operation) {
    switch (operation) {
      case kEmptyTuple:
        push(Kind::tuple);
        return true;
      case kTuple1:
      case kTuple2:
      case kTuple3:
        push_tuple(operation - kTuple1 + std::size_t{1});
        return true;
      case kTuple:
        push({.kind = Kind::tuple, .items = pop_mark()});
        return true;
      case kEmptyList:
      case kEmptySet:
        push(Kind::list);
        return true;
      case kList:
        push({.kind = Kind::list, .items = pop_mark()});
        return true;
      case kAppend:
        put(Kind::list, {pop()});
        return true;
      case kAppends:
      case kAddItems:
        put(Kind::list, pop_mark());
        return true;
      case kEmptyDict:
        push(Kind::dict);
        return true;
      case kDict:
        push_dict(pop_mark());
        return true;
      case kSetItem: {
        const PickleId item = pop();
        const PickleId key = pop();
        put(Kind::dict, {key, item});
        return true;
      }
      case kSetItems:
        put(Kind::dict, pop_mark());
        return true;
      case kGlobal: {
        const std::string_view module = line();
        push_global(module, line());
        return true;
      }
      case kStackGlobal:
        push_stack_global();
        return true;
      case kReduce:
      case kNewObj:
        push_call();
        return true;
      case kBuild:
        pop();
        if (value(top()).kind != Kind::call) corrupt("a state for what has none");
        return true;
      case kBinPersId:
        push({.kind = Kind::persistent, .arguments = pop()});
        return true;
      default:
        return false;
    }
  }

  [[noreturn]] void refuse(std::uint8_t operation) const {
    fail(ErrorKind::unsupported,
         "{}: operation {:#04x} at byte {} of its pickle is none that PyTorch writes; the file is "
         "damaged or of another kind",
         origin_, operation, position_ - 1);
  }

  std::string_view bytes_;
  const std::string& origin_;
  const std::function<bool(std::string_view)>& allowed_;
  Pickle& result_;
  std::size_t position_ = 0;
  std::vector<PickleId> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint32_t, PickleId> memo_;
};

Pickle Pickle::read(std::string_view bytes, const std::string& origin,
                    const std::function<bool(std::string_view global)>& allowed) {
  Pickle result;
  Machine(bytes, origin, allowed, result).run();
  return result;
}

}  // namespace kindred::io
