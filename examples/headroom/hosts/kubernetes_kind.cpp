#include "hosts/target.hpp"
#include "http/kubernetes_target.hpp"

/// The keys of a target that is a workload of Kubernetes. What speaks HTTP is in http/kubernetes_target.cpp.
namespace tool {

target_kind kubernetes_target_kind() {
  return {
      "kubernetes",
      "A Deployment, a StatefulSet or a ReplicaSet; it is left alone while a HorizontalPodAutoscaler or a "
      "ScaledObject scales it, --shadow beside them is allowed",
      {{"target.name", setting_type::text, "", "The name of the workload", "kubernetes"},
       {"target.namespace", setting_type::text, "",
        "Its namespace (default: that of the pod or of the context, else default)", "kubernetes"},
       {"target.workload", setting_type::text, "deployment", "What it is: deployment, statefulset or replicaset",
        "kubernetes"},
       {"target.kubeconfig", setting_type::file, "",
        "Where the server is and who asks (default: the service account in a pod, else KUBECONFIG, else "
        "~/.kube/config)",
        "kubernetes"},
       {"target.context", setting_type::text, "", "The context of that file (default: its current one)", "kubernetes"},
       {"target.timeout_s", setting_type::number, "5", "Seconds for a connection, and again for an answer",
        "kubernetes"}},
      &make_kubernetes_target};
}

}  // namespace tool
