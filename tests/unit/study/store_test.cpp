#include "nwedge/study/store.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temporary_folder.hpp"

namespace nwedge::study {
namespace {

/// What a machine is called whose proc/cpuinfo says this.
std::string name_of(const std::string& cpuinfo) {
  const test::TemporaryFolder machine;
  std::filesystem::create_directories(machine / "proc");
  std::ofstream(machine / "proc/cpuinfo") << cpuinfo;
  return processor_name(machine / "");
}

TEST(ProcessorName, IsTheModelOrTheNumbersOfAnArm) {
  EXPECT_EQ(name_of("processor\t: 0\nmodel\t\t: 17\nmodel name\t: AMD EPYC\nmodel name\t: other\n"),
            "AMD EPYC");
  EXPECT_EQ(name_of("processor\t: 0\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x3\n"
                    "CPU part\t: 0xd0c\nCPU revision\t: 1\n"),
            "Arm 0x41, part 0xd0c");
  EXPECT_EQ(name_of(""), "unknown");
  EXPECT_NE(processor_name(), "unknown");
}

}  // namespace
}  // namespace nwedge::study
