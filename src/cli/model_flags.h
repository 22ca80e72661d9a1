// The flags that several commands share, and the options they stand for.
#pragma once

#include <memory>
#include <string>

#include "cli/command.h"
#include "encode/text_chunks.h"
#include "io/table.h"
#include "kindred/encoder.h"

namespace kindred::cli {

/// How a model is opened and used: groups "Model" and "Vectors".
struct ModelFlags {
  std::string model;
  EncoderOptions options;
  EncodeOptions encode;

  /// The argument MODEL, first of the command's.
  void add_argument(Command& command);
  /// --model, for commands that can do without.
  void add_optional(Command& command);
  void add_model_flags(Command& command);
  void add_vector_flags(Command& command);
  Encoder open() const;
  bool given() const { return !model.empty(); }
};

/// Where texts are read: --column and --format.
struct TextFlags {
  encode::TextSource source;
  void add(Command& command);
};

/// Of --bits, for commands that read vectors.
inline constexpr const char* kBitsHelp =
    "vectors in .npy files of int8 or uint8 are packed bits (--output-type binary, ubinary), which "
    "such a file does not say";

/// "fp32", "bf16", "int8".
Precision parse_precision(const std::string& text);
std::string_view name_of(Precision precision);

/// KINDRED_THREADS where --threads was not given. Errors: bad_input.
int threads_or_environment(int threads);
/// --isa.
Parameter isa_flag(std::string* isa);

}  // namespace kindred::cli
