#include <headroom/ext/internal/base64_text.hpp>
#include <headroom/ext/internal/kubernetes_answer.hpp>
#include <headroom/ext/internal/yaml_lines.hpp>

#include <stdexcept>
#include <string_view>

#include "input.hpp"

using namespace headroom;

/// What an API server answers, and what a kubeconfig may hold. Nothing but a refusal of YAML throws.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto a = internal::kubernetes_answer::of(text)) {
    fuzz::must(!a->kind().empty());
    for (const auto& n : {a->wanted(), a->ready()}) fuzz::must(!n || (*n >= 0 && *n <= 1'000'000'000));
    static_cast<void>(a->message() + a->uid() + a->resource_version() + a->who_scales("Deployment", "web"));
  }
  if (const auto bytes = internal::from_base64(text)) fuzz::must(bytes->size() <= size / 4 * 3);
  try {
    const internal::config_node root = internal::yaml_lines::read(text);
    fuzz::must(root.is != internal::config_node::kind::text);
    static_cast<void>(root.text_of("current-context"));
  } catch (const std::runtime_error& e) {
    fuzz::must(std::string_view(e.what()).starts_with("line "));
  }
  return 0;
}
