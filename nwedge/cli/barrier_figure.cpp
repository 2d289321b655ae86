#include "nwedge/cli/barrier_figure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nwedge::cli {
namespace {

using experiment::Advice;
using Matrix = std::vector<std::vector<double>>;  // NaN: not there

constexpr double kCell = 34;
constexpr double kTree = 110;   // height of a dendrogram
constexpr double kLabel = 130;  // room for names
constexpr double kGap = 60;

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else
      result += c;
  }
  return result;
}

std::string shortened(const std::string& name) {
  return escaped(name.size() <= 16 ? name : "…" + name.substr(name.size() - 15));
}

Matrix matrix_of(const Advice& advice, std::size_t count, bool aligned) {
  Matrix matrix(count, std::vector<double>(count, NAN));
  for (const experiment::PairAdvice& pair : advice.pairs) {
    const double barrier = aligned && pair.aligned ? pair.aligned->barrier.value : pair.line.barrier.value;
    const auto i = static_cast<std::size_t>(pair.first);
    const auto j = static_cast<std::size_t>(pair.second);
    matrix[i][j] = matrix[j][i] = barrier;
  }
  return matrix;
}

/// A cluster of the dendrogram: its checkpoints in the order in which they are drawn, and where it joins.
struct Cluster {
  std::vector<std::size_t> members;
  double height = 0;
  double middle = 0;  // set when drawn
};

/// Draws one matrix with its dendrogram; `kept`: the checkpoints that were measured.
class Panel {
 public:
  Panel(const Matrix& matrix, std::vector<std::size_t> kept, const std::vector<std::string>& names,
        double tolerance, double most)
      : matrix_(matrix), kept_(std::move(kept)), names_(names), tolerance_(tolerance), most_(most) {}

  double width() const { return kLabel + kCell * static_cast<double>(kept_.size()); }
  std::string draw(double left, double top, const std::string& title) {
    left_ = left + kLabel;
    top_ = top + kTree + 30;
    svg_ = fmt::format("<text x='{}' y='{}' font-weight='bold'>{}</text>\n", left, top + 12, title);
    draw_tree();
    draw_cells();
    return svg_;
  }

 private:
  double link(const Cluster& a, const Cluster& b) const {
    double least = INFINITY;
    for (const std::size_t i : a.members)
      for (const std::size_t j : b.members)
        if (const double barrier = matrix_[i][j]; barrier < least) least = barrier;
    return least;
  }
  /// Barriers differ by factors: heights go by their roots.
  double height(double barrier) const {
    const double share = std::isfinite(barrier) ? std::sqrt(std::min(1.0, barrier / most_)) : 1.0;
    return top_ - 8 - share * (kTree - 20);
  }
  void line(double x1, double y1, double x2, double y2, const char* style = "stroke='#333'") {
    svg_ +=
        fmt::format("<line x1='{:.1f}' y1='{:.1f}' x2='{:.1f}' y2='{:.1f}' {}/>\n", x1, y1, x2, y2, style);
  }

  void draw_tree() {
    struct Join {
      std::size_t left, right;
      double barrier;
    };
    std::vector<Cluster> clusters;
    for (const std::size_t k : kept_) clusters.push_back({{k}, 0, 0});
    std::vector<Join> joins;
    std::vector<std::size_t> alive(clusters.size());
    std::iota(alive.begin(), alive.end(), std::size_t{0});
    while (alive.size() > 1) {
      std::size_t a = 0;
      std::size_t b = 1;
      double least = INFINITY;
      for (std::size_t i = 0; i < alive.size(); ++i)
        for (std::size_t j = i + 1; j < alive.size(); ++j)
          if (const double barrier = link(clusters[alive[i]], clusters[alive[j]]); barrier < least) {
            least = barrier;
            a = i;
            b = j;
          }
      joins.push_back({alive[a], alive[b], least});
      Cluster joined;
      joined.members = clusters[alive[a]].members;
      joined.members.insert(joined.members.end(), clusters[alive[b]].members.begin(),
                            clusters[alive[b]].members.end());
      joined.height = least;
      clusters.push_back(std::move(joined));
      alive.erase(alive.begin() + static_cast<std::ptrdiff_t>(b));
      alive[a] = clusters.size() - 1;
    }
    order_ = clusters.back().members;
    for (std::size_t k = 0; k < kept_.size(); ++k)
      clusters[k].middle = left_ + kCell * (position(kept_[k]) + 0.5);
    for (std::size_t k = 0; k < joins.size(); ++k) {
      Cluster& left = clusters[joins[k].left];
      Cluster& right = clusters[joins[k].right];
      Cluster& joined = clusters[kept_.size() + k];
      joined.middle = (left.middle + right.middle) / 2;
      const double y = height(joins[k].barrier);
      line(left.middle, height(left.height), left.middle, y);
      line(right.middle, height(right.height), right.middle, y);
      line(left.middle, y, right.middle, y);
    }
    line(left_, height(tolerance_), left_ + kCell * static_cast<double>(kept_.size()), height(tolerance_),
         "stroke='#b33' stroke-dasharray='4 3'");
    svg_ += fmt::format("<text x='{:.1f}' y='{:.1f}' text-anchor='end' fill='#b33'>{:.2g} nats</text>\n",
                        left_ - 6, height(tolerance_) + 4, tolerance_);
  }

  double position(std::size_t checkpoint) const {
    return static_cast<double>(std::find(order_.begin(), order_.end(), checkpoint) - order_.begin());
  }

  void draw_cells() {
    for (std::size_t r = 0; r < order_.size(); ++r) {
      const double y = top_ + kCell * static_cast<double>(r);
      svg_ += fmt::format("<text x='{:.1f}' y='{:.1f}' text-anchor='end'>{}</text>\n", left_ - 6,
                          y + kCell / 2 + 4, shortened(names_[order_[r]]));
      for (std::size_t c = 0; c < order_.size(); ++c) {
        if (r == c) continue;
        const double barrier = matrix_[order_[r]][order_[c]];
        const double x = left_ + kCell * static_cast<double>(c);
        const double share = std::isfinite(barrier) ? std::sqrt(std::min(1.0, barrier / most_)) : 1.0;
        const auto shade = static_cast<int>(std::lround(250 - 190 * share));
        svg_ += fmt::format(
            "<rect x='{:.1f}' y='{:.1f}' width='{}' height='{}' fill='rgb({},{},250)' stroke='{}'/>"
            "<text x='{:.1f}' y='{:.1f}' text-anchor='middle' fill='{}' font-size='9'>{}</text>\n",
            x + 1, y + 1, kCell - 2, kCell - 2, shade, shade, barrier <= tolerance_ ? "#2a2" : "none",
            x + kCell / 2, y + kCell / 2 + 3, share > 0.6 ? "white" : "black",
            barrier < 0.0005 ? "0" : fmt::format("{:.2g}", barrier));
      }
    }
  }

  const Matrix& matrix_;
  std::vector<std::size_t> kept_;
  const std::vector<std::string>& names_;
  double tolerance_;
  double most_;
  double left_ = 0;
  double top_ = 0;
  std::vector<std::size_t> order_;
  std::string svg_;
};

}  // namespace

std::string barrier_figure(const Advice& advice, const std::vector<std::string>& names) {
  std::vector<std::size_t> kept;
  for (const std::vector<std::int64_t>& wedge : advice.wedges)
    for (const std::int64_t member : wedge) kept.push_back(static_cast<std::size_t>(member));
  std::sort(kept.begin(), kept.end());
  double most = 2 * advice.tolerance;
  for (const experiment::PairAdvice& pair : advice.pairs)
    if (std::isfinite(pair.line.barrier.value)) most = std::max(most, pair.line.barrier.value);
  const Matrix before = matrix_of(advice, names.size(), false);
  const Matrix after = matrix_of(advice, names.size(), true);
  Panel left(before, kept, names, advice.tolerance, most);
  Panel right(after, kept, names, advice.tolerance, most);
  const double width = 2 * left.width() + kGap + 20;
  const double height = kTree + 60 + kCell * static_cast<double>(kept.size());
  std::string svg = fmt::format(
      "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {0:.0f} {1:.0f}' width='{0:.0f}' "
      "height='{1:.0f}' "
      "font-family='sans-serif' font-size='11'>\n<rect width='100%' height='100%' fill='white'/>\n",
      width, height);
  if (kept.size() > 1) {
    svg += left.draw(10, 10, "Barriers, nats");
    svg += right.draw(10 + left.width() + kGap, 10, "Barriers with units matched, nats");
  }
  return svg + "</svg>\n";
}

}  // namespace nwedge::cli
