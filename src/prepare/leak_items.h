// What of an example is compared between splits. Tested by leaks_test.cc.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "prepare/example.h"
#include "prepare/leaks.h"
#include "prepare/text_key.h"

namespace kindred::prepare {

enum class LeakField : std::uint8_t { anchor, positive, negative, graded, group };

/// An id, group or text of an example.
struct LeakItem {
  LeakKind kind;  ///< id, group or text
  LeakField field;
  std::uint64_t key;  ///< what equal items share
  std::string_view text;
};

/// Threads: immutable.
class LeakItems {
 public:
  explicit LeakItems(const LeakOptions& options) : anchors_only_(options.anchors_only) {
    for (const LeakKind kind : options.kinds) wanted_[static_cast<std::size_t>(kind)] = true;
  }
  bool wants(LeakKind kind) const { return wanted_[static_cast<std::size_t>(kind)]; }

  /// Calls use(LeakItem) for each; texts where they or their near-duplicates are wanted.
  template <typename Use>
  void for_each(const Example& example, const Use& use) const {
    for_passage(example.anchor, LeakField::anchor, use);
    if (!anchors_only_) {
      for (const Passage& of : example.positives) for_passage(of, LeakField::positive, use);
      for (const Passage& of : example.negatives) for_passage(of, LeakField::negative, use);
      for (const Passage& of : example.graded) for_passage(of, LeakField::graded, use);
    }
    if (wants(LeakKind::group) && !example.group.empty()) {
      use(LeakItem{LeakKind::group, LeakField::group, hash_text(example.group, kGroups),
                   example.group});
    }
  }

 private:
  // Seeds of what is hashed, so that an id is never taken for a text.
  static constexpr std::uint64_t kAnchorIds = 1, kPassageIds = 2, kGroups = 3;

  template <typename Use>
  void for_passage(const Passage& of, LeakField field, const Use& use) const {
    if (wants(LeakKind::id) && !of.id.empty() && field != LeakField::negative) {
      const bool anchor = field == LeakField::anchor;
      use(LeakItem{LeakKind::id, field, hash_text(of.id, anchor ? kAnchorIds : kPassageIds),
                   of.id});
    }
    if (wants(LeakKind::text) || wants(LeakKind::near))
      use(LeakItem{LeakKind::text, field, hash_text(normalized_text(of.text)), of.text});
  }

  std::array<bool, kLeakKinds> wanted_{};
  bool anchors_only_;
};

}  // namespace kindred::prepare
