#pragma once

#include <cmath>      // std::ceil
#include <cstddef>    // std::size_t
#include <fstream>    // std::ofstream
#include <stdexcept>  // std::runtime_error
#include <string>     // std::string

#include <headroom/core/check.hpp>

#include "load_shapes.hpp"

namespace live_load {

/// What a plan for JMeter sends.
struct jmeter_plan {
  std::string url{};  ///< http://HOST:PORT
  std::string path{};
  std::string body{};  ///< JSON; empty: GET
  double seconds = 60;
  int senders = 128;  ///< threads of the group
  rate load{};
};

/// Text between tags.
[[nodiscard]] inline std::string xml_text(const std::string& text) {
  std::string all;
  for (const char c : text) {
    if (c == '&')
      all += "&amp;";
    else if (c == '<')
      all += "&lt;";
    else if (c == '>')
      all += "&gt;";
    else if (c == '"')
      all += "&quot;";
    else
      all += c;
  }
  return all;
}

/// Writes the load as a plan for JMeter, as the published generator does: a row of the Throughput Shaping Timer a
/// second, from the level of the second before to its own, and a Concurrency Thread Group (both are plug-ins of
/// jmeter-plugins.org). Throws std::invalid_argument for an address without a host, std::runtime_error where the file
/// cannot be written.
inline void write_jmeter_plan(const std::string& file, const jmeter_plan& p) {
  const std::size_t scheme = p.url.find("://");
  const std::string rest = scheme == p.url.npos ? std::string() : p.url.substr(scheme + 3);
  const std::size_t colon = rest.find(':');
  const std::string host = rest.substr(0, rest.find_first_of(":/"));
  headroom::require(!host.empty(), "load", "--url", p.url, "be as in http://127.0.0.1:8000 for a plan");
  const std::string port =
      colon == rest.npos ? std::string() : rest.substr(colon + 1, rest.find('/', colon) - colon - 1);
  const auto text = [](const char* name, const std::string& value) {
    return std::string("<stringProp name=\"") + name + "\">" + xml_text(value) + "</stringProp>";
  };
  std::string rows;
  double before = p.load(0);
  const auto seconds = static_cast<int>(std::ceil(p.seconds));
  for (int k = 0; k < seconds; ++k) {
    const double now = p.load(k);
    rows += "<collectionProp name=\"" + headroom::to_text(k) + "\">" + text("1", headroom::to_text(before)) +
            text("2", headroom::to_text(now)) + text("3", "1") + "</collectionProp>\n";
    before = now;
  }
  const std::string method = p.body.empty() ? "GET" : "POST";
  std::ofstream out(file);
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<jmeterTestPlan version=\"1.2\" properties=\"5.0\">\n<hashTree>\n"
      << "<TestPlan guiclass=\"TestPlanGui\" testclass=\"TestPlan\" testname=\"headroom\"/>\n<hashTree>\n"
      << "<com.blazemeter.jmeter.threads.concurrency.ConcurrencyThreadGroup "
         "guiclass=\"com.blazemeter.jmeter.threads.concurrency.ConcurrencyThreadGroupGui\" "
         "testclass=\"com.blazemeter.jmeter.threads.concurrency.ConcurrencyThreadGroup\" testname=\"users\">"
      << text("TargetLevel", headroom::to_text(p.senders)) << text("Hold", headroom::to_text(seconds))
      << text("Unit", "S") << text("ThreadGroup.on_sample_error", "continue")
      << "</com.blazemeter.jmeter.threads.concurrency.ConcurrencyThreadGroup>\n<hashTree>\n"
      << "<HTTPSamplerProxy guiclass=\"HttpTestSampleGui\" testclass=\"HTTPSamplerProxy\" testname=\"request\">"
      << text("HTTPSampler.domain", host) << text("HTTPSampler.port", port) << text("HTTPSampler.path", p.path)
      << text("HTTPSampler.method", method);
  if (!p.body.empty()) {
    out << "<boolProp name=\"HTTPSampler.postBodyRaw\">true</boolProp>"
        << "<elementProp name=\"HTTPsampler.Arguments\" elementType=\"Arguments\"><collectionProp "
           "name=\"Arguments.arguments\"><elementProp name=\"\" elementType=\"HTTPArgument\">"
        << text("Argument.value", p.body) << text("Argument.metadata", "=")
        << "</elementProp></collectionProp></elementProp>";
  }
  out << "</HTTPSamplerProxy>\n<hashTree>\n<HeaderManager guiclass=\"HeaderPanel\" testclass=\"HeaderManager\" "
         "testname=\"headers\"><collectionProp name=\"HeaderManager.headers\"><elementProp name=\"\" "
         "elementType=\"Header\">"
      << text("Header.name", "Content-Type") << text("Header.value", "application/json")
      << "</elementProp></collectionProp></HeaderManager>\n<hashTree/>\n</hashTree>\n"
      << "<kg.apc.jmeter.timers.VariableThroughputTimer "
         "guiclass=\"kg.apc.jmeter.timers.VariableThroughputTimerGui\" "
         "testclass=\"kg.apc.jmeter.timers.VariableThroughputTimer\" testname=\"load\">"
      << "<collectionProp name=\"load_profile\">\n"
      << rows << "</collectionProp></kg.apc.jmeter.timers.VariableThroughputTimer>\n<hashTree/>\n"
      << "</hashTree>\n</hashTree>\n</hashTree>\n</jmeterTestPlan>\n";
  out.close();
  if (!out) throw std::runtime_error(file + " cannot be written");
}

}  // namespace live_load
