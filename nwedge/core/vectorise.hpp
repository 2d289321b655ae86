#pragma once
#include "nwedge/core/instruction_set.hpp"

namespace nwedge {

#if defined(__x86_64__) && defined(__clang__)
#define NWEDGE_AVX2 "avx2,fma,bmi,bmi2,f16c"
#define NWEDGE_AVX512 NWEDGE_AVX2 ",avx512f,avx512vl,avx512bw,avx512dq,avx512cd"
#elif defined(__x86_64__)
#define NWEDGE_AVX2 "avx2,fma,bmi,bmi2,f16c"
#define NWEDGE_AVX512 NWEDGE_AVX2 ",avx512f,avx512vl,avx512bw,avx512dq,avx512cd,prefer-vector-width=512"
#endif

#if defined(__x86_64__)
namespace detail {

template <class F>
[[gnu::target(NWEDGE_AVX2), gnu::flatten, gnu::noinline]] auto run_with_avx2(F& body) {
  return body();
}

template <class F>
[[gnu::target(NWEDGE_AVX512), gnu::flatten, gnu::noinline]] auto run_with_avx512(F& body) {
  return body();
}

}  // namespace detail
#endif

/// body(), a plain loop over arrays whose functions stand in the same file or its headers, compiled for the
/// instruction set that runs: everything it calls is inlined into a copy for each, and becomes vector code
/// there. Loops that say which registers hold what are written over core/registers-inl.hpp instead.
template <class F>
auto vectorise(F&& body) {
#if defined(__x86_64__)
  switch (instruction_set()) {
    case InstructionSet::avx512:
      return detail::run_with_avx512(body);
    case InstructionSet::avx2:
      return detail::run_with_avx2(body);
    case InstructionSet::baseline:
      break;
  }
#endif
  return body();
}

#undef NWEDGE_AVX2
#undef NWEDGE_AVX512

}  // namespace nwedge
