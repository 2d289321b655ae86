#pragma once
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "nwedge/landscape.hpp"

namespace nwedge::test {

/// What a landscape promises beyond the laws that hold for all.
struct Promises {
  /// Central differences approach derivatives like h^2 around the test points. False where kinks are dense
  /// (ReLU, where the number of kinks within h fluctuates); then the best step of a sweep must come close.
  bool smooth = true;
  bool curved = true;       ///< exact Hessian-vector products
  bool dropout = false;     ///< minibatch gradients are those of another loss
  double rounding = 1e-6;   ///< relative error of one loss or gradient evaluation, from its float arithmetic
  double spread = 0.1;      ///< test points are initial_point + N(0, spread^2 I)
  std::int64_t batch = 16;  ///< divides the examples, where there are any
};

/// A landscape under test. `make` gives the same landscape each time.
struct LandscapeCase {
  std::string name;
  std::function<std::shared_ptr<const Landscape>()> make;
  Promises promises;
};

inline void PrintTo(const LandscapeCase& one, std::ostream* stream) { *stream << one.name; }

/// Every landscape of the library in every variant worth a check, each also restricted to a random
/// three-dimensional affine family. A new landscape is one line in landscapes.cpp.
const std::vector<LandscapeCase>& all_landscapes();

/// Those with exact Hessian-vector products.
std::vector<LandscapeCase> curved_landscapes();

/// A test point [D], named by `index`.
std::vector<float> test_point(const LandscapeCase& one, const Landscape& landscape, std::uint64_t index);

/// A random unit vector [D], named by `index`.
std::vector<float> test_direction(std::int64_t dimension, std::uint64_t index);

}  // namespace nwedge::test
