#include "nwedge/network/engine/hessian.hpp"

#include <vector>

#include "nwedge/core/parallel.hpp"

namespace nwedge::network {
namespace {

class NetworkCurvature final : public Curvature {
 public:
  NetworkCurvature(Engine& engine, const Examples& examples, std::span<const float> point,
                   std::vector<float> buffers, CurvatureMatrix matrix)
      : Curvature(engine.graph().dimension),
        engine_(engine),
        examples_(examples),
        point_(point.begin(), point.end()),
        buffers_(std::move(buffers)),
        matrix_(matrix),
        reserved_(engine.reserve_passes(engine.micro_batches(examples.count()))),
        kept_(static_cast<std::size_t>(reserved_)) {
    parallel_for(reserved_, [&](std::int64_t m) {
      std::unique_ptr<Pass>& pass = kept_[static_cast<std::size_t>(m)];
      pass = engine_.make_curvature_pass();
      run(*pass, m);
    });
  }
  ~NetworkCurvature() override { engine_.release_passes(reserved_); }

 private:
  Point point() const { return {point_.data(), buffers_.data()}; }
  double scale() const { return 1.0 / static_cast<double>(examples_.count()); }

  void run(Pass& pass, std::int64_t m) const {
    engine_.load(pass, examples_, m, examples_.count(), [](std::int64_t k) { return k; });
    pass.forward(point());
    pass.start_backward(engine_.loss(), scale());
    if (matrix_ == CurvatureMatrix::hessian) pass.backward(point(), nullptr, false);
  }

  void do_multiply(std::span<const float> vector, std::span<float> product) override {
    engine_.sum(product, examples_.count(), [&](std::int64_t m, float* part, bool add) {
      const Pool<TangentPass>::Lease tangent(engine_.tangents());
      if (m < reserved_)
        return tangent->multiply(*kept_[static_cast<std::size_t>(m)], point(), engine_.loss(), vector.data(),
                                 scale(), matrix_, part, add);
      const Pool<Pass>::Lease pass(engine_.curvatures());
      run(*pass, m);
      tangent->multiply(*pass, point(), engine_.loss(), vector.data(), scale(), matrix_, part, add);
    });
  }

  Engine& engine_;
  const Examples& examples_;
  std::vector<float> point_;
  std::vector<float> buffers_;
  CurvatureMatrix matrix_;
  std::int64_t reserved_;  // kept passes, those of the first micro-batches
  std::vector<std::unique_ptr<Pass>> kept_;
};

}  // namespace

std::unique_ptr<Curvature> make_curvature(Engine& engine, const Examples& examples,
                                          std::span<const float> point, std::vector<float> buffers,
                                          CurvatureMatrix matrix) {
  return std::make_unique<NetworkCurvature>(engine, examples, point, std::move(buffers), matrix);
}

}  // namespace nwedge::network
