#include "nwedge/study/export.hpp"

#include <gtest/gtest.h>

#include "nwedge/io/atomic_file.hpp"
#include "nwedge/study/plan.hpp"
#include "tests/support/temporary_folder.hpp"

namespace nwedge::study {
namespace {

constexpr std::string_view kText = R"(
[landscape.model]
kind = "wedge"
[landscape.model.training]
steps = 1
)";

/// A run whose one record holds `record`.
Run run_with(const test::TemporaryFolder& folder, experiment::Record record) {
  const Study study = parse_study(kText, "s.toml");
  FileDigests files;
  const std::vector<Cell> cells = make_plan(study, files);
  Outcome outcome;
  outcome.record = std::move(record);
  Store(folder.path()).write(study, cells, cells.front(), outcome, {});
  io::write_atomically(folder / "plan.json", plan_document(study, cells, files).dump());
  return read_run(folder.path());
}

std::string exported(const test::TemporaryFolder& folder, const std::string& name) {
  return io::read_text(folder / ("out/" + name));
}

TEST(Export, GroupsArraysOverTheSameAxes) {
  const test::TemporaryFolder folder;
  experiment::Record record;
  record.arrays = {{"t", {2}, std::vector<double>{0, 0.5}},
                   {"loss", {2}, std::vector<float>{1, NAN}},
                   {"plane.x", {2}, std::vector<double>{-1, 1}},
                   {"plane.y", {3}, std::vector<double>{0, 2, 4}},
                   {"plane.loss", {2, 3}, std::vector<double>{0, 1, 2, 3, 4, 5}},
                   {"plane.accuracy", {2, 3}, std::vector<double>{6, 7, 8, 9, 10, 11}},
                   {"plane.path-x", {4}, std::vector<double>{0, 1, 2, 3}},
                   {"plane.path-y", {4}, std::vector<double>{0, 1, 4, 9}},
                   {"matrix", {2, 2}, std::vector<std::int64_t>{1, 2, 3, 4}},
                   {"points.optimum", {2}, std::vector<float>{7, 8}}};
  Monitor monitor;
  const auto files = export_run(run_with(folder, record), folder / "out", monitor);
  const std::string id = "train.model.seed-0.";
  EXPECT_EQ(exported(folder, id + "t.csv"), "t,loss\n0,1\n0.5,nan\n");
  EXPECT_EQ(exported(folder, id + "plane.loss.csv"),
            "plane.x,plane.y,plane.loss,plane.accuracy\n-1,0,0,6\n-1,2,1,7\n-1,4,2,8\n1,0,3,9\n1,2,4,10\n1,4,"
            "5,11\n");
  EXPECT_EQ(exported(folder, id + "plane.path-x.csv"), "plane.path-x,plane.path-y\n0,0\n1,1\n2,4\n3,9\n");
  EXPECT_EQ(exported(folder, id + "matrix.csv"), "index-0,index-1,matrix\n0,0,1\n0,1,2\n1,0,3\n1,1,4\n");
  for (const char* name : {"t.vtp", "plane.loss.vtr", "plane.path.vtp", "matrix.vtr"})
    EXPECT_NE(exported(folder, id + name).find("<VTKFile"), std::string::npos) << name;
  EXPECT_EQ(files.size(), 9u)
      << "four tables, four VTK files, results.csv; axes and points have none of their own";
}

TEST(Export, FindsAxesByTheirNames) {
  const test::TemporaryFolder folder;
  experiment::Record record;
  record.arrays = {{"axis-1", {2}, std::vector<double>{5, 6}},
                   {"axis-2", {2}, std::vector<double>{7, 8}},
                   {"loss-train", {2, 2}, std::vector<double>{1, 2, 3, 4}},
                   {"map-y.origin", {2}, std::vector<double>{10, 20}},
                   {"map-x.origin", {3}, std::vector<double>{1, 2, 3}},
                   {"map-loss.origin", {2, 3}, std::vector<double>{1, 2, 3, 4, 5, 6}},
                   {"map-path.origin", {2, 2}, std::vector<double>{0, 0, 1, 1}},
                   {"block-axis", {3}, std::vector<double>{-1, 0, 1}},
                   {"random-block-loss", {3, 3, 3}, std::vector<double>(27, 0.0)}};
  Monitor monitor;
  export_run(run_with(folder, record), folder / "out", monitor);
  const std::string id = "train.model.seed-0.";
  EXPECT_EQ(exported(folder, id + "loss-train.csv"),
            "axis-1,axis-2,loss-train\n5,7,1\n5,8,2\n6,7,3\n6,8,4\n");
  EXPECT_EQ(exported(folder, id + "map-loss.origin.csv"),
            "map-y.origin,map-x.origin,map-loss.origin\n10,1,1\n10,2,2\n10,3,3\n20,1,4\n20,2,5\n20,3,6\n");
  EXPECT_NE(exported(folder, id + "map-loss.origin.vtr").find("\"0 2 0 1 0 0\""), std::string::npos)
      << "three columns, two rows";
  EXPECT_NE(exported(folder, id + "map-path.origin.vtp").find("NumberOfPoints=\"2\""), std::string::npos);
  EXPECT_EQ(
      exported(folder, id + "random-block-loss.csv").substr(0, 50).find("block-axis,block-axis,block-axis,"),
      0u);
}

TEST(Export, ListsEveryNumberOfEveryResult) {
  const test::TemporaryFolder folder;
  experiment::Record record;
  record.result = {{"gap", 0.25}, {"pairs", {{{"kind", "a, \"b\""}}, {{"kind", nullptr}}}}};
  Monitor monitor;
  export_run(run_with(folder, record), folder / "out", monitor);
  const std::string head = "train.model.seed-0,train,train,model,0,";
  EXPECT_EQ(exported(folder, "results.csv"), "record,experiment,name,landscape,seeds,key,value\n" +  //
                                                 head + "gap,0.25\n" +                               //
                                                 head + "pairs.0.kind,\"a, \"\"b\"\"\"\n" +          //
                                                 head + "pairs.1.kind,nan\n");
}

}  // namespace
}  // namespace nwedge::study
