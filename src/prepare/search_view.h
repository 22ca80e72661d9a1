// A page of results that somebody saw, with what came of it. Tested by sessions_test.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "prepare/log_time.h"

namespace kindred::prepare {

struct ViewedItem {
  std::string id;
  std::uint32_t position =
      0;  ///< from 1; 0: clicked or bought, and nothing says where it was shown
  bool clicked = false;
  bool long_click = false;  ///< stayed at least as long as SessionOptions::long_click
  bool in_cart = false;
  bool ordered = false;

  bool operator==(const ViewedItem&) const = default;
};

struct SearchView {
  std::string query;  ///< tidy_query
  std::string language;
  Microseconds time = 0;
  Microseconds session_start = 0;
  std::uint64_t user = 0;         ///< of a hash; of one who is not known, a hash of the line
  std::vector<ViewedItem> items;  ///< by position, those without one last

  bool operator==(const SearchView&) const = default;
};

void encode(const SearchView& view, std::string& bytes);
/// Errors: corrupt.
void decode(std::string_view bytes, SearchView& view);

}  // namespace kindred::prepare
