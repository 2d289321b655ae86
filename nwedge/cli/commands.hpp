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
void add_section_command(CLI::App& program);
void add_align_command(CLI::App& program);
void add_advise_command(CLI::App& program);
void add_export_command(CLI::App& program);
/// A command for every experiment that has none of its own: one experiment on one landscape, as a run.
void add_experiment_commands(CLI::App& program);
void add_wedges_command(CLI::App& program);
void add_predict_command(CLI::App& program);
void add_options_command(CLI::App& program);
/// help, completion and man.
void add_help_commands(CLI::App& program);

}  // namespace nwedge::cli
