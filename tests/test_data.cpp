#include "test_data.hpp"

std::string test_data(const std::string& name) { return project_file("tests/data/" + name); }
std::string project_file(const std::string& name) { return HEADROOM_PROJECT_FOLDER "/" + name; }
