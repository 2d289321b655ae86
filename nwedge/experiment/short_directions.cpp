#include "nwedge/experiment/short_directions.hpp"

#include <algorithm>
#include <cmath>

#include "nwedge/core/parallel.hpp"
#include "nwedge/core/random.hpp"
#include "nwedge/core/vectors.hpp"
#include "nwedge/geometry/m_tunnel.hpp"
#include "nwedge/spectrum/lanczos.hpp"

namespace nwedge::experiment {
namespace {

/// Sums of v^T H v and ||H v||^2 over probes, for one matrix.
struct Sums {
  std::vector<double> forms;
  std::vector<double> squares;

  /// PR without the probe `left_out` (none when it is past the end).
  double effective_rank(std::size_t left_out) const {
    double form = 0;
    double square = 0;
    double count = 0;
    for (std::size_t i = 0; i < forms.size(); ++i) {
      if (i == left_out) continue;
      form += forms[i];
      square += squares[i];
      ++count;
    }
    return square > 0 ? form * form / (count * square) : 0.0;
  }
};

/// A small symmetric matrix, row by row.
struct Gram {
  std::int64_t size = 0;
  std::vector<double> entries;

  std::int64_t rows() const { return size; }
  void multiply(std::span<const float> x, std::span<float> y) const {
    for (std::size_t i = 0; i < y.size(); ++i) {
      double sum = 0;
      for (std::size_t j = 0; j < x.size(); ++j) sum += entries[i * x.size() + j] * x[j];
      y[i] = static_cast<float>(sum);
    }
  }
};

/// A function of the probes with its jackknife error and its bias of first order removed; value(n) uses all
/// n.
template <class Value>
spectrum::Estimate jackknife(std::size_t probes, Value value) {
  const auto n = static_cast<double>(probes);
  std::vector<double> left_out;
  for (std::size_t i = 0; i < probes; ++i) left_out.push_back(value(i));
  double mean = 0;
  for (const double x : left_out) mean += x / n;
  double squares = 0;
  for (const double x : left_out) squares += (x - mean) * (x - mean);
  return {n * value(probes) - (n - 1) * mean, std::sqrt((n - 1) / n * squares)};
}

}  // namespace

StarHessian::StarHessian(const CurvedLandscape& base, std::span<const float> optima,
                         std::span<const float> centre, std::int64_t order) {
  const std::size_t size = centre.size();
  for (std::size_t begin = 0; begin < optima.size(); begin += size) {
    functionals_.push_back(geometry::m_tunnel(base, optima.subspan(begin, size), order));
    curvatures_.push_back(functionals_.back()->curvature_at(centre));
  }
  products_.resize(optima.size());
}

void StarHessian::multiply_each(std::span<const float> vector, std::span<float> products) {
  parallel_for(branches(), [&](std::int64_t i) {
    const auto branch = static_cast<std::size_t>(i);
    curvatures_[branch]->multiply(vector, products.subspan(branch * vector.size(), vector.size()));
  });
}

void StarHessian::multiply(std::span<const float> vector, std::span<float> product) {
  multiply_each(vector, products_);
  const auto share = 1.0f / static_cast<float>(branches());
  for (std::size_t j = 0; j < product.size(); ++j) {
    float sum = 0;
    for (std::size_t begin = 0; begin < products_.size(); begin += product.size())
      sum += products_[begin + j];
    product[j] = share * sum;
  }
}

EffectiveRanks effective_ranks(StarHessian& hessian, std::int64_t probes, std::uint64_t seed,
                               Monitor& monitor) {
  const auto size = static_cast<std::size_t>(hessian.rows());
  const auto m = static_cast<std::size_t>(hessian.branches());
  std::vector<float> probe(size);
  std::vector<float> products(m * size);
  std::vector<float> mean(size);
  std::vector<Sums> sums(m + 1);  // the branches, then the star
  for (std::int64_t i = 0; i < probes; ++i) {
    monitor.checkpoint(static_cast<double>(i) / static_cast<double>(probes));
    spectrum::fill_signs(probe, seed, static_cast<std::uint64_t>(i));
    hessian.multiply_each(probe, products);
    std::fill(mean.begin(), mean.end(), 0.0f);
    for (std::size_t branch = 0; branch <= m; ++branch) {
      const std::span<const float> product =
          branch < m ? std::span<const float>(products).subspan(branch * size, size)
                     : std::span<const float>(mean);
      sums[branch].forms.push_back(dot(probe, product));
      sums[branch].squares.push_back(dot(product, product));
      if (branch < m)
        for (std::size_t j = 0; j < size; ++j) mean[j] += product[j] / static_cast<float>(m);
    }
  }
  const auto count = static_cast<std::size_t>(probes);
  const auto star = [&](std::size_t left_out) { return sums[m].effective_rank(left_out); };
  const auto branches = [&](std::size_t left_out) {
    double total = 0;
    for (std::size_t branch = 0; branch < m; ++branch) total += sums[branch].effective_rank(left_out);
    return total / static_cast<double>(m);
  };
  return {jackknife(count, star), jackknife(count, branches),
          jackknife(count, [&](std::size_t left_out) { return star(left_out) / branches(left_out); })};
}

spectrum::Estimate StiffSpectrum::count_above(double threshold) const {
  if (multiplicities) {
    const spectrum::Estimate count = multiplicities->count_above(threshold);
    constexpr double kRounding = 1e-5;  // of products in single precision
    const double doubt = 5 * count.standard_error + kRounding * count.value;
    return doubt < 0.5 ? spectrum::Estimate{std::round(count.value), 0} : count;
  }
  const auto count = std::count_if(ritz.begin(), ritz.end(), [&](double value) { return value > threshold; });
  return {static_cast<double>(count), 0};
}

StiffSpectrum stiff_spectrum(spectrum::OperatorReference hessian, std::int64_t steps, double least_share,
                             std::uint64_t seed, Monitor& monitor) {
  const std::int64_t rows = hessian.rows();
  spectrum::Lanczos process(hessian);
  std::vector<float> start(static_cast<std::size_t>(rows));
  double largest = 0;
  std::int64_t first_block = 0;
  bool invariant = true;  // the last space closed
  bool remaining = true;  // it held a large value, so that its complement may hold more
  for (std::uint64_t block = 0; invariant && remaining && process.size() < std::min(rows, steps); ++block) {
    RandomStream(seed, "ritz values", block).fill_normal(start);
    if (!process.begin(start)) {
      remaining = false;
      break;
    }
    while (process.step() && process.size() < steps)
      monitor.checkpoint(static_cast<double>(process.size()) / static_cast<double>(steps));
    if (!process.finite()) return {};
    const auto begin = static_cast<std::size_t>(process.block_begin());
    const auto length = static_cast<std::size_t>(process.size()) - begin;
    const spectrum::TridiagonalEigen found = spectrum::tridiagonal_eigen(
        process.diagonal().subspan(begin),
        length > 1 ? process.off_diagonal().subspan(begin) : std::span<const double>());
    largest = std::max(largest, found.values.back());
    invariant = process.coupling() == 0;
    remaining = found.values.back() > least_share * largest;
    if (block == 0) first_block = process.size();
  }
  StiffSpectrum result;
  result.ritz = spectrum::tridiagonal_eigen(process.diagonal(), process.off_diagonal()).values;
  std::reverse(result.ritz.begin(), result.ritz.end());
  // A space that the steps cut off tells nothing of what is left, unless it is the first: then H is no
  // multiple one.
  const bool more = invariant ? remaining : first_block < process.size();
  if (more && process.size() < rows)
    result.multiplicities = spectrum::stochastic_quadrature(
        hessian, {kMultiplicityProbes, std::max<std::int64_t>(1, first_block)}, seed, monitor);
  return result;
}

double overlap(std::span<const float> a, std::span<const float> b, std::int64_t k) {
  const std::size_t size = a.size() / static_cast<std::size_t>(k);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); i += size)
    for (std::size_t j = 0; j < b.size(); j += size) {
      const double product = dot(a.subspan(i, size), b.subspan(j, size));
      sum += product * product;
    }
  return sum / static_cast<double>(k);
}

double union_entropy_rank(std::span<const float> bases, std::int64_t rows, std::int64_t dimension) {
  // The Gram matrix has the eigenvalues of sum_i V_i V_i^T that are not 0.
  const auto size = static_cast<std::size_t>(dimension);
  Gram gram{rows, std::vector<double>(static_cast<std::size_t>(rows * rows))};
  parallel_for(rows, [&](std::int64_t i) {
    for (std::int64_t j = 0; j < rows; ++j)
      gram.entries[static_cast<std::size_t>(i * rows + j)] =
          dot(bases.subspan(static_cast<std::size_t>(i) * size, size),
              bases.subspan(static_cast<std::size_t>(j) * size, size));
  });
  Monitor silent;
  constexpr double kNothing = 1e-4;  // an eigenvalue this small adds less than 1e-5 to the entropy of ten
  double entropy = 0;
  for (const double value : stiff_spectrum(gram, rows, kNothing, 0, silent).ritz) {
    const double share = value / static_cast<double>(rows);
    if (share > 0) entropy -= share * std::log(share);
  }
  return std::exp(entropy);
}

double predicted_union(double effective_dimension, double k, std::int64_t m) {
  return effective_dimension * (1 - std::pow(1 - k / effective_dimension, static_cast<double>(m)));
}

}  // namespace nwedge::experiment
