// fastText's own models. Tested by golden_test.cc.
#pragma once

#include <cstdint>
#include <string_view>

#include "static_vectors/byte_input.h"
#include "static_vectors/read.h"
#include "static_vectors/static_model.h"

namespace kindred::static_vectors {

/// The first four bytes of fastText's files, and the version that it writes.
inline constexpr std::int32_t kFastTextMagic = 793'712'314;
inline constexpr std::int32_t kFastTextVersion = 12;

/// Whether a file that begins so is fastText's: by its magic number, or one from before files had
/// it, by sizes and enumerations that are possible.
bool begins_fasttext(std::string_view head);
inline constexpr std::size_t kFastTextHeadBytes = 76;  ///< that it looks at

/// The layout is that of fastText 0.9.2 (`FastText::saveModel`); without a magic number, that of
/// its first release, as gensim's `_fasttext_bin.py` documents it. Errors: as read_static_model.
StaticModel read_fasttext(ByteInput& input, const ReadOptions& options);

}  // namespace kindred::static_vectors
