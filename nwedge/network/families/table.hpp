#pragma once
#include "nwedge/network/families/family.hpp"

/// Every family by the function that describes it. A new one is a file and a line here.
#define NWEDGE_FAMILIES(FAMILY) \
  FAMILY(mlp_family)            \
  FAMILY(cnn_family)            \
  FAMILY(vgg_family)            \
  FAMILY(resnet_family)         \
  FAMILY(resnet18_family)       \
  FAMILY(resnet34_family)       \
  FAMILY(resnet50_family)       \
  FAMILY(wide_resnet_family)    \
  FAMILY(vit_family)            \
  FAMILY(mixer_family)

namespace nwedge::network {

#define NWEDGE_DECLARE_FAMILY(describe) Family describe();
NWEDGE_FAMILIES(NWEDGE_DECLARE_FAMILY)
#undef NWEDGE_DECLARE_FAMILY

}  // namespace nwedge::network
