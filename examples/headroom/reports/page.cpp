#include "reports/page.hpp"

#include "reports/page_parts.hpp"
#include "reports/svg_text.hpp"

namespace tool::report {

namespace {

// JSON within a script element: no text of it can end the element.
std::string within_script(const json& data) {
  std::string out;
  for (const char c : data.dump(-1, ' ', false, json::error_handler_t::replace)) {
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  }
  return out;
}

}  // namespace

std::string page_text(const std::string& title, const json& data) {
  std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  // The browser itself refuses everything that is not in the file.
  out +=
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; "
      "style-src 'unsafe-inline'; img-src data:\">\n";
  out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  out += "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n";
  out += "<title>" + svg::escaped(title) + "</title>\n<style>\n";
  out.append(page_parts::uplot_css).append(page_parts::page_css).append("</style>\n</head>\n<body>\n");
  out += "<main id=\"page\"><h1>" + svg::escaped(title) + "</h1>\n";
  out += "<noscript><p>This page draws with JavaScript. The numbers are in it as JSON.</p></noscript></main>\n";
  out += "<script type=\"application/json\" id=\"data\">" + within_script(data) + "</script>\n<script>\n/*\n";
  out.append(page_parts::uplot_licence).append("*/\n").append(page_parts::uplot_js).append("\n</script>\n<script>\n");
  out.append(page_parts::page_js).append("</script>\n</body>\n</html>\n");
  return out;
}

}  // namespace tool::report
