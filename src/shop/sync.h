// The items of a version brought up to the catalogue. Tested by sync_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "base/progress.h"
#include "catalog/store.h"
#include "shop/encoder.h"
#include "shop/version.h"

namespace kindred::shop {

struct SyncOptions {
  std::size_t batch = 512;  ///< products encoded and written at once: what a kill costs
  /// Another version with the same fingerprint: a vector that it has of the same text is taken.
  const Version* donor = nullptr;
  /// Asked before each batch; true stops, and the next call goes on from there.
  std::function<bool()> stop = {};
};

struct SyncCounts {
  std::uint64_t written = 0;  ///< products
  std::uint64_t removed = 0;
  /// Of those written; the others' texts had vectors already, or the version has no model.
  std::uint64_t encoded = 0;
  std::uint64_t tokens = 0;  ///< that were encoded
  double encode_seconds = 0.0;
  double seconds = 0.0;
  bool complete = false;  ///< every change of the catalogue is in the items
};

/// Gives the encoder when there is something to encode, and not before.
using EncoderSource = std::function<const ShopEncoder&()>;

/// Reads the changes behind the version's position, batch by batch: composes each product, encodes
/// the texts that changed (a new price alone encodes nothing), writes items and removals, then the
/// position. It may be killed anywhere, and doing it again changes nothing. Errors: corrupt where
/// the catalogue lacks changes that the items have; those of store, encoder and backend.
SyncCounts synchronise(catalog::Store& store, Version& version, const EncoderSource& encoder,
                       const SyncOptions& options, Progress& progress);

}  // namespace kindred::shop
