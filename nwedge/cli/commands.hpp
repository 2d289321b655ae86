#pragma once
#include <CLI/App.hpp>

namespace nwedge::cli {

// One function per command, defined in the file that bears its name; main.cpp calls each once, in the order
// of `nwedge --help`.

void add_study_command(CLI::App& program);
void add_report_command(CLI::App& program);
void add_check_command(CLI::App& program);
void add_train_command(CLI::App& program);
void add_evaluate_command(CLI::App& program);
void add_export_command(CLI::App& program);
void add_options_command(CLI::App& program);

}  // namespace nwedge::cli
