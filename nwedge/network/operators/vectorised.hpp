#pragma once
#include <memory>
#include <utility>

#include "nwedge/core/vectorise.hpp"
#include "nwedge/network/operators/operator.hpp"

namespace nwedge::network {

/// An operator whose passes are compiled for each instruction set. Made in the file that holds their loops.
template <class Plain>
class Vectorised final : public Plain {
 public:
  using Plain::Plain;
  void gather(Phase phase, const NodePass& pass, double* sums) const override {
    vectorise([&] { Plain::gather(phase, pass, sums); });
  }
  void forward(const NodePass& pass) const override {
    vectorise([&] { Plain::forward(pass); });
  }
  void backward(const NodePass& pass) const override {
    vectorise([&] { Plain::backward(pass); });
  }
  void tangent(const NodePass& pass) const override {
    vectorise([&] { Plain::tangent(pass); });
  }
  void tangent_backward(const NodePass& pass) const override {
    vectorise([&] { Plain::tangent_backward(pass); });
  }
};

template <class Plain, class... Arguments>
std::unique_ptr<Operator> make_vectorised(Arguments&&... arguments) {
  return std::make_unique<Vectorised<Plain>>(std::forward<Arguments>(arguments)...);
}

}  // namespace nwedge::network
