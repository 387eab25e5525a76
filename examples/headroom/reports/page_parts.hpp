#pragma once

#include <string_view>  // std::string_view

/// The files of reports/page/ as text. CMake writes what defines them (examples/CMakeLists.txt), so that each is
/// parsed once, in a file of its own.
namespace tool::report::page_parts {

extern const std::string_view page_js;
extern const std::string_view page_css;
extern const std::string_view uplot_js;  ///< uPlot 1.6.32, npm, MIT: page/uplot/LICENSE
extern const std::string_view uplot_css;
extern const std::string_view uplot_licence;

}  // namespace tool::report::page_parts
