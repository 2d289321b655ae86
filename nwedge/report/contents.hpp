#pragma once
#include <nlohmann/json.hpp>

#include "nwedge/study/run.hpp"

namespace nwedge::report {

/// What the page shows of a run, as its scripts read it:
///   title, version, claims (claims.hpp), experiments [{name, title}] in the report's order, training first,
///   wedge_figure (wedge_figure.hpp; null without a wedge model),
///   landscapes [{name, kind, label, options, training, dimension, examples}] in the order of the plan,
///   cells [{id, experiment, name, landscape, seeds, lost_seeds, options, result, failure, seconds, arrays}],
///   missing [id], problems [text], study {name, text}, provenance {…}, drawing {axis_limit}.
/// Reads every record's arrays once; holds at most the drawn part of them.
nlohmann::json page_contents(const study::Run& run);

}  // namespace nwedge::report
