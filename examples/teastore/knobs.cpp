#include "teastore/knobs.hpp"

#include <algorithm>         // std::min
#include <cmath>             // std::floor
#include <initializer_list>  // std::initializer_list
#include <stdexcept>         // std::runtime_error
#include <string_view>       // std::string_view
#include <utility>           // std::pair

#include <headroom/core/check.hpp>
#include <headroom/io/internal/from_text.hpp>
#include <headroom/io/internal/json_writer.hpp>

namespace live_teastore {

using namespace headroom;
using node = headroom::internal::config_node;

std::string configuration::text() const {
  return to_text(replicas) + " replicas, heap " + to_text(heap) + " MB, cpu " + to_text(cpu) + " m";
}
std::string configuration::json() const {
  headroom::internal::json_writer w;
  w.open('{').name("replicas").integer(replicas).name("heap").integer(heap).name("cpu").integer(cpu);
  return w.close('}').json();
}

std::optional<configuration> moved(const configuration& from, std::size_t move) {
  if (move >= moves) return std::nullopt;
  configuration to = from;
  int* const axes[] = {&to.replicas, &to.heap, &to.cpu};
  constexpr int places[] = {1, 100, 100};
  if (move > 0) {
    const std::size_t k = (move - 1) / 2;
    *axes[k] += move % 2 == 1 ? places[k] : -places[k];
  }
  for (std::size_t k = 0; k < 3; ++k) {
    if (*axes[k] < places[k] || *axes[k] > 9 * places[k] || *axes[k] % places[k] != 0) return std::nullopt;
  }
  return to;
}

namespace {

// A count that the server leaves out is 0.
int count(const node& of, std::initializer_list<std::string_view> names) {
  return from_text<int>(of.text_at(names)).value_or(0);
}

// Where the number behind the last -Xmx begins and ends.
std::optional<std::pair<std::size_t, std::size_t>> place_of_heap(const std::string& options) {
  const std::size_t at = options.rfind("-Xmx");
  if (at == options.npos || (at > 0 && options[at - 1] != ' ')) return std::nullopt;
  const std::size_t end = std::min(options.find(' ', at), options.size());
  return std::pair{at + 4, end};
}

}  // namespace

seen_deployment look(const node& deployment, const knob_names& names) {
  seen_deployment seen;
  seen.version = deployment.text_at({"metadata", "resourceVersion"});
  seen.values.replicas = count(deployment, {"spec", "replicas"});
  const node* const notes = deployment.at({"metadata", "annotations"});
  if (notes != nullptr && notes->has(note_name)) {
    const auto note = node::of_json(notes->text_of(note_name));
    seen.note = values_in(note ? &*note : nullptr);
  }
  const node* const all = deployment.at({"spec", "template", "spec", "containers"});
  const node* const container = all == nullptr ? nullptr : all->named(names.container);
  if (container == nullptr) {
    throw std::runtime_error("the Deployment " + names.deployment + " has no container '" + names.container + "'");
  }
  if (const std::string cpu = container->text_at({"resources", "limits", "cpu"}); !cpu.empty()) seen.values.cpu = cpu;
  const node* const variables = container->find("env");
  const node* const variable = variables == nullptr ? nullptr : variables->named(names.heap_variable);
  if (variable != nullptr && variable->has("value")) seen.values.heap = variable->text_of("value");
  seen.ready = count(deployment, {"status", "readyReplicas"});
  seen.rolled_out =
      count(deployment, {"status", "observedGeneration"}) >= count(deployment, {"metadata", "generation"}) &&
      count(deployment, {"status", "updatedReplicas"}) == seen.values.replicas &&
      count(deployment, {"status", "replicas"}) == seen.values.replicas && seen.ready == seen.values.replicas;
  return seen;
}

std::optional<int> millicores(const std::string& quantity) {
  const bool milli = quantity.ends_with('m');
  const auto number = from_text<double>(std::string_view(quantity).substr(0, quantity.size() - (milli ? 1 : 0)));
  if (!number) return std::nullopt;
  const double m = milli ? *number : *number * 1000;
  if (!(m >= 1 && m <= 1e6) || std::floor(m) != m) return std::nullopt;
  return static_cast<int>(m);
}

std::optional<int> heap_mb(const std::string& options) {
  const auto place = place_of_heap(options);
  if (!place) return std::nullopt;
  std::string_view text = std::string_view(options).substr(place->first, place->second - place->first);
  double unit = 1.0 / (1 << 20U);  // bytes, as the JVM takes a number without a letter
  if (!text.empty()) {
    const char letter = static_cast<char>(text.back() | 0x20);
    if (letter == 'k') unit = 1.0 / 1024;
    if (letter == 'm') unit = 1;
    if (letter == 'g') unit = 1024;
    if (letter == 'k' || letter == 'm' || letter == 'g') text.remove_suffix(1);
  }
  const auto number = from_text<double>(text);
  const double mb = number ? *number * unit : 0;
  if (!(mb >= 1 && mb <= 1e6) || std::floor(mb) != mb) return std::nullopt;
  return static_cast<int>(mb);
}

std::string with_heap(const std::string& options, int mb) {
  const std::string heap = to_text(mb) + 'M';
  const auto place = place_of_heap(options);
  if (!place) return options + (options.empty() ? "" : " ") + "-Xmx" + heap;
  return options.substr(0, place->first) + heap + options.substr(place->second);
}

std::optional<configuration> configuration_of(const knob_values& v, const knob_names& names, std::string& why) {
  const auto cpu = v.cpu ? millicores(*v.cpu) : std::nullopt;
  const auto heap = v.heap ? heap_mb(*v.heap) : std::nullopt;
  if (!cpu) {
    why = "the container " + names.container + " has " +
          (v.cpu ? "the CPU limit '" + *v.cpu + "', must be whole millicores" : std::string("no CPU limit"));
  } else if (!heap) {
    why = "the variable " + names.heap_variable + " of the container " + names.container +
          (v.heap ? " is '" + *v.heap + "', must hold -Xmx with whole MB" : std::string(" is not set"));
  } else {
    return configuration{v.replicas, *heap, *cpu};
  }
  return std::nullopt;
}

knob_values values_of(const configuration& c, const knob_values& now) {
  return {c.replicas, to_text(c.cpu) + 'm', with_heap(now.heap.value_or(""), c.heap)};
}

std::string patch_of(const knob_values& to, const knob_names& names, const std::string& version, bool keep_note) {
  headroom::internal::json_writer w;
  w.open('{').name("metadata").open('{');
  if (!version.empty()) w.name("resourceVersion").text(version);
  w.name("annotations").open('{').name(note_name);
  keep_note ? w.text(json_of(to)) : w.null();
  w.close('}').close('}');
  w.name("spec").open('{').name("replicas").integer(to.replicas);
  w.name("template").open('{').name("spec").open('{').name("containers").open('[').open('{');
  w.name("name").text(names.container);
  w.name("resources").open('{').name("limits").open('{').name("cpu");
  to.cpu ? w.text(*to.cpu) : w.null();
  w.close('}').close('}');
  w.name("env").open('[').open('{').name("name").text(names.heap_variable);
  to.heap ? w.name("value").text(*to.heap) : w.name("$patch").text("delete");
  w.close('}').close(']');
  return w.close('}').close(']').close('}').close('}').close('}').close('}').json();
}

std::string json_of(const knob_values& v) {
  headroom::internal::json_writer w;
  w.open('{').name("replicas").integer(v.replicas).name("cpu");
  v.cpu ? w.text(*v.cpu) : w.null();
  w.name("heapValue");
  v.heap ? w.text(*v.heap) : w.null();
  return w.close('}').json();
}

std::optional<knob_values> values_in(const node* json) {
  if (json == nullptr || !json->has("replicas")) return std::nullopt;
  knob_values v;
  v.replicas = from_text<int>(json->text_of("replicas")).value_or(0);
  if (json->has("cpu")) v.cpu = json->text_of("cpu");
  if (json->has("heapValue")) v.heap = json->text_of("heapValue");
  return v;
}

}  // namespace live_teastore
