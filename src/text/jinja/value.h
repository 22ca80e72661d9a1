// Values of a chat template: Python's, as far as templates see them. Tested by template_test.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace kindred::text::jinja {

class Value;
using List = std::vector<Value>;
/// In the order of insertion, as Python's.
using Dict = std::vector<std::pair<std::string, Value>>;

/// The one thing of a template that can be changed; owned by the renderer.
struct Namespace {
  Dict attributes;
};

struct Macro;  // ast.h

/// Something that can be called: a method of a value, a built-in function or a macro.
struct Callable {
  std::string name;
  std::shared_ptr<const Value> object;  ///< of a method
  const Macro* macro = nullptr;
};

struct Undefined {
  std::string name;  ///< what was looked up, for messages
};
struct None {};
struct Sequence {
  List items;
  bool tuple = false;
};

class Value {
 public:
  Value() : data_(None{}) {}
  Value(bool value) : data_(value) {}          // NOLINT
  Value(std::int64_t value) : data_(value) {}  // NOLINT
  Value(double value) : data_(value) {}        // NOLINT
  Value(std::string text)                      // NOLINT
      : data_(std::make_shared<const std::string>(std::move(text))) {}
  Value(const char* text) : Value(std::string(text)) {}  // NOLINT
  Value(List items, bool tuple = false)                  // NOLINT
      : data_(std::make_shared<const Sequence>(Sequence{std::move(items), tuple})) {}
  Value(Dict items) : data_(std::make_shared<const Dict>(std::move(items))) {}  // NOLINT
  Value(Namespace* space) : data_(space) {}                                     // NOLINT
  Value(Callable callable)                                                      // NOLINT
      : data_(std::make_shared<const Callable>(std::move(callable))) {}
  static Value undefined(std::string name) {
    Value value;
    value.data_ = std::make_shared<const Undefined>(Undefined{std::move(name)});
    return value;
  }

  bool is_none() const { return std::holds_alternative<None>(data_); }
  const bool* boolean() const { return std::get_if<bool>(&data_); }
  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&data_); }
  const double* real() const { return std::get_if<double>(&data_); }
  const Undefined* undefined() const { return pointer<Undefined>(); }
  const std::string* string() const { return pointer<std::string>(); }
  const List* list() const {
    const Sequence* sequence = pointer<Sequence>();
    return sequence == nullptr ? nullptr : &sequence->items;
  }
  bool is_tuple() const { return pointer<Sequence>() != nullptr && pointer<Sequence>()->tuple; }
  const Dict* dict() const { return pointer<Dict>(); }
  const Callable* callable() const { return pointer<Callable>(); }
  Namespace* space() const {
    const auto* found = std::get_if<Namespace*>(&data_);
    return found == nullptr ? nullptr : *found;
  }
  /// Booleans count as 0 and 1.
  bool is_number() const {
    return boolean() != nullptr || integer() != nullptr || real() != nullptr;
  }
  double number() const;

  bool truth() const;
  /// "str", "list" and the like, for messages.
  std::string_view type() const;

 private:
  template <typename T>
  const T* pointer() const {
    const auto* found = std::get_if<std::shared_ptr<const T>>(&data_);
    return found == nullptr ? nullptr : found->get();
  }

  std::variant<None, bool, std::int64_t, double, Namespace*, std::shared_ptr<const std::string>,
               std::shared_ptr<const Sequence>, std::shared_ptr<const Dict>,
               std::shared_ptr<const Callable>, std::shared_ptr<const Undefined>>
      data_;
};

const Value* find(const Dict& dict, std::string_view key);

/// Bounds what one rendering may do: templates come from files that nobody checked.
class Budget {
 public:
  explicit Budget(std::size_t bytes) : bytes_(bytes) {}
  void step(std::size_t count = 1);  ///< Errors: exhausted.
  void use(std::size_t bytes);       ///< Errors: exhausted.

 private:
  std::size_t steps_ = 1'000'000;
  std::size_t bytes_;
};

bool equal(const Value& a, const Value& b, Budget& budget);
/// -1, 0, 1. Errors: bad_input for values that Python does not order.
int compare(const Value& a, const Value& b, Budget& budget);

std::string to_text(const Value& value, Budget& budget);  ///< Python's str()
std::string repr(const Value& value, Budget& budget);     ///< Python's repr()
/// Python's json.dumps(value, ensure_ascii=False, indent=indent); indent < 0: on one line.
std::string to_json(const Value& value, std::int64_t indent, Budget& budget);

/// The characters of a text, one a string: Python counts and cuts by them.
std::vector<std::string_view> characters(std::string_view text);
std::size_t length(std::string_view text);

}  // namespace kindred::text::jinja
