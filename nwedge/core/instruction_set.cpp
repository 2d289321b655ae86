#include "nwedge/core/instruction_set.hpp"

#include <fmt/core.h>
#include <hwy/targets.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "nwedge/core/error.hpp"

namespace nwedge {
namespace {

struct Known {
  InstructionSet set;
  std::string_view name;
  std::int64_t target;
};

constexpr std::array kKnown = {Known{InstructionSet::baseline, "baseline", HWY_STATIC_TARGET},
                               Known{InstructionSet::avx2, "avx2", HWY_AVX2},
                               Known{InstructionSet::avx512, "avx512", HWY_AVX3}};

/// Of what the binary and the processor have.
InstructionSet best() {
  InstructionSet best = InstructionSet::baseline;
  for (const Known& known : kKnown)
    if (hwy::SupportedTargets() & HWY_TARGETS & known.target) best = known.set;
  return best;
}

InstructionSet chosen = best();

}  // namespace

InstructionSet instruction_set() { return chosen; }

std::string_view name_of(InstructionSet set) { return kKnown[static_cast<std::size_t>(set)].name; }

void limit_instruction_set(std::string_view name, std::string_view place) {
  std::int64_t allowed = 0;
  for (const Known& known : kKnown) {
    allowed |= known.target;
    if (known.name != name) continue;
    hwy::SetSupportedTargetsForTest(0);  // all that there are
    if (known.set > best())
      throw Error(std::string(place),
                  fmt::format("this processor has {} at best, not {}", name_of(best()), name));
    hwy::SetSupportedTargetsForTest(hwy::SupportedTargets() & allowed);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    chosen = known.set;
    return;
  }
  throw Error(std::string(place), fmt::format("must be baseline, avx2 or avx512, is \"{}\"", name));
}

void limit_instruction_set_by_environment() {
  constexpr const char* kName = "NWEDGE_INSTRUCTION_SET";
  if (const char* name = std::getenv(kName)) limit_instruction_set(name, kName);
}

namespace {

/// Before anything is computed. What cannot be is told by whoever asks again.
[[maybe_unused]] const bool limited = [] {
  try {
    limit_instruction_set_by_environment();
    return true;
  } catch (const Error&) {
    return false;
  }
}();

}  // namespace
}  // namespace nwedge
