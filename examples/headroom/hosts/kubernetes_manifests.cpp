#include "hosts/kubernetes_manifests.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <headroom/io/file.hpp>

#include "hosts/kubernetes_job.hpp"
#include "hosts/kubernetes_pod.hpp"

namespace tool {

using namespace headroom;

namespace {

constexpr std::string_view settings_folder = "/etc/headroom";
constexpr std::string_view journal_folder = "/var/lib/headroom";

std::string whole_text(const std::filesystem::path& file) {
  input_file in(file);
  if (in.size() > 500'000) throw file_error(file, "is too large for a ConfigMap, must have at most 500000 bytes");
  std::string text(static_cast<std::size_t>(in.size()), '\0');
  in.read(std::as_writable_bytes(std::span(text)));
  return text;
}

// A file as an entry of a ConfigMap. The comment in front fixes the indentation, whatever the file begins with.
std::string entry(const std::string& name, const std::string& text) {
  std::string lines = "  " + name + ": |\n    # " + name + ", as headroom manifests read it\n";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    for (const char c : line) {
      if (c == '\r' || c == '\0')
        throw std::invalid_argument("manifests: " + name + " holds a character that is no text");
    }
    lines += line.empty() ? "\n" : "    " + line + '\n';
    at = end + 1;
  }
  return lines;
}

// Files that the settings name: a bare name is put beside them, an absolute path is one in the container.
std::string other_files(const settings& s) {
  std::string entries;
  std::string last;
  for (const auto& [name, value] : s.values()) {
    const setting_key* const key = find_setting(name);
    if (key == nullptr || key->type != setting_type::file || value.texts.empty()) continue;
    const std::filesystem::path path(value.texts.front());
    if (path.is_absolute()) continue;
    if (name != "service.file") {
      s.refuse(name, "be an absolute path: of a file in the image, of a secret that is mounted, or in " +
                         std::string(journal_folder));
    }
    if (path.has_parent_path())
      s.refuse(name, "stand in the folder of the settings, or be an absolute path in the image");
    entries += entry(path.string(), whole_text(s.file(name)));
  }
  return entries;
}

}  // namespace

void require_kubernetes_name(const std::string& what, const std::string& name, bool image) {
  const std::string good =
      std::string("abcdefghijklmnopqrstuvwxyz0123456789-.") + (image ? "/:@_ABCDEFGHIJKLMNOPQRSTUVWXYZ" : "");
  if (!name.empty() && name.size() <= 253 && name.find_first_not_of(good) == name.npos && name.front() != '-') return;
  throw std::invalid_argument("manifests: " + what + " is '" + name + "', must be " +
                              (image ? "an image, as in registry.example.org/headroom:1" : "a name of Kubernetes"));
}

std::string kubernetes_manifests(const settings& s, const manifest_options& o) {
  if (s.text("target.kind") != "kubernetes") s.refuse("target.kind", "be kubernetes");
  for (const char* const needed : {"target.name", "target.namespace", "journal.file"}) {
    if (!s.given(needed))
      throw std::invalid_argument(std::string("manifests: ") + needed + " is missing, must be named");
  }
  for (const char* const outside : {"target.kubeconfig", "target.context"}) {
    if (s.given(outside)) s.refuse(outside, "be left out: in the cluster the service account is used");
  }
  if (s.file("journal.file").parent_path() != journal_folder) {
    s.refuse("journal.file", "stand in " + std::string(journal_folder) + ", the only folder that can be written");
  }
  const std::string target = s.text("target.name");
  const std::string space = s.text("target.namespace");
  const std::string plural = s.text("target.workload") + 's';
  const std::string name = o.name.empty() ? "headroom-" + target : o.name;
  require_kubernetes_name("target.name", target);
  require_kubernetes_name("target.namespace", space);
  require_kubernetes_name("--name", name);
  require_kubernetes_name("--image", o.image, true);
  if (!o.claim.empty()) require_kubernetes_name("--journal-claim", o.claim);
  if (plural != "deployments" && plural != "statefulsets" && plural != "replicasets") {
    s.refuse("target.workload", "be deployment, statefulset or replicaset");
  }
  const std::string head = "metadata:\n  name: " + name + "\n  namespace: " + space +
                           "\n  labels: {app.kubernetes.io/name: headroom, app.kubernetes.io/instance: " + name + "}\n";
  std::string y;
  y += "# What runs `headroom run` on the " + s.text("target.workload") + ' ' + space + '/' + target + ".\n";
  y += o.live ? "# It scales.\n" : "# In shadow: it decides and changes nothing. headroom manifests --live scales.\n";
  y += "apiVersion: v1\nkind: ServiceAccount\n" + head;
  y += "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n" + head + "rules:\n";
  y += "# The replicas are read and changed. In shadow the server is asked whether it would take a change "
       "(dryRun=All),\n"
       "# which needs the same right.\n";
  y += "- {apiGroups: [apps], resources: [" + plural + "/scale], resourceNames: [" + target +
       "], verbs: [get, patch]}\n";
  y += "# How many of them are ready.\n";
  y += "- {apiGroups: [apps], resources: [" + plural + "], resourceNames: [" + target + "], verbs: [get]}\n";
  y += "# Whether somebody else scales it. A list cannot be narrowed to a name.\n";
  y += "- {apiGroups: [autoscaling], resources: [horizontalpodautoscalers], verbs: [list]}\n";
  y += "- {apiGroups: [keda.sh], resources: [scaledobjects], verbs: [list]}\n";
  y += "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n" + head;
  y += "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: " + name + "}\n";
  y += "subjects:\n- {kind: ServiceAccount, name: " + name + ", namespace: " + space + "}\n";
  y += "---\napiVersion: v1\nkind: ConfigMap\n" + head + "data:\n";
  y += entry("autoscaler.toml", whole_text(s.source())) + other_files(s);
  y += "---\napiVersion: apps/v1\nkind: Deployment\n" + head;
  y += "spec:\n"
       "  replicas: 1\n"
       "  strategy: {type: Recreate}  # never two that decide\n"
       "  selector:\n"
       "    matchLabels: {app.kubernetes.io/instance: " +
       name +
       "}\n"
       "  template:\n"
       "    metadata:\n"
       "      labels: {app.kubernetes.io/name: headroom, app.kubernetes.io/instance: " +
       name +
       "}\n"
       "    spec:\n"
       "      serviceAccountName: " +
       name + "\n" + pod_begin(o.image) + "        args: [run, --config, " + std::string(settings_folder) +
       "/autoscaler.toml" + (o.live ? "" : ", --shadow") +
       "]\n"
       "        resources:\n"
       "          requests: {cpu: 50m, memory: 64Mi}\n"
       "          limits: {memory: 256Mi}\n" +
       container_limits +
       "        volumeMounts:\n"
       "        - {name: settings, mountPath: " +
       std::string(settings_folder) +
       ", readOnly: true}\n"
       "        - {name: journal, mountPath: " +
       std::string(journal_folder) +
       "}\n"
       "      volumes:\n"
       "      - name: settings\n"
       "        configMap: {name: " +
       name +
       "}\n"
       "      - name: journal\n";
  y += o.claim.empty() ? "        emptyDir: {}  # lost with the pod; --journal-claim names a claim that stays\n"
                       : "        persistentVolumeClaim: {claimName: " + o.claim + "}\n";
  return y;
}

}  // namespace tool
