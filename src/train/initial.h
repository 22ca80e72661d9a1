// First values of new weights: the same for a seed and a name on every machine.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

namespace kindred::train {

/// float32 on the CPU, normally distributed.
at::Tensor random_normal(at::IntArrayRef shape, double deviation, std::uint64_t seed,
                         std::string_view name);
/// out × in, uniform in ±1 / sqrt(in): what PyTorch gives a Linear.
at::Tensor random_projection(std::int64_t out, std::int64_t in, std::uint64_t seed,
                             std::string_view name);
at::Tensor zeros_of(at::IntArrayRef shape, at::Device device);

}  // namespace kindred::train
