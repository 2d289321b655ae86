#pragma once
#include <string_view>

namespace nwedge {

/// The instruction sets that vector code is compiled for, each in one binary; a processor runs the last one
/// that it has. `baseline` is what every processor of the architecture has: SSE2 on x86-64, NEON on Arm.
/// Results keep every bit on any number of threads, and may differ in the last digits between instruction
/// sets: with AVX2 and AVX-512 a product and a sum are rounded once.
enum class InstructionSet { baseline, avx2, avx512 };

/// The one that runs.
InstructionSet instruction_set();
std::string_view name_of(InstructionSet set);  ///< "baseline", "avx2" or "avx512"

/// From now on none above the named one; an `Error` at `place` where the processor lacks it or no such name
/// exists. For comparisons; not to be called while anything is computed.
void limit_instruction_set(std::string_view name, std::string_view place = "instruction set");

/// The same by the environment variable NWEDGE_INSTRUCTION_SET, where it is set. The library does so when it
/// is loaded, in silence; programs call this for its error.
void limit_instruction_set_by_environment();

}  // namespace nwedge
