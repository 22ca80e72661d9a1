#include "encode/devices.h"

#include <gtest/gtest.h>

#include "io/expect_error.h"

namespace kindred::encode {
namespace {

TEST(Devices, AreOpenedByTheirPrecision) {
  model::TransformerSpec spec;
  const model::TransformerWeights weights;
  ThreadPool pool(1);
  EncoderOptions options;
  options.device = "cuda";
  const auto open = [&] { return open_executor(spec, weights, options, Isa::scalar, pool); };
  EXPECT_KINDRED_ERROR(open(), ErrorKind::unsupported, "without LibTorch");
  std::string asked;
  set_device_executor([&](const auto&, const auto&, const std::string& device, bool bf16) {
    asked = device + (bf16 ? " bf16" : " fp32");
    return nullptr;
  });
  options.precision = Precision::bf16;
  open();
  EXPECT_EQ(asked, "cuda bf16");
  options.precision = Precision::int8;
  EXPECT_KINDRED_ERROR(open(), ErrorKind::unsupported, "int8");
  set_device_executor(nullptr);
}

}  // namespace
}  // namespace kindred::encode
