#include "encode/devices.h"

#include <utility>

#include "base/error.h"
#include "native/executor.h"

namespace kindred::encode {
namespace {

OpenExecutor& device_executor() {
  static OpenExecutor open;
  return open;
}

}  // namespace

void set_device_executor(OpenExecutor open) {
  device_executor() = std::move(open);
}

std::unique_ptr<const model::Executor> open_executor(const model::TransformerSpec& spec,
                                                     const model::TransformerWeights& weights,
                                                     const EncoderOptions& options, Isa isa,
                                                     ThreadPool& pool) {
  if (is_native(options.device))
    return native::Executor::create(spec, weights, options.precision, pool, isa);
  if (options.precision == Precision::int8)
    fail(ErrorKind::unsupported,
         "int8 weights run on the CPU alone: choose --precision bf16 or fp32 with --device {}",
         options.device);
  if (!device_executor())
    fail(ErrorKind::unsupported,
         "--device {}: this program was built without LibTorch, which runs models there; build "
         "where scripts/setup could install it",
         options.device);
  return device_executor()(spec, weights, options.device, options.precision == Precision::bf16);
}

}  // namespace kindred::encode
