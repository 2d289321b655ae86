#include "nwedge/network/data/standardisation.hpp"

#include <fmt/format.h>

#include <cmath>

#include "nwedge/core/error.hpp"

namespace nwedge::network {
namespace {

Standardisation from_sums(std::span<const double> sum, std::span<const double> squares, double pixels,
                          std::string_view place) {
  Standardisation result;
  for (std::size_t c = 0; c < sum.size(); ++c) {
    const double mean = sum[c] / pixels;
    const double variance = squares[c] / pixels - mean * mean;
    if (!(variance > 1e-12 * squares[c] / pixels))
      throw Error(place, fmt::format("channel {} of the training images must not be constant, is {} "
                                     "everywhere; leave it out, or set standardise to \"none\" or \"given\"",
                                     c, mean));
    result.mean.push_back(mean);
    result.scale.push_back(1.0 / std::sqrt(variance));
  }
  return result;
}

template <class Pixel>
Standardisation measure(const LabelledImages<Pixel>& images, std::span<const std::int64_t> examples,
                        std::string_view place) {
  const auto size = static_cast<std::size_t>(images.shape.size());
  const auto area = static_cast<std::size_t>(images.shape.height * images.shape.width);
  const auto channels = static_cast<std::size_t>(images.shape.channels);
  std::vector<double> sum(channels);
  std::vector<double> squares(channels);
  for (const std::int64_t example : examples) {
    const auto image = std::span(images.pixels).subspan(static_cast<std::size_t>(example) * size, size);
    for (std::size_t c = 0; c < channels; ++c) {
      double plane_sum = 0;
      double plane_squares = 0;
      for (const Pixel pixel : image.subspan(c * area, area)) {
        plane_sum += pixel;
        plane_squares += static_cast<double>(pixel) * pixel;
      }
      sum[c] += plane_sum;
      squares[c] += plane_squares;
    }
  }
  return from_sums(sum, squares, static_cast<double>(examples.size()) * static_cast<double>(area), place);
}

/// One number for each channel.
std::vector<double> per_channel(std::string_view name, const std::vector<double>& values,
                                std::size_t channels, std::string_view place) {
  if (values.size() == channels) return values;
  if (values.size() == 1) return std::vector<double>(channels, values[0]);
  throw Error(place, fmt::format("standardise = \"given\" needs 1 or {} numbers as {}, one for each channel, "
                                 "has {}",
                                 channels, name, values.size()));
}

Standardisation given(const DataOptions& options, std::size_t channels, std::string_view place) {
  Standardisation result{true, per_channel("mean", options.mean, channels, place),
                         per_channel("deviation", options.deviation, channels, place)};
  for (double& scale : result.scale) scale = 1 / scale;
  return result;
}

}  // namespace

template <class Pixel>
Standardisation make_standardisation(const DataOptions& options, const LabelledImages<Pixel>& images,
                                     std::span<const std::int64_t> examples, std::string_view place) {
  if (options.standardise == "channels") return measure(images, examples, place);
  const auto channels = static_cast<std::size_t>(images.shape.channels);
  if (options.standardise == "given") return given(options, channels, place);
  return {true, std::vector<double>(channels, 0.0), std::vector<double>(channels, 1.0)};
}

template Standardisation make_standardisation(const DataOptions&, const ByteImages&,
                                              std::span<const std::int64_t>, std::string_view);
template Standardisation make_standardisation(const DataOptions&, const FloatImages&,
                                              std::span<const std::int64_t>, std::string_view);

}  // namespace nwedge::network
