#include <filesystem>
#include <iostream>
#include <memory>

#include "commands/commands.hpp"
#include "hosts/kubernetes_manifests.hpp"
#include "support/command_line.hpp"

/// `headroom manifests`: what runs `headroom run` in a cluster.
namespace tool {

void add_manifests(command_line& to) {
  struct manifests_options {
    std::filesystem::path file{};
    manifest_options how{};
  };
  command& c =
      to.add("manifests", "Print the objects of Kubernetes that run `run` in a cluster, with no right too many");
  const auto o = std::make_shared<manifests_options>();
  c.add("file", o->file, "TOML file of `run`, with target.kind = \"kubernetes\"").required();
  c.add("--image", o->how.image, "The image of the container; its program is headroom").required();
  c.add("--name", o->how.name, "The name of every object (default: headroom- and the name of the target)");
  c.add("--journal-claim", o->how.claim,
        "The PersistentVolumeClaim for the journal (default: it is lost with the pod)");
  c.add_flag("--live", o->how.live, "Without --shadow: it scales");
  c.footer(
      "Examples:\n"
      "  headroom manifests autoscaler.toml --image registry.example.org/headroom:1 | kubectl apply -f -\n"
      "  headroom manifests autoscaler.toml --image registry.example.org/headroom:1 --live | kubectl diff -f -");
  c.runs([o] {
    std::cout << kubernetes_manifests(settings(o->file), o->how);
    return exit_done;
  });
}

}  // namespace tool
