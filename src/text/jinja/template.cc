#include "text/jinja/template.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <deque>
#include <limits>

#include "base/error.h"
#include "text/jinja/ast.h"
#include "text/jinja/builtins.h"
#include "text/jinja/operators.h"

namespace kindred::text::jinja {
namespace {

constexpr std::size_t kMostSource = std::size_t{1} << 20;
constexpr int kMaxDepth = 160;
constexpr std::size_t kFreeBytes = std::size_t{16} << 20;

constexpr std::array<std::string_view, 5> kFunctions = {"range", "namespace", "dict",
                                                        "raise_exception", "strftime_now"};

enum class Flow { next, break_loop, next_loop };

std::size_t bytes_of(const Dict& variables) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : variables) {
    if (value.string() != nullptr) bytes += value.string()->size();
    if (value.list() != nullptr)
      for (const Value& part : *value.list())
        if (part.dict() != nullptr) bytes += bytes_of(*part.dict());
    if (value.dict() != nullptr) bytes += bytes_of(*value.dict());
  }
  return bytes;
}

class Renderer {
 public:
  explicit Renderer(const Dict& variables)
      : variables_(variables), budget_(kFreeBytes + 64 * bytes_of(variables)), frames_(1) {}

  std::string run(const Block& block) {
    execute(block);
    return std::move(out_);
  }

 private:
  using Kind = Expression::Kind;

  class Level {
   public:
    explicit Level(Renderer& renderer) : renderer_(renderer) {
      if (++renderer_.depth_ > kMaxDepth)
        fail(ErrorKind::exhausted, "chat template: it calls itself too deeply");
    }
    ~Level() { --renderer_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Renderer& renderer_;
  };

  [[noreturn]] static void wrong(const Expression& node, std::string_view what) {
    fail(ErrorKind::bad_input, "chat template, line {}: {}", node.line, what);
  }

  // --- Names ----------------------------------------------------------------------------------

  void set(const std::string& name, Value value) {
    for (auto& [known, old] : frames_.back()) {
      if (known != name) continue;
      old = std::move(value);
      return;
    }
    frames_.back().emplace_back(name, std::move(value));
  }

  Value get(const std::string& name) const {
    for (std::size_t i = frames_.size(); i-- > base_;)
      if (const Value* found = find(frames_[i], name)) return *found;
    if (const Value* found = find(frames_.front(), name)) return *found;
    if (const Value* found = find(variables_, name)) return *found;
    if (std::find(kFunctions.begin(), kFunctions.end(), name) != kFunctions.end())
      return Callable{name, nullptr, nullptr};
    return Value::undefined(name);
  }

  void assign(const std::vector<std::string>& targets, const Value& value) {
    if (targets.size() == 1) return set(targets.front(), value);
    const List parts = iterate(value, budget_);
    if (parts.size() != targets.size())
      fail(ErrorKind::bad_input, "chat template: {} names for {} values", targets.size(),
           parts.size());
    for (std::size_t i = 0; i < parts.size(); ++i) set(targets[i], parts[i]);
  }

  // --- Statements -----------------------------------------------------------------------------

  void print(std::string_view text) {
    budget_.use(text.size());
    out_.append(text);
  }

  Flow execute(const Block& block) {
    for (const auto& statement : block)
      if (const Flow flow = execute(*statement); flow != Flow::next) return flow;
    return Flow::next;
  }

  Flow execute(const Statement& node) {
    const Level level(*this);
    budget_.step();
    switch (node.kind) {
      case Statement::Kind::text:
        print(node.text);
        break;
      case Statement::Kind::print:
        print(to_text(evaluate(*node.value), budget_));
        break;
      case Statement::Kind::branch:
        return execute(evaluate(*node.value).truth() ? node.body : node.other);
      case Statement::Kind::loop:
        return loop(node);
      case Statement::Kind::assign:
        assign(node);
        break;
      case Statement::Kind::macro:
        set(node.macro.name, Callable{node.macro.name, nullptr, &node.macro});
        break;
      case Statement::Kind::group: {
        frames_.emplace_back();
        const Flow flow = execute(node.body);
        frames_.pop_back();
        return flow;
      }
      case Statement::Kind::break_loop:
        return Flow::break_loop;
      case Statement::Kind::next_loop:
        return Flow::next_loop;
    }
    return Flow::next;
  }

  void assign(const Statement& node) {
    Value value = node.value ? evaluate(*node.value) : Value(captured(node.body));
    if (node.attribute.empty()) return assign(node.targets, value);
    const Value target = get(node.targets.front());
    if (target.space() == nullptr)
      fail(ErrorKind::bad_input, "chat template, line {}: '{}' is no namespace", node.line,
           node.targets.front());
    Dict& attributes = target.space()->attributes;
    for (auto& [name, old] : attributes) {
      if (name != node.attribute) continue;
      old = std::move(value);
      return;
    }
    budget_.use(node.attribute.size());
    attributes.emplace_back(node.attribute, std::move(value));
  }

  std::string captured(const Block& block) {
    std::string outside = std::move(out_);
    out_.clear();
    frames_.emplace_back();
    execute(block);
    frames_.pop_back();
    std::string inside = std::move(out_);
    out_ = std::move(outside);
    return inside;
  }

  Value loop_state(const List& items, std::size_t i) const {
    const auto number = [](std::size_t value) { return static_cast<std::int64_t>(value); };
    const std::size_t size = items.size();
    return Dict{{"index", number(i + 1)},
                {"index0", number(i)},
                {"first", i == 0},
                {"last", i + 1 == size},
                {"length", number(size)},
                {"revindex", number(size - i)},
                {"revindex0", number(size - i - 1)},
                {"depth", number(static_cast<std::size_t>(loops_))},
                {"depth0", number(static_cast<std::size_t>(loops_ - 1))},
                {"previtem", i == 0 ? Value::undefined("previtem") : items[i - 1]},
                {"nextitem", i + 1 == size ? Value::undefined("nextitem") : items[i + 1]}};
  }

  Flow loop(const Statement& node) {
    List items = iterate(evaluate(*node.value), budget_);
    if (node.condition) {
      List chosen;
      for (const Value& item : items) {
        frames_.emplace_back();
        assign(node.targets, item);
        if (evaluate(*node.condition).truth()) chosen.push_back(item);
        frames_.pop_back();
      }
      items = std::move(chosen);
    }
    if (items.empty()) return execute(node.other);
    ++loops_;
    for (std::size_t i = 0; i < items.size(); ++i) {
      budget_.step();
      frames_.emplace_back();
      set("loop", loop_state(items, i));
      assign(node.targets, items[i]);
      const Flow flow = execute(node.body);
      frames_.pop_back();
      if (flow == Flow::break_loop) break;
    }
    --loops_;
    return Flow::next;
  }

  // --- Expressions ----------------------------------------------------------------------------

  Value evaluate(const Expression& node) {
    const Level level(*this);
    budget_.step();
    switch (node.kind) {
      case Kind::constant:
        return node.value;
      case Kind::name:
        return get(node.text);
      case Kind::list:
      case Kind::tuple: {
        List items;
        for (const ExpressionPtr& part : node.parts) items.push_back(evaluate(*part));
        return Value(std::move(items), node.kind == Kind::tuple);
      }
      case Kind::dict:
        return dict(node);
      case Kind::attribute:
        return attribute(evaluate(*node.parts[0]), node.text);
      case Kind::item: {
        const Value object = evaluate(*node.parts[0]);
        return item(object, evaluate(*node.parts[1]), budget_);
      }
      case Kind::slice:
        return slice(node);
      case Kind::call:
        return call(node);
      case Kind::filter: {
        const Value value = evaluate(*node.parts[0]);
        return apply_filter(value, arguments(node, node.text));
      }
      case Kind::test: {
        const Value value = evaluate(*node.parts[0]);
        return apply_test(value, arguments(node, node.text));
      }
      case Kind::unary:
        return unary(node);
      case Kind::binary:
        return binary(node);
      case Kind::comparison:
        return comparison(node);
      case Kind::conditional:
        if (evaluate(*node.parts[1]).truth()) return evaluate(*node.parts[0]);
        return node.parts[2] ? evaluate(*node.parts[2]) : Value::undefined("the other case");
    }
    return Value();
  }

  Value dict(const Expression& node) {
    Dict items;
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const Value key = evaluate(*node.keys[i]);
      if (key.string() == nullptr) wrong(node, "Kindred has dictionaries with texts as keys only");
      put(items, *key.string(), evaluate(*node.parts[i]));
    }
    return items;
  }

  static void put(Dict& items, const std::string& key, Value value) {
    for (auto& [known, old] : items) {
      if (known != key) continue;
      old = std::move(value);
      return;
    }
    items.emplace_back(key, std::move(value));
  }

  Value slice(const Expression& node) {
    const Value object = evaluate(*node.parts[0]);
    const auto bound = [&](std::size_t part) -> std::optional<std::int64_t> {
      if (!node.parts[part]) return std::nullopt;
      const Value value = evaluate(*node.parts[part]);
      if (value.is_none()) return std::nullopt;
      if (value.integer() == nullptr) wrong(node, "a slice needs whole numbers");
      return *value.integer();
    };
    const auto begin = bound(1);
    const auto end = bound(2);
    const std::int64_t step = bound(3).value_or(1);
    if (step == 0) wrong(node, "a slice with a step of 0");
    const List all = iterate(object, budget_);
    if (object.dict() != nullptr) wrong(node, "a dictionary cannot be sliced");
    const auto size = static_cast<std::int64_t>(all.size());
    const auto place = [&](std::int64_t index) {
      if (index < 0) index += size;
      return std::clamp<std::int64_t>(index, step < 0 ? -1 : 0, step < 0 ? size - 1 : size);
    };
    const std::int64_t first = begin ? place(*begin) : (step < 0 ? size - 1 : 0);
    const std::int64_t last = end ? place(*end) : (step < 0 ? -1 : size);
    List chosen;
    // Whatever the step: past the end after one of at least the size.
    const std::int64_t stride = std::clamp(step, -size - 1, size + 1);
    for (std::int64_t i = first; stride > 0 ? i < last : i > last; i += stride)
      chosen.push_back(all[static_cast<std::size_t>(i)]);
    if (object.string() == nullptr) return Value(std::move(chosen), object.is_tuple());
    return call_method(Value(""), Call("join", {Value(std::move(chosen))}, {}, budget_));
  }

  Call arguments(const Expression& node, std::string name) {
    std::vector<Value> values;
    Dict named;
    for (const Argument& argument : node.arguments) {
      Value value = evaluate(*argument.value);
      if (argument.name.empty()) {
        values.push_back(std::move(value));
      } else {
        put(named, argument.name, std::move(value));
      }
    }
    return {std::move(name), std::move(values), std::move(named), budget_};
  }

  Value call(const Expression& node) {
    const Value function = evaluate(*node.parts[0]);
    const Callable* callable = function.callable();
    if (callable == nullptr) {
      const std::string what = function.undefined() != nullptr
                                   ? fmt::format("'{}' is undefined", function.undefined()->name)
                                   : fmt::format("a value of type {}", function.type());
      wrong(node, fmt::format("{}, and it is called", what));
    }
    const Call given = arguments(node, callable->name);
    if (callable->macro != nullptr) return expand(*callable->macro, given);
    if (callable->object) return call_method(*callable->object, given);
    return built_in(given);
  }

  Value expand(const Macro& macro, const Call& given) {
    if (given.size() > macro.parameters.size()) given.wrong("too many arguments");
    std::vector<std::string_view> names;
    for (const auto& [name, value] : macro.parameters) names.push_back(name);
    for (const auto& [name, value] : given.named())
      if (std::find(names.begin(), names.end(), name) == names.end())
        given.wrong(fmt::format("there is no argument '{}'", name));
    const std::size_t outside = std::exchange(base_, frames_.size());
    const int loops = std::exchange(loops_, 0);
    frames_.emplace_back();
    for (std::size_t i = 0; i < macro.parameters.size(); ++i) {
      const auto& [name, usual] = macro.parameters[i];
      const Value* value = given.find(i, name);
      set(name, value != nullptr ? *value : usual ? evaluate(*usual) : Value::undefined(name));
    }
    std::string text = captured(macro.body);
    frames_.pop_back();
    base_ = outside;
    loops_ = loops;
    return text;
  }

  Value built_in(const Call& given) {
    const std::string& name = given.name();
    if (name == "raise_exception") {
      fail(ErrorKind::bad_input, "the model's chat template refuses this text: {}",
           to_text(given.at(0, "message"), budget_));
    }
    if (name == "range") return range(given);
    if (name == "strftime_now") return time(given.text(0, "format"));
    Dict attributes;
    if (given.size() > 1) given.wrong("too many arguments");
    if (given.size() == 1) {
      if (given.at(0).dict() == nullptr) given.wrong("it takes a dictionary");
      attributes = *given.at(0).dict();
    }
    for (const auto& [key, value] : given.named()) put(attributes, key, value);
    if (name == "dict") return attributes;
    spaces_.push_back({std::move(attributes)});
    return &spaces_.back();
  }

  Value range(const Call& given) {
    given.expect(3);
    const bool one = given.size() == 1;
    const std::int64_t begin = one ? 0 : given.integer(0, "", 0);
    const std::int64_t end = given.integer(one ? 0 : 1, "", 0);
    const std::int64_t step = given.integer(2, "", 1);
    constexpr std::int64_t kMost = 100'000;  // the sandbox's own limit
    constexpr std::int64_t kFar = std::int64_t{1} << 40;
    const auto far = [](std::int64_t value) { return value > kFar || value < -kFar; };
    if (given.size() == 0 || step == 0 || far(begin) || far(end) || far(step))
      given.wrong("it needs numbers that make a range");
    const std::int64_t span = step > 0 ? end - begin : begin - end;
    const std::int64_t count = span <= 0 ? 0 : (span - 1) / std::abs(step) + 1;
    if (count > kMost) given.wrong(fmt::format("a range of more than {} numbers", kMost));
    budget_.step(static_cast<std::size_t>(count));
    List items;
    for (std::int64_t i = 0; i < count; ++i) items.emplace_back(begin + i * step);
    return items;
  }

  static Value time(const std::string& format) {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    std::array<char, 256> text{};
    if (format.size() > text.size() / 4)
      fail(ErrorKind::unsupported, "chat template: a format of time of {} bytes", format.size());
    return std::string(text.data(),
                       std::strftime(text.data(), text.size(), format.c_str(), &local));
  }

  Value unary(const Expression& node) {
    const Value value = evaluate(*node.parts[0]);
    if (node.text == "not") return !value.truth();
    if (!value.is_number()) wrong(node, fmt::format("a sign before a {}", value.type()));
    if (value.real() != nullptr) return node.text == "-" ? -value.number() : value.number();
    const auto whole = static_cast<std::int64_t>(
        value.integer() != nullptr ? *value.integer() : (value.truth() ? 1 : 0));
    if (whole == std::numeric_limits<std::int64_t>::min()) wrong(node, "a number is too large");
    return node.text == "-" ? -whole : whole;
  }

  Value binary(const Expression& node) {
    Value left = evaluate(*node.parts[0]);
    if (node.text == "and") return left.truth() ? evaluate(*node.parts[1]) : left;
    if (node.text == "or") return left.truth() ? left : evaluate(*node.parts[1]);
    return combine(node.text, left, evaluate(*node.parts[1]), node.line, budget_);
  }

  Value comparison(const Expression& node) {
    Value left = evaluate(*node.parts[0]);
    for (std::size_t i = 0; i < node.operators.size(); ++i) {
      Value right = evaluate(*node.parts[i + 1]);
      if (!holds(node.operators[i], left, right)) return false;
      left = std::move(right);
    }
    return true;
  }

  bool holds(const std::string& sign, const Value& left, const Value& right) {
    if (sign == "==") return equal(left, right, budget_);
    if (sign == "!=") return !equal(left, right, budget_);
    if (sign == "in") return contains(right, left, budget_);
    if (sign == "not in") return !contains(right, left, budget_);
    const int order = compare(left, right, budget_);
    if (sign == "<") return order < 0;
    if (sign == "<=") return order <= 0;
    return sign == ">" ? order > 0 : order >= 0;
  }

  const Dict& variables_;
  Budget budget_;
  std::vector<Dict> frames_;
  std::size_t base_ = 0;  // of the macro that runs; frames below are not seen, but for the first
  std::deque<Namespace> spaces_;
  std::string out_;
  int depth_ = 0;
  int loops_ = 0;
};

}  // namespace

struct Template::Parsed {
  Block block;
};

Template::Template(std::string_view source) {
  if (source.size() > kMostSource)
    fail(ErrorKind::exhausted, "a chat template of {} bytes: Kindred reads up to {}", source.size(),
         kMostSource);
  parsed_ = std::make_unique<const Parsed>(Parsed{parse(source)});
  reads_clock_ = source.find("strftime_now") != std::string_view::npos;
}

Template::~Template() = default;
Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;

std::string Template::render(const Dict& variables) const {
  return Renderer(variables).run(parsed_->block);
}

}  // namespace kindred::text::jinja
