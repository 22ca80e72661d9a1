// Jinja's filters and tests, and the methods of Python's strings and dictionaries, as far as chat
// templates use them. Tested by template_test.cc.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "text/jinja/value.h"

namespace kindred::text::jinja {

/// What a filter, test, method or function was called with.
class Call {
 public:
  Call(std::string name, std::vector<Value> values, Dict named, Budget& budget)
      : name_(std::move(name)),
        values_(std::move(values)),
        named_(std::move(named)),
        budget_(budget) {}

  const std::string& name() const { return name_; }
  Budget& budget() const { return budget_; }
  std::size_t size() const { return values_.size(); }
  const std::vector<Value>& values() const { return values_; }
  const Dict& named() const { return named_; }

  /// The argument at `index`, or the one of that name; null where it was not given.
  const Value* find(std::size_t index, std::string_view name = "") const;
  const Value& at(std::size_t index, std::string_view name = "") const;
  const std::string& text(std::size_t index, std::string_view name = "") const;
  std::int64_t integer(std::size_t index, std::string_view name, std::int64_t otherwise) const;
  /// Errors: unsupported where there are more arguments, by position or by name.
  void expect(std::size_t most, std::initializer_list<std::string_view> names = {}) const;
  [[noreturn]] void wrong(std::string_view what) const;

 private:
  std::string name_;
  std::vector<Value> values_;
  Dict named_;
  Budget& budget_;
};

/// Errors: unsupported for a filter that Kindred does not have, by name.
Value apply_filter(const Value& value, const Call& call);
/// Errors: unsupported for a test that Kindred does not have, by name.
bool apply_test(const Value& value, const Call& call);

bool has_method(const Value& object, std::string_view name);
Value call_method(const Value& object, const Call& call);

/// The items of a list, the characters of a text, the keys of a dictionary; nothing for undefined.
List iterate(const Value& value, Budget& budget);
/// object.name, as Jinja looks it up: a method first, then an item. Errors: bad_input where
/// `object` is undefined.
Value attribute(const Value& object, const std::string& name);
/// object[key]: an item first, then a method.
Value item(const Value& object, const Value& key, Budget& budget);
bool contains(const Value& container, const Value& value, Budget& budget);

}  // namespace kindred::text::jinja
