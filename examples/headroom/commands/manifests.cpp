#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "commands/commands.hpp"
#include "hosts/kubernetes_job.hpp"
#include "hosts/kubernetes_manifests.hpp"
#include "support/command_line.hpp"

/// `headroom manifests`: what runs `headroom run` in a cluster, or the parts of a command.
namespace tool {

void add_manifests(command_line& to) {
  struct manifests_options {
    std::vector<std::string> words{};
    bool job = false;
    manifest_options how{};
    job_options parts{};
  };
  command& c =
      to.add("manifests", "Print the objects of Kubernetes that run `run` in a cluster, with no right too many");
  const auto o = std::make_shared<manifests_options>();
  c.add("file", o->words,
        "TOML file of `run`, with target.kind = \"kubernetes\"; with --job, behind --, a command that has parts")
      .required();
  c.add("--image", o->how.image, "The image of the container; its program is headroom").required();
  c.add("--name", o->how.name, "The name of every object (default: headroom- and the name of the target)");
  c.add("--journal-claim", o->how.claim,
        "The PersistentVolumeClaim for the journal (default: it is lost with the pod)");
  c.add_flag("--live", o->how.live, "Without --shadow: it scales");
  c.add_flag("--job", o->job, "Print a Job whose pods do the parts of a command (docs/many-machines.md)");
  c.add("--shards", o->parts.shards, "Of --job: in how many parts");
  c.add("--claim", o->parts.claim,
        "Of --job: the PersistentVolumeClaim that the pods work in and leave their shards in");
  c.footer(
      "Examples:\n"
      "  headroom manifests autoscaler.toml --image registry.example.org/headroom:1 | kubectl apply -f -\n"
      "  headroom manifests autoscaler.toml --image registry.example.org/headroom:1 --live | kubectl diff -f -\n"
      "  headroom manifests --job --shards 7 --claim work --image registry.example.org/headroom:1 -- \\\n"
      "      compare --policies hpa,sarsa --train-seeds 10 --out web-run");
  c.runs([o, &c] {
    for (const char* const option : {"--shards", "--claim"}) {
      if (!o->job && c.given(option))
        throw std::invalid_argument(std::string(option) + " is of --job, must be left out without it");
    }
    for (const char* const option : {"--live", "--journal-claim"}) {
      if (o->job && c.given(option))
        throw std::invalid_argument(std::string(option) + " is of `run`, must be left out beside --job");
    }
    if (o->job) {
      o->parts.image = o->how.image;
      o->parts.name = o->how.name;
      std::cout << kubernetes_job(o->words, o->parts);
      return exit_done;
    }
    if (o->words.size() != 1)
      throw std::invalid_argument("manifests: several files are named, must be one; a command's parts need --job");
    std::cout << kubernetes_manifests(settings(o->words.front()), o->how);
    return exit_done;
  });
}

}  // namespace tool
