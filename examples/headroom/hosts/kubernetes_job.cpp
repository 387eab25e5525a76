#include "hosts/kubernetes_job.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>

#include "hosts/kubernetes_pod.hpp"
#include "shards/shard_file.hpp"

namespace tool {

using namespace headroom;

namespace {

constexpr std::array<std::string_view, 3> with_parts{"compare", "frontier", "train"};
constexpr std::string_view job_folder = "/work";

// In double quotes, as YAML's flow style takes any text. Kubernetes replaces $(NAME); $$ is a dollar.
std::string in_yaml(const std::string& word) {
  std::string quoted = "\"";
  for (const char c : word) {
    if (static_cast<unsigned char>(c) < 0x20)
      throw std::invalid_argument("manifests: the command holds a control character, must be text");
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c == '$' ? std::string("$$") : std::string(1, c);
  }
  return quoted + '"';
}

}  // namespace

std::string kubernetes_job(const std::vector<std::string>& words, const job_options& o) {
  if (words.empty() || std::find(with_parts.begin(), with_parts.end(), words.front()) == with_parts.end()) {
    throw std::invalid_argument("--job: the command is '" + (words.empty() ? std::string() : words.front()) +
                                "', must be one that has parts: compare, frontier or train, as in --job -- compare "
                                "--policies hpa,sarsa");
  }
  for (const std::string& word : words) {
    if (word == "--shard" || word.starts_with("--shard="))
      throw std::invalid_argument("--job: the command has --shard, must be the whole: each pod gets its own part");
  }
  require(o.shards >= 1 && o.shards <= 10'000, "--shards", "the number of parts", o.shards, "be from 1 to 10000");
  const std::string name = o.name.empty() ? "headroom-" + words.front() : o.name;
  require_kubernetes_name("--name", name);
  require_kubernetes_name("--image", o.image, true);
  if (o.claim.empty()) {
    throw std::invalid_argument(
        "--claim: a PersistentVolumeClaim is missing, must be named: the shards are left in it, "
        "and a pod's own files go away with the pod");
  }
  require_kubernetes_name("--claim", o.claim);

  const std::string n = to_text(o.shards);
  std::string line = "headroom";
  std::string args = "[";
  for (const std::string& word : words) {
    line += ' ' + shards::in_shell(word);
    args += in_yaml(word) + ", ";
  }
  args += "\"--shard\", \"JOB_COMPLETION_INDEX/" + n + "\", \"--quiet\"]";
  const std::string with_part = line + " --shard $SLURM_ARRAY_TASK_ID/" + n;

  std::string y = "# " + n + " parts of: " + line + "\n#\n";
  y += "# Every pod works in the claim " + o.claim + ", which many nodes must be able to write (ReadWriteMany).\n";
  y += "# Files that the command reads must be in it. When the Job is complete, there:\n";
  y += "#   headroom merge " + words.front() + "-*-of-" + n + ".shard\n#\n";
  y += "# The same with Slurm, in a folder that all machines share:\n";
  y += "#   sbatch --array=1-" + n + " --wrap=" + shards::in_shell(with_part) + "\n";
  y += "apiVersion: batch/v1\n"
       "kind: Job\n"
       "metadata:\n"
       "  name: " +
       name +
       "\n"
       "  labels: {app.kubernetes.io/name: headroom, app.kubernetes.io/instance: " +
       name +
       "}\n"
       "spec:\n"
       "  completionMode: Indexed  # Kubernetes 1.22 and later; in 1.21 behind the gate IndexedJob\n"
       "  completions: " +
       n +
       "\n"
       "  parallelism: " +
       n +
       "\n"
       "  backoffLimit: " +
       to_text(2 * o.shards) +
       "\n"
       "  template:\n"
       "    metadata:\n"
       "      labels: {app.kubernetes.io/name: headroom, app.kubernetes.io/instance: " +
       name +
       "}\n"
       "    spec:\n"
       "      restartPolicy: Never\n"
       "      automountServiceAccountToken: false\n" +
       pod_begin(o.image) + "        args: " + args +
       "\n"
       "        workingDir: " +
       std::string(job_folder) +
       "\n"
       "        resources:\n"
       "          requests: {cpu: \"1\", memory: 512Mi}\n" +
       container_limits +
       "        volumeMounts:\n"
       "        - {name: work, mountPath: " +
       std::string(job_folder) +
       "}\n"
       "        - {name: temporary, mountPath: /tmp}\n"
       "      volumes:\n"
       "      - name: work\n"
       "        persistentVolumeClaim: {claimName: " +
       o.claim +
       "}\n"
       "      - name: temporary\n"
       "        emptyDir: {}\n";
  return y;
}

}  // namespace tool
