// Where a transformer runs: on the CPU by our own kernels, or on a device that a program brings an
// executor for. Tested by devices_test.cc.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/cpu.h"
#include "base/thread_pool.h"
#include "kindred/encoder.h"
#include "model/executor.h"

namespace kindred::encode {

using OpenExecutor = std::function<std::unique_ptr<const model::Executor>(
    const model::TransformerSpec& spec, const model::TransformerWeights& weights,
    const std::string& device, bool bf16)>;

/// Called once, before any encoder is opened: what runs transformers on other devices than "cpu".
void set_device_executor(OpenExecutor open);

/// Tokens that a device takes at once, where a thread of the CPU takes some hundred.
inline constexpr std::size_t kDeviceTokens = 32768;

/// Whether our own kernels are meant.
inline bool is_native(const std::string& device) {
  return device.empty() || device == "cpu";
}

/// Errors: unsupported where this program has no executor for the device, or the device none for
/// the precision; as the executor's own.
std::unique_ptr<const model::Executor> open_executor(const model::TransformerSpec& spec,
                                                     const model::TransformerWeights& weights,
                                                     const EncoderOptions& options, Isa isa,
                                                     ThreadPool& pool);

}  // namespace kindred::encode
