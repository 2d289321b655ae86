#pragma once
#include <benchmark/benchmark.h>

#include <cstdint>

#include "nwedge/network/network.hpp"

namespace nwedge::bench {

/// A network and the multiplications and additions, two FLOP a pair, of one image.
struct Workload {
  const char* model;
  double forward;
  double training;
  double product;       ///< a Hessian-vector product at a point whose passes are kept
  double gauss_newton;  ///< a Gauss-Newton product there
};

inline constexpr Workload kMlp{"mlp:200,200", 397'600, 879'200, 1'131'200, 963'200};
inline constexpr Workload kCnn{"cnn:16,32,32", 2'941'056, 8'597'376, 16'741'632, 11'312'640};
inline constexpr Workload kResnet{"resnet:20", 61'641'088, 184'697'472, 368'943'360, 246'112'768};
inline constexpr Workload kVit{"vit:dim=64,depth=4,heads=4,patch=7,mlp=128", 4'853'504, 14'460'160,
                               28'719'104, 19'213'312};

/// On images of Fashion-MNIST's sizes; what is in them does not matter for the speed of a pass.
network::Network make(const Workload& workload, std::int64_t examples);

/// On Fashion-MNIST, for what takes as many steps as the loss asks for. An `Error` where it is not installed.
network::Network make_real(const Workload& workload, std::int64_t examples);

/// Registers a benchmark by name.
void add(const char* name, void (*body)(benchmark::State&));

}  // namespace nwedge::bench
