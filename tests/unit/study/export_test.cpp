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
  const std::vector<Cell> cells = make_plan(study);
  Outcome outcome;
  outcome.record = std::move(record);
  Store(folder.path()).write(study, cells, cells.front(), outcome, {});
  io::write_atomically(folder / "plan.json", plan_document(study, cells).dump());
  return read_run(folder.path());
}

std::string exported(const test::TemporaryFolder& folder, const std::string& name) {
  return io::read_text(folder / ("out/" + name));
}

TEST(Export, GroupsArraysByPrefixAndShape) {
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
            "x,y,loss,accuracy\n-1,0,0,6\n-1,2,1,7\n-1,4,2,8\n1,0,3,9\n1,2,4,10\n1,4,5,11\n");
  EXPECT_EQ(exported(folder, id + "plane.path-x.csv"), "path-x,path-y\n0,0\n1,1\n2,4\n3,9\n");
  EXPECT_EQ(exported(folder, id + "matrix.csv"), "index-0,index-1,matrix\n0,0,1\n0,1,2\n1,0,3\n1,1,4\n");
  for (const char* name : {"t.vtp", "plane.loss.vtr", "plane.path.vtp", "matrix.vtr"})
    EXPECT_NE(exported(folder, id + name).find("<VTKFile"), std::string::npos) << name;
  EXPECT_EQ(files.size(), 9u)
      << "four tables, four VTK files, results.csv; axes and points have none of their own";
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
