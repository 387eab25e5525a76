#pragma once

#include <string>

// Where the files of this checkout stand. Compiled once, in test_data.cpp: the folder as a macro in every object would
// make ccache compile each of them anew in another clone.

/// `tests/data/` and `name` behind it.
std::string test_data(const std::string& name);
/// The root of the project and `name` behind it, such as "docs/files.md".
std::string project_file(const std::string& name);
