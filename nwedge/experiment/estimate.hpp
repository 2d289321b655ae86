#pragma once
#include "nwedge/core/fields.hpp"

namespace nwedge::experiment {

/// A value with its 95 % interval.
struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;

  void visit(FieldVisitor& visitor);
};

}  // namespace nwedge::experiment
