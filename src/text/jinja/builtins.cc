#include "text/jinja/builtins.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "base/error.h"

namespace kindred::text::jinja {
namespace {

constexpr std::string_view kBlank = " \t\n\r\f\v\x1c\x1d\x1e\x1f";

[[noreturn]] void refuse_name(std::string_view what, std::string_view name) {
  fail(ErrorKind::unsupported, "chat template: Kindred does not have the {} '{}'", what, name);
}

Value trimmed(const Value& value, const Call& call) {
  call.expect(1, {"chars"});
  std::string text = to_text(value, call.budget());
  if (const Value* chars = call.find(0, "chars"); chars != nullptr && !chars->is_none())
    return call_method(text, Call("strip", {*chars}, {}, call.budget()));
  return call_method(text, Call("strip", {}, {}, call.budget()));
}

Value joined(const Value& value, const Call& call) {
  call.expect(2, {"d", "attribute"});
  const std::string between =
      call.find(0, "d") == nullptr ? "" : to_text(*call.find(0, "d"), call.budget());
  std::string out;
  bool first = true;
  for (const Value& part : iterate(value, call.budget())) {
    if (!std::exchange(first, false)) out += between;
    const Value* key = call.find(1, "attribute");
    out += to_text(key == nullptr ? part : item(part, *key, call.budget()), call.budget());
    call.budget().use(between.size());
  }
  return out;
}

Value number_of(const Value& value, const Call& call, bool whole) {
  call.expect(1, {"default"});
  const Value otherwise = call.find(0, "default") != nullptr ? *call.find(0, "default")
                          : whole                            ? Value(std::int64_t{0})
                                                             : Value(0.0);
  if (value.is_number()) {
    if (!whole) return value.number();
    if (std::abs(value.number()) > 9e15) call.wrong("the number is too large");
    return static_cast<std::int64_t>(value.number());
  }
  const std::string* text = value.string();
  if (text == nullptr) return otherwise;
  double number = 0;
  const char* end = text->data() + text->size();
  const auto result = std::from_chars(text->data(), end, number);
  if (result.ec != std::errc() || result.ptr != end) return otherwise;
  if (!whole) return number;
  if (std::abs(number) > 9e15) return otherwise;
  return static_cast<std::int64_t>(number);
}

Value json_of(const Value& value, const Call& call) {
  call.expect(0, {"indent", "ensure_ascii"});
  if (const Value* ascii = call.find(9, "ensure_ascii"); ascii != nullptr && ascii->truth())
    call.wrong("ensure_ascii is not supported");
  return to_json(value, call.integer(9, "indent", -1), call.budget());
}

// The values by position behind the first ones.
std::vector<Value> values_from(const Call& call, std::size_t first) {
  const std::vector<Value>& all = call.values();
  if (first >= all.size()) return {};
  return {all.begin() + static_cast<std::ptrdiff_t>(first), all.end()};
}

// The attribute and the test that select, reject, selectattr and rejectattr are given.
Value selected(const Value& value, const Call& call, bool by_attribute, bool keep) {
  const std::size_t first = by_attribute ? 1 : 0;
  List result;
  for (const Value& part : iterate(value, call.budget())) {
    const Value subject = by_attribute ? item(part, call.at(0), call.budget()) : part;
    bool passes = subject.truth();
    if (call.size() > first) {
      passes = apply_test(subject,
                          Call(call.text(first), values_from(call, first + 1), {}, call.budget()));
    }
    if (passes == keep) result.push_back(part);
  }
  return result;
}

Value mapped(const Value& value, const Call& call) {
  List result;
  for (const Value& part : iterate(value, call.budget())) {
    if (const Value* name = call.find(9, "attribute")) {
      Value found = item(part, *name, call.budget());
      const Value* otherwise = call.find(9, "default");
      if (found.undefined() != nullptr && otherwise != nullptr) found = *otherwise;
      result.push_back(std::move(found));
    } else {
      result.push_back(apply_filter(
          part, Call(call.text(0), values_from(call, 1), call.named(), call.budget())));
    }
  }
  return result;
}

Value sorted(const Value& value, const Call& call) {
  call.expect(3, {"reverse", "case_sensitive", "attribute"});
  List list = iterate(value, call.budget());
  call.budget().step(list.size() * 8);
  const Value* by = call.find(2, "attribute");
  const bool exact =
      call.find(1, "case_sensitive") != nullptr && call.at(1, "case_sensitive").truth();
  const auto key = [&](const Value& part) {
    const Value found = by == nullptr ? part : item(part, *by, call.budget());
    return exact || found.string() == nullptr
               ? found
               : call_method(found, Call("lower", {}, {}, call.budget()));
  };
  std::vector<std::pair<Value, Value>> keyed;
  for (Value& part : list) keyed.emplace_back(key(part), part);
  const bool down = call.find(0, "reverse") != nullptr && call.at(0, "reverse").truth();
  std::stable_sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
    const int order = compare(a.first, b.first, call.budget());
    return down ? order > 0 : order < 0;
  });
  for (std::size_t i = 0; i < list.size(); ++i) list[i] = keyed[i].second;
  return list;
}

Value items_of(const Value& value, const Call& call) {
  if (value.undefined() != nullptr) return List{};
  if (value.dict() == nullptr) call.wrong("it needs a mapping");
  return call_method(value, Call("items", {}, {}, call.budget()));
}

Value indented(const Value& value, const Call& call) {
  call.expect(3, {"width", "first", "blank"});
  const Value* width = call.find(0, "width");
  const std::string spaces = width != nullptr && width->string() != nullptr
                                 ? *width->string()
                                 : std::string(static_cast<std::size_t>(std::clamp<std::int64_t>(
                                                   call.integer(0, "width", 4), 0, 256)),
                                               ' ');
  const auto flag = [&](std::size_t i, const char* name) {
    return call.find(i, name) != nullptr && call.at(i, name).truth();
  };
  const std::string text = to_text(value, call.budget()) + "\n";
  std::string out;
  std::size_t line = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const std::string_view part = std::string_view(text).substr(at, end - at);
    const bool indent = line == 0 ? flag(1, "first") : !part.empty() || flag(2, "blank");
    call.budget().use(part.size() + spaces.size() + 1);
    if (line > 0) out += '\n';
    if (indent) out += spaces;
    out += part;
    at = end + 1;
    ++line;
  }
  return out;
}

Value first_or_last(const Value& value, const Call& call, bool first) {
  const List list = iterate(value, call.budget());
  if (list.empty()) return Value::undefined(call.name());
  return first ? list.front() : list.back();
}

Value size_of(const Value& value, const Call& call) {
  if (value.string() != nullptr) return static_cast<std::int64_t>(length(*value.string()));
  if (value.dict() != nullptr) return static_cast<std::int64_t>(value.dict()->size());
  if (value.list() == nullptr && value.undefined() == nullptr)
    call.wrong("it needs a list or text");
  return static_cast<std::int64_t>(iterate(value, call.budget()).size());
}

Value unique(const Value& value, const Call& call) {
  call.expect(0);
  List result;
  for (const Value& part : iterate(value, call.budget()))
    if (!contains(result, part, call.budget())) result.push_back(part);
  return result;
}

Value otherwise(const Value& value, const Call& call) {
  call.expect(2, {"default_value", "boolean"});
  const bool by_truth = call.find(1, "boolean") != nullptr && call.at(1, "boolean").truth();
  if (value.undefined() == nullptr && (!by_truth || value.truth())) return value;
  return call.find(0, "default_value") == nullptr ? Value("") : call.at(0, "default_value");
}

}  // namespace

const Value* Call::find(std::size_t index, std::string_view name) const {
  if (index < values_.size()) return &values_[index];
  return name.empty() ? nullptr : jinja::find(named_, name);
}

const Value& Call::at(std::size_t index, std::string_view name) const {
  const Value* found = find(index, name);
  if (found == nullptr) wrong("an argument is missing");
  return *found;
}

const std::string& Call::text(std::size_t index, std::string_view name) const {
  const Value& value = at(index, name);
  if (value.string() == nullptr) wrong(fmt::format("it takes a text, not {}", value.type()));
  return *value.string();
}

std::int64_t Call::integer(std::size_t index, std::string_view name, std::int64_t otherwise) const {
  const Value* value = find(index, name);
  if (value == nullptr || value->is_none()) return otherwise;
  if (value->boolean() != nullptr) return *value->boolean() ? 1 : 0;
  if (value->integer() == nullptr) wrong("it takes a whole number");
  return *value->integer();
}

void Call::expect(std::size_t most, std::initializer_list<std::string_view> names) const {
  if (values_.size() > most) wrong("it takes fewer arguments");
  for (const auto& [name, value] : named_)
    if (std::find(names.begin(), names.end(), name) == names.end())
      fail(ErrorKind::unsupported, "chat template: Kindred does not have the argument '{}' of '{}'",
           name, name_);
}

void Call::wrong(std::string_view what) const {
  fail(ErrorKind::bad_input, "chat template: '{}': {}", name_, what);
}

Value apply_filter(const Value& value, const Call& call) {
  const std::string& name = call.name();
  call.budget().step();
  if (name == "trim") return trimmed(value, call);
  if (name == "tojson") return json_of(value, call);
  if (name == "length" || name == "count") return size_of(value, call);
  if (name == "join") return joined(value, call);
  if (name == "default" || name == "d") return otherwise(value, call);
  if (name == "first" || name == "last") return first_or_last(value, call, name == "first");
  if (name == "string") return to_text(value, call.budget());
  if (name == "safe") return value;
  if (name == "list") return iterate(value, call.budget());
  if (name == "int" || name == "float") return number_of(value, call, name == "int");
  if (name == "items") return items_of(value, call);
  if (name == "dictsort") {
    call.expect(0);
    return sorted(items_of(value, call),
                  Call(name, {}, {{"attribute", std::int64_t{0}}}, call.budget()));
  }
  if (name == "sort") return sorted(value, call);
  if (name == "unique") return unique(value, call);
  if (name == "indent") return indented(value, call);
  if (name == "map") return mapped(value, call);
  if (name == "select" || name == "reject") return selected(value, call, false, name == "select");
  if (name == "selectattr" || name == "rejectattr")
    return selected(value, call, true, name == "selectattr");
  if (name == "reverse") {
    List list = iterate(value, call.budget());
    std::reverse(list.begin(), list.end());
    if (value.string() == nullptr) return list;
    return call_method(Value(""), Call("join", {list}, {}, call.budget()));
  }
  if (name == "abs" && value.is_number()) {
    const std::int64_t* integer = value.integer();
    if (integer != nullptr && *integer == std::numeric_limits<std::int64_t>::min())
      call.wrong("the number is too large");
    if (integer != nullptr) return std::abs(*integer);
    return std::abs(value.number());
  }
  if (name == "upper" || name == "lower" || name == "capitalize" || name == "title" ||
      name == "replace")
    return call_method(to_text(value, call.budget()), call);
  refuse_name("filter", name);
}

bool apply_test(const Value& value, const Call& call) {
  const std::string& name = call.name();
  Budget& budget = call.budget();
  budget.step();
  if (name == "defined") return value.undefined() == nullptr;
  if (name == "undefined") return value.undefined() != nullptr;
  if (name == "none") return value.is_none();
  if (name == "string") return value.string() != nullptr;
  if (name == "number") return value.is_number();
  if (name == "integer") return value.integer() != nullptr;
  if (name == "float") return value.real() != nullptr;
  if (name == "boolean") return value.boolean() != nullptr;
  if (name == "true") return value.boolean() != nullptr && *value.boolean();
  if (name == "false") return value.boolean() != nullptr && !*value.boolean();
  if (name == "mapping") return value.dict() != nullptr;
  if (name == "callable") return value.callable() != nullptr;
  const bool sequence =
      value.string() != nullptr || value.list() != nullptr || value.dict() != nullptr;
  if (name == "sequence") return sequence || value.undefined() != nullptr;
  if (name == "iterable") return sequence || value.undefined() != nullptr;
  if (name == "eq" || name == "equalto" || name == "==" || name == "sameas")
    return equal(value, call.at(0), budget);
  if (name == "ne" || name == "!=") return !equal(value, call.at(0), budget);
  if (name == "in") return contains(call.at(0), value, budget);
  if (name == "lt" || name == "lessthan" || name == "<")
    return compare(value, call.at(0), budget) < 0;
  if (name == "le" || name == "<=") return compare(value, call.at(0), budget) <= 0;
  if (name == "gt" || name == "greaterthan" || name == ">")
    return compare(value, call.at(0), budget) > 0;
  if (name == "ge" || name == ">=") return compare(value, call.at(0), budget) >= 0;
  const std::int64_t* whole = value.integer();
  if (name == "even" || name == "odd") {
    if (whole == nullptr) call.wrong("it needs a whole number");
    return (*whole % 2 == 0) == (name == "even");
  }
  if (name == "divisibleby") {
    const std::int64_t by = call.integer(0, "num", 0);
    if (whole == nullptr || by == 0 || by == -1) call.wrong("it needs whole numbers");
    return *whole % by == 0;
  }
  refuse_name("test", name);
}

List iterate(const Value& value, Budget& budget) {
  List result;
  if (const List* list = value.list()) {
    budget.step(list->size());
    return *list;
  }
  if (const std::string* text = value.string()) {
    budget.step(text->size());
    for (const std::string_view c : characters(*text)) result.emplace_back(std::string(c));
  } else if (const Dict* dict = value.dict()) {
    for (const auto& [key, ignored] : *dict) result.emplace_back(key);
  } else if (value.undefined() == nullptr) {
    fail(ErrorKind::bad_input, "chat template: a value of type {} is no list", value.type());
  }
  return result;
}

Value attribute(const Value& object, const std::string& name) {
  if (const Undefined* missing = object.undefined())
    fail(ErrorKind::bad_input, "chat template: '{}' is undefined, and its '{}' is asked for",
         missing->name, name);
  if (Namespace* space = object.space()) {
    const Value* found = find(space->attributes, name);
    return found == nullptr ? Value::undefined(name) : *found;
  }
  if (has_method(object, name))
    return Callable{name, std::make_shared<const Value>(object), nullptr};
  if (const Dict* dict = object.dict())
    if (const Value* found = find(*dict, name)) return *found;
  return Value::undefined(name);
}

Value item(const Value& object, const Value& key, Budget& budget) {
  budget.step();
  const auto place = [&](std::size_t size) -> std::optional<std::size_t> {
    if (key.integer() == nullptr && key.boolean() == nullptr) return std::nullopt;
    std::int64_t index = key.integer() != nullptr ? *key.integer() : (*key.boolean() ? 1 : 0);
    if (index < 0) index += static_cast<std::int64_t>(size);
    if (index < 0 || static_cast<std::size_t>(index) >= size) return std::nullopt;
    return static_cast<std::size_t>(index);
  };
  if (const List* list = object.list()) {
    if (const auto index = place(list->size())) return (*list)[*index];
  } else if (const std::string* text = object.string()) {
    budget.step(text->size());
    const std::vector<std::string_view> all = characters(*text);
    if (const auto index = place(all.size())) return std::string(all[*index]);
  } else if (const Dict* dict = object.dict(); dict != nullptr && key.string() != nullptr) {
    if (const Value* found = find(*dict, *key.string())) return *found;
  }
  if (key.string() != nullptr) return attribute(object, *key.string());
  if (const Undefined* missing = object.undefined())
    fail(ErrorKind::bad_input, "chat template: '{}' is undefined, and an item of it is asked for",
         missing->name);
  return Value::undefined("an item");
}

bool contains(const Value& container, const Value& value, Budget& budget) {
  if (const std::string* text = container.string()) {
    if (value.string() == nullptr)
      fail(ErrorKind::bad_input, "chat template: 'in <text>' needs a text, not {}", value.type());
    budget.step(1 + text->size() / 64);
    return text->find(*value.string()) != std::string::npos;
  }
  if (const Dict* dict = container.dict())
    return value.string() != nullptr && find(*dict, *value.string()) != nullptr;
  const List list = iterate(container, budget);
  return std::any_of(list.begin(), list.end(),
                     [&](const Value& part) { return equal(part, value, budget); });
}

}  // namespace kindred::text::jinja
