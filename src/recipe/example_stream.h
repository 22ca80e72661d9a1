// Examples in a shuffled order without end. Tested by batches_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/random.h"

namespace kindred::recipe {

/// Gives each of its examples once a cycle, in an order that the seed and the cycle's number alone
/// decide. What a batch cannot take waits and comes first in the next one.
///
/// Threads: one at a time.
class ExampleStream {
 public:
  /// Where a stream is; with the seed all that it goes on from.
  struct Place {
    std::uint64_t cycle = 0;
    std::uint64_t position = 0;  ///< in the cycle's order
    std::uint64_t served = 0;    ///< taken by batches, over all cycles; or missed before it began
    std::vector<std::uint32_t> waiting;

    bool operator==(const Place&) const = default;
  };

  /// `most_tries`: examples that are offered to one batch, at most; each is offered once.
  ExampleStream(std::vector<std::uint32_t> examples, const Random& random, std::size_t most_tries);

  std::size_t size() const noexcept { return examples_.size(); }
  std::uint64_t served() const noexcept { return place_.served; }

  void begin_batch();
  /// Nothing: there is no more for this batch.
  std::optional<std::uint32_t> next();
  /// Of the example that `next` gave: it was taken, or it waits.
  void take() noexcept { ++place_.served; }
  /// As if it had given as many, where it gave fewer: a stream that begins later does not make up
  /// for the time before.
  void catch_up(std::uint64_t served) noexcept {
    place_.served = place_.served < served ? served : place_.served;
  }
  void put_back(std::uint32_t example) { put_back_.push_back(example); }
  void end_batch();

  /// Between batches.
  const Place& place() const noexcept { return place_; }
  /// Errors: corrupt for a place that is not of this stream.
  void restore(Place place);

 private:
  void shuffle();

  std::vector<std::uint32_t> examples_;
  std::vector<std::uint32_t> order_;
  Random random_;
  std::size_t most_tries_;
  Place place_;
  // Within a batch:
  std::size_t tries_ = 0;
  std::size_t waited_ = 0;  // of waiting, which were offered
  std::vector<std::uint32_t> put_back_;
};

}  // namespace kindred::recipe
