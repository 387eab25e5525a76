#include "page.hpp"

namespace quota_live {

// Every text from the cluster goes in by textContent, so that no name can be markup.
const char* page_html() {
  return R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Quotas</title>
<style>
body { font: 15px/1.4 system-ui, sans-serif; margin: 1.5em auto; max-width: 1200px; padding: 0 1em; color: #222; background: #fff; }
h1 { font-size: 1.4em; } h2 { font-size: 1.1em; margin-top: 1.6em; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .25em .6em; border-bottom: 1px solid #ddd; vertical-align: top; }
th { font-weight: 600; } .state { font-weight: 600; } .applied { color: #186a2b; } .conflicting, .disabled { color: #a32020; } .pending { color: #7a5a00; }
form { display: flex; flex-wrap: wrap; gap: .6em; align-items: end; } label { display: flex; flex-direction: column; font-size: .85em; }
input, select, button { font: inherit; padding: .2em .4em; } #said { min-height: 1.4em; } .bad { color: #a32020; }
#decisions li { margin: .15em 0; } @media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818; } th, td { border-color: #444; } .applied { color: #7bd88f; } .conflicting, .disabled, .bad { color: #ff8f8f; } .pending { color: #e5c46b; } }
</style>
</head>
<body>
<h1>Quotas</h1>
<p id="pass">Not read yet.</p>
<h2>Declare a quota</h2>
<form id="form">
<label>Scope<select name="scope"><option>deployment</option><option>namespace</option><option>node</option></select></label>
<label>Namespace<input name="namespace" required></label>
<label>Deployment<input name="deployment_name"></label>
<label>Node<input name="node_name"></label>
<label>CPU, times its use<input name="cpu" type="number" step="any" min="0.01" max="10" value="1"></label>
<label>Memory, times its use<input name="memory" type="number" step="any" min="0.01" max="10" value="1"></label>
<button id="declare">Declare</button>
</form>
<p id="said" role="status"></p>
<h2>Agents</h2>
<table id="agents"><thead><tr><th>Agent</th><th>Scope</th><th>CPU</th><th>Memory</th><th>State</th><th>Patches</th><th>Why</th><th></th></tr></thead><tbody></tbody></table>
<h2>Conflicts</h2>
<table id="conflicts"><thead><tr><th>Agent</th><th>and agent</th><th>meet on</th></tr></thead><tbody></tbody></table>
<h2>Targets</h2>
<table id="deployments"><thead><tr><th>Deployment</th><th>Replicas</th><th>Limits of a pod</th><th>Use</th><th>Latency</th><th>Restarts</th><th>Set for</th><th>Action</th><th>Pinned</th></tr></thead><tbody></tbody></table>
<h2>Decisions</h2>
<ol id="decisions"></ol>
<script>
"use strict";
const at = id => document.getElementById(id);
function fill(id, rows) {
  const body = at(id).querySelector("tbody");
  body.replaceChildren(...rows.map(cells => {
    const tr = document.createElement("tr");
    for (const c of cells) {
      const td = document.createElement("td");
      if (c instanceof Node) td.append(c); else td.textContent = c;
      tr.append(td);
    }
    return tr;
  }));
}
const number = x => x === null ? "not measured" : String(Math.round(x * 1000) / 1000);
function state(s) {
  const span = document.createElement("span");
  span.className = "state " + s;
  span.textContent = s || "pending";
  return span;
}
function remove(agent) {
  const button = document.createElement("button");
  button.textContent = "Delete";
  button.setAttribute("aria-label", "Delete " + agent.name);
  button.onclick = () => send("POST", "/delete-ao", {namespace: agent.object_namespace, name: agent.name});
  return button;
}
async function send(method, path, body) {
  const answer = await fetch(path, {method, headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)});
  const json = await answer.json();
  at("said").textContent = json.error || json.message;
  at("said").className = answer.ok ? "" : "bad";
  await read();
}
async function read() {
  let s;
  try {
    s = await (await fetch("/state")).json();
  } catch (e) {
    at("pass").textContent = "The manager does not answer: " + e.message;
    return;
  }
  if (s.pass) {
    at("pass").textContent = "Pass " + s.pass.number + " at " + s.pass.at + " took " + number(s.pass.seconds) + " s; decided by " +
      s.pass.policy + (s.pass.held ? ". Nothing was done: " + s.pass.held : "") + (s.pass.usage ? ". " + s.pass.usage : "");
  }
  fill("agents", s.agents.map(a => [a.name, a.scope + " " + (a.scope === "node" ? a.node : a.scope === "namespace" ? a.namespace : a.namespace + "/" + a.deployment),
    number(a.cpu), number(a.memory), state(a.state), a.restarts, a.why, remove(a)]));
  fill("conflicts", s.conflicts.map(c => [c.first, c.second, c.target]));
  fill("deployments", s.deployments.map(d => [d.path, d.replicas, d.limits || "none",
    number(d.initial_cpu) + " cores, " + number(d.initial_memory) + " MiB", number(d.latest_latency), d.restarts, d.agent, d.action, d.pinned ? "yes" : ""]));
  at("decisions").replaceChildren(...s.decisions.map(text => {
    const li = document.createElement("li");
    li.textContent = text;
    return li;
  }));
}
at("form").onsubmit = event => {
  event.preventDefault();
  const f = new FormData(event.target);
  send("PUT", "/set-limits", {scope: f.get("scope"), namespace: f.get("namespace"), deployment_name: f.get("deployment_name"), node_name: f.get("node_name"),
    resources: {resourceQuota: {cpu: Number(f.get("cpu")), memory: Number(f.get("memory"))}}});
};
read();
setInterval(read, 1000);
</script>
</body>
</html>
)html";
}

}  // namespace quota_live
