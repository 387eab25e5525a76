// The page of `headroom report`: draws what the element "data" holds, with uPlot.
(function () {
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const main = document.getElementById("page");
const palette = ["#2f7fc1", "#d9690f", "#1f9a6b", "#b94fa2", "#a08400", "#7767dd", "#cf4436", "#0f97a1", "#7d858e",
  "#64971f", "#a8653a", "#5878e8", "#dc4a88"];
const nothing = "\u2013";

// ---- what every part uses

function el(tag, attributes, ...kids) {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(attributes || {})) {
    if (k.startsWith("on")) e.addEventListener(k.slice(2), v);
    else if (v === true) e.setAttribute(k, "");
    else if (v !== false && v != null) e.setAttribute(k, v);
  }
  for (const kid of kids.flat()) if (kid != null) e.append(kid);
  return e;
}
function put(to, ...kids) { to.append(...kids.flat().filter((k) => k != null)); }
function fmt(v) {
  if (v == null || !isFinite(v)) return nothing;
  if (v === 0) return "0";
  const a = Math.abs(v);
  return a >= 1e6 || a < 1e-3 ? v.toPrecision(3) : String(+v.toPrecision(4));
}
const signed = (v) => (v > 0 ? "+" : "") + fmt(v);
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const finite = (list) => list.filter((v) => v != null && isFinite(v));
const most = (list) => finite(list).reduce((a, b) => Math.max(a, b), -Infinity);
const mean = (list) => { const f = finite(list); return f.length ? f.reduce((a, b) => a + b, 0) / f.length : null; };
const median = (list) => { const f = finite(list).sort((a, b) => a - b); return f.length ? f[(f.length - 1) >> 1] : null; };
const caption = (text) => el("caption", {}, el("span", {}, text));
const wide = (label, kid) => el("div", {class: "wide", tabindex: 0, role: "region", "aria-label": label}, kid);
function choice(name, options, act) {
  const s = el("select", {onchange: () => act(s.value)}, options.map(([v, text]) => el("option", {value: v}, text)));
  return [el("label", {}, name + " ", s), s];
}

// ---- charts: built again when the window or the scheme changes

const charts = [];
function chart(parent, o) {
  const box = el("div", {class: "canvas", tabindex: 0, role: "img", "aria-label": o.title + ". " + (o.says || "") +
    " Arrow keys move from value to value; a table beside has the numbers."});
  const readout = el("p", {class: "readout", "aria-live": "polite"});
  const figure = el("figure", {"data-plot": o.name}, el("figcaption", {}, o.title), box, readout);
  put(parent, figure);
  const c = {figure, box, u: null, shown: o.series.slice(1).map((s) => s.show !== false)};
  const axis = (more) => Object.assign({stroke: css("--soft"), grid: {stroke: css("--grid"), width: 1},
    ticks: {stroke: css("--grid"), width: 1}, font: "12px system-ui, sans-serif", labelFont: "12px system-ui, sans-serif"}, more);
  c.build = () => {
    if (c.u) c.u.destroy();
    const made = o.options ? o.options() : {};
    const axes = made.axes || [{}, {}];
    c.u = new uPlot({
      width: Math.max(200, box.clientWidth), height: o.height || 230,
      scales: Object.assign({x: {time: false}}, made.scales),
      axes: axes.map((a) => axis(a)),
      series: o.series.map((s, k) => k === 0 ? s : Object.assign({}, s, {show: c.shown[k - 1]})),
      bands: o.bands || [],
      cursor: Object.assign({points: {size: 7}, focus: {prox: 24}}, made.cursor),
      legend: {show: o.legend !== false, live: true},
      plugins: made.plugins || [],
      hooks: Object.assign({}, made.hooks),
    }, o.data, box);
    box.dataset.drawn = "yes";
  };
  c.show = (k, yes) => { c.shown[k] = yes; if (c.u) c.u.setSeries(k + 1, {show: yes}); };
  c.read = (i) => {
    const x = c.u.data[0][i];
    c.u.setCursor({left: c.u.valToPos(x, "x"), top: c.u.over.clientHeight / 2});
    const parts = [];
    for (let s = 1; s < o.series.length; s++) {
      const v = c.u.data[s][i];
      if (v == null || !c.u.series[s].show || !o.series[s].label) continue;
      const say = o.series[s].value;
      parts.push(o.series[s].label + " " + (say ? say(c.u, v, s, i) : fmt(v)));
    }
    const xs = o.series[0].value;
    readout.textContent = (xs ? xs(c.u, x) : fmt(x)) + ": " + parts.join(", ");
  };
  box.addEventListener("keydown", (e) => {
    const n = c.u.data[0].length;
    const at = c.u.cursor.idx == null ? -1 : c.u.cursor.idx;
    const to = {ArrowRight: Math.min(n - 1, at + 1), ArrowLeft: Math.max(0, at - 1), Home: 0, End: n - 1}[e.key];
    if (to == null) return;
    e.preventDefault();
    c.read(to);
  });
  c.build();
  charts.push(c);
  return c;
}
let before = 0;
new ResizeObserver(() => {
  if (main.clientWidth === before) return;
  before = main.clientWidth;
  for (const c of charts) if (c.box.isConnected) c.u.setSize({width: Math.max(200, c.box.clientWidth), height: c.u.height});
}).observe(main);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach((c) => c.box.isConnected && c.build()));
function forget(list) {
  for (const c of list.splice(0)) { c.u.destroy(); c.figure.remove(); charts.splice(charts.indexOf(c), 1); }
}

// Seconds as the unit that fits the length.
function time_unit(length_s) {
  if (length_s > 3 * 3600) return [3600, "h"];
  return length_s > 600 ? [60, "min"] : [1, "s"];
}
function time_axis(length_s) {
  const [unit, word] = time_unit(length_s);
  const text = (v) => fmt(v / unit) + " " + word;
  const steps = (unit === 1 ? [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] : unit === 60 ? [0.5, 1, 2, 5, 10, 15, 20, 30, 60] :
    [0.25, 0.5, 1, 2, 3, 6, 12, 24, 48, 168, 336, 672]).map((k) => k * unit);
  return {text, axis: {values: (u, all) => all.map(text), incrs: steps, space: 60}};
}
// A drag over one of a group zooms all of them; a double click shows everything again.
function together(group) {
  let busy = false;
  return {setScale: [(u, key) => {
    if (key !== "x" || busy) return;
    busy = true;
    const {min, max} = u.scales.x;
    for (const c of group) {
      if (c.u && c.u !== u && (c.u.scales.x.min !== min || c.u.scales.x.max !== max)) c.u.setScale("x", {min, max});
    }
    busy = false;
  }]};
}

// ---- service level against cost

// A level near one is drawn by how far it is from one: 99 and 99.9 % are as far apart as 90 and 99.
const depth = (level) => -Math.log10(Math.max(1 - level, 5e-5));
const level_marks = [0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999];
function bound_at(run, level) {
  let least = 0;
  for (const p of run.clairvoyant.points) least = Math.max(least, p.lower - p.price * (1 - level));
  return least;
}
// The bound counts all requests, the level of the farm those that were answered: below, the two lie too far apart.
const least_bound = 0.9;
function points_of(run) {
  const s = run.figures.service, c = run.figures.cost, list = [];
  run.policies.forEach((p, k) => {
    const add = (summary, name, front) => {
      if (summary && summary[s.metric] && summary[c.metric])
        list.push({policy: k, name, front, level: summary[s.metric][0], cost: summary[c.metric][0] * c.scale, of: summary});
    };
    if (p.points) p.points.forEach((t) => add(t.summary, t.setting, t.on_front));
    else add(p.summary, p.name, true);
  });
  return list;
}
function level_chart(parent, run, colour) {
  const s = run.figures.service, c = run.figures.cost;
  const deep = s.scale === 100;
  const y = (level) => deep ? depth(level) : level * s.scale;
  const all = points_of(run);
  if (!all.length) return;
  const costs = all.map((p) => p.cost);
  const left = Math.min(...costs), right = Math.max(...costs), room = Math.max((right - left) * 0.08, 0.3);
  const xs = new Set(costs);
  const lows = all.map((p) => y(p.level));
  const bottom = Math.min(...lows), top = Math.max(...lows, deep ? depth(Math.max(run.level || 0.99, 0.99)) : -Infinity);
  const bound = [], known = [];
  if (run.clairvoyant && deep) {
    for (let k = 0; k <= 160; k++) {
      const d = bottom - 0.5 + (top + 1 - bottom) * k / 160, level = 1 - Math.pow(10, -d), x = bound_at(run, level);
      if (level >= least_bound && x >= left - 4 * room && x <= right + room) { bound.push([x, d]); xs.add(x); }
    }
  }
  if (run.known_rate && deep) {
    for (const p of run.known_rate.points) {
      if (p.replicas >= left - 4 * room && p.replicas <= right + room && depth(p.in_time) >= bottom - 0.3) {
        known.push([p.replicas, depth(p.in_time)]); xs.add(p.replicas);
      }
    }
  }
  const x = [...xs].sort((a, b) => a - b), row = new Map(x.map((v, k) => [v, k]));
  const column = (pairs) => { const v = new Array(x.length).fill(null); pairs.forEach(([a, b]) => v[row.get(a)] = b); return v; };
  const value = (u, v) => v == null ? nothing : deep ? fmt(100 * (1 - Math.pow(10, -v))) + " %" : fmt(v);
  const series = [{label: c.title, value: (u, v) => v == null ? nothing : fmt(v)}], columns = [x];
  if (bound.length) {
    series.push({label: "proven bound", stroke: css("--soft"), width: 1.5, spanGaps: true, points: {show: false}, value,
      fill: "rgba(128,128,128,.16)", fillTo: (u) => u.scales.y.max});
    columns.push(column(bound));
  }
  if (known.length) {
    series.push({label: "told the rate", stroke: css("--soft"), width: 1.5, dash: [4, 4], spanGaps: true, points: {show: false}, value});
    columns.push(column(known));
  }
  run.policies.forEach((p, k) => {
    const mine = all.filter((q) => q.policy === k && q.front).sort((a, b) => a.cost - b.cost);
    if (!mine.length) return;
    series.push({label: p.name, stroke: colour(k), width: p.points ? (p.learns ? 2.5 : 1.3) : 0, spanGaps: true, value,
      points: {show: true, size: p.points ? 6 : p.learns ? 11 : 9, fill: colour(k), stroke: colour(k)}});
    columns.push(column(mine.map((q) => [q.cost, y(q.level)])));
  });
  const tip = el("div", {class: "tip"});
  // Where there is room: a name at each policy's point, at its last one for a curve.
  const names = (u) => {
    const ctx = u.ctx, r = devicePixelRatio, taken = [];
    ctx.save();
    ctx.font = 12 * r + "px system-ui, sans-serif";
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    const inside = u.bbox;
    for (const p of all) taken.push([u.valToPos(p.cost, "x", true) - 6 * r, u.valToPos(y(p.level), "y", true) - 6 * r, 12 * r, 12 * r]);
    const hits = (b) => taken.some((t) => b[0] < t[0] + t[2] && t[0] < b[0] + b[2] && b[1] < t[1] + t[3] && t[1] < b[1] + b[3]);
    run.policies.map((p, k) => k).sort((a, b) => run.policies[b].learns - run.policies[a].learns).forEach((k) => {
      const mine = all.filter((q) => q.policy === k && q.front && q.cost >= u.scales.x.min && q.cost <= u.scales.x.max &&
        y(q.level) >= u.scales.y.min).sort((a, b) => a.level - b.level);
      if (!mine.length) return;
      const q = mine[mine.length - 1], px = u.valToPos(q.cost, "x", true), py = u.valToPos(y(q.level), "y", true);
      const text = run.policies[k].name, w = ctx.measureText(text).width, h = 14 * r;
      const tries = [];
      for (const dy of [0, -1, 1, -1.6, 1.6, -2.3, 2.3])
        tries.push([px + 9 * r, py + dy * h - h / 2, w, h], [px - 9 * r - w, py + dy * h - h / 2, w, h]);
      const fits = tries.find((b) => b[0] >= inside.left && b[0] + b[2] <= inside.left + inside.width &&
        b[1] >= inside.top && b[1] + b[3] <= inside.top + inside.height && !hits(b));
      if (!fits) return;
      taken.push(fits);
      ctx.fillStyle = colour(k);
      ctx.fillText(text, fits[0], fits[1] + h / 2);
    });
    if (bound.length) {
      ctx.fillStyle = css("--soft");
      ctx.fillText("impossible (proven)", inside.left + 6 * r, inside.top + 12 * r);
    }
    ctx.restore();
  };
  const hover = (u) => {
    const {left: cx, top: cy} = u.cursor;
    let best = null, near = 32;
    if (cx >= 0) {
      for (const p of all) {
        const d = Math.hypot(u.valToPos(p.cost, "x") - cx, u.valToPos(y(p.level), "y") - cy);
        if (d < near) { near = d; best = p; }
      }
    }
    tip.style.display = best ? "block" : "none";
    if (!best) return;
    tip.replaceChildren(el("b", {}, best.name), ...run.figures.columns.map((f) => best.of[f.metric] ?
      el("div", {}, f.title + ": " + (best.of[f.metric][0] * f.scale).toFixed(f.decimals)) : null).filter(Boolean));
    const px = u.valToPos(best.cost, "x"), flip = px > u.over.clientWidth / 2;
    tip.style.left = flip ? "" : px + 14 + "px";
    tip.style.right = flip ? u.over.clientWidth - px + 14 + "px" : "";
    tip.style.top = Math.max(0, u.valToPos(y(best.level), "y") - 20) + "px";
  };
  chart(parent, {name: "level", title: s.title + " against " + c.title, height: 430, series, data: columns,
    says: run.policies.length + " policies. Up and to the left is better.",
    options: () => ({
      scales: {x: {time: false, range: (u, a, b) => a <= left - 5 * room || a == null ? [left - room, right + room] :
                 (b - a < (right - left) * 0.9 ? [a, b] : [Math.min(left, ...bound.map((p) => p[0])) - room / 2, right + room * 1.6])},
        y: {range: () => deep ? [bottom - 0.12, top + 0.18] : [bottom - (top - bottom || 1) * 0.1, top + (top - bottom || 1) * 0.1]}},
      axes: [{label: c.title, labelSize: 20}, deep ? {size: 70, splits: (u) => level_marks.map(depth).filter((d) => d >= u.scales.y.min && d <= u.scales.y.max),
        values: (u, v) => v.map((d) => fmt(100 * (1 - Math.pow(10, -d))) + " %")} : {size: 70}],
      cursor: {drag: {x: true, y: false}},
      hooks: {draw: [names], setCursor: [hover], ready: [(u) => u.over.append(tip)]},
    })});
}
function spark(levels) {
  const low = Math.min(...levels), high = Math.max(...levels), w = 90, h = 22;
  const ns = "http://www.w3.org/2000/svg", svg = document.createElementNS(ns, "svg"), line = document.createElementNS(ns, "polyline");
  svg.setAttribute("width", w); svg.setAttribute("height", h); svg.setAttribute("class", "spark");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", "worst " + fmt(low) + ", median " + fmt(median(levels)) + ", best " + fmt(high));
  line.setAttribute("fill", "none"); line.setAttribute("stroke", "currentColor"); line.setAttribute("stroke-width", "1.5");
  line.setAttribute("points", levels.map((v, k) => (2 + k * (w - 4) / Math.max(1, levels.length - 1)).toFixed(1) + "," +
    (h - 2 - (high > low ? (v - low) / (high - low) : 0.5) * (h - 4)).toFixed(1)).join(" "));
  svg.append(line);
  return svg;
}
function results_table(parent, run, colour) {
  const columns = run.figures.columns, rows = [];
  const has = (key) => run.policies.some((p) => p[key] != null);
  const line = (p, k, name, summary, points) => el("tr", {class: p.learns ? "learns" : ""},
    el("th", {scope: "row"}, el("span", {class: "key", style: "background:" + colour(k)}), name),
    columns.map((f) => { const v = summary[f.metric]; return el("td", {}, v ? (v[0] * f.scale).toFixed(f.decimals) : nothing,
      v && v[2] > v[1] ? el("span", {class: "half"}, " \u00b1" + ((v[2] - v[1]) / 2 * f.scale).toFixed(f.decimals)) : null); }),
    has("regret") ? el("td", {}, p.regret == null ? nothing : p.regret.toFixed(2)) : null,
    has("to_rate_known") ? el("td", {}, p.to_rate_known == null ? nothing : p.to_rate_known.toFixed(2)) : null,
    points ? null : el("td", {}, p.levels && p.levels.length > 2 ? spark(p.levels) : nothing));
  const curves = run.policies.some((p) => p.points);
  run.policies.forEach((p, k) => {
    if (p.points) p.points.forEach((t) => rows.push(line(p, k, t.setting, t.summary, true)));
    else if (p.summary) rows.push(line(p, k, p.name, p.summary, curves));
  });
  const table = el("table", {class: "numbers"}, caption("Means, \u00b1 half of the 95 % interval. Learners in bold."),
    el("thead", {}, el("tr", {}, el("th", {scope: "col"}, curves ? "setting" : "policy"), columns.map((f) => el("th", {scope: "col"}, f.title)),
      has("regret") ? el("th", {scope: "col"}, "regret") : null, has("to_rate_known") ? el("th", {scope: "col"}, "to rate-known") : null,
      curves ? null : el("th", {scope: "col"}, "worst to best"))), el("tbody", {}, rows));
  const box = wide("Table of the results", table);
  if (rows.length > 24) put(parent, el("details", {}, el("summary", {}, "All " + rows.length + " settings as a table"), box));
  else put(parent, box);
}

// ---- episodes over time

const panels = [["load", "Load, requests a second"], ["replicas", "Replicas"], ["ready", "Replicas that serve"],
  ["backlog", "Backlog, requests that wait"], ["latency_s", "Mean latency, seconds"]];
function first_shown(run) {
  const s = run.figures.service.metric, learners = run.policies.filter((p) => p.learns);
  const rivals = run.policies.filter((p) => !p.learns && p.summary && p.summary[s]);
  const aim = learners.length && learners[0].summary[s] ? learners[0].summary[s][0] : 1;
  rivals.sort((a, b) => Math.abs(a.summary[s][0] - aim) - Math.abs(b.summary[s][0] - aim));
  return new Set([...learners.slice(0, 2), ...rivals.slice(0, learners.length ? 2 : 3)].map((p) => p.name));
}
function column_of(steps, e, name) { const c = steps.columns.indexOf(name); return c < 0 ? null : e.values[c]; }
function steps_table(steps, e) {
  return el("table", {class: "numbers"}, el("thead", {}, el("tr", {}, el("th", {scope: "col"}, "point"),
    steps.columns.map((c) => el("th", {scope: "col"}, c)))),
    el("tbody", {}, e.values[0].map((_, i) => el("tr", {}, el("th", {scope: "row"}, i + 1), steps.columns.map((_, c) => el("td", {}, fmt(e.values[c][i])))))));
}
function episodes_part(parent, run, colour) {
  const steps = run.steps, names = run.policies.map((p) => p.name), shown = first_shown(run), group = [];
  let seed = String(run.episodes[0].seed);
  const place = el("div"), stacks = el("div"), numbers = el("div"), key = "time" + Math.random();
  const of = (name) => steps.episodes.find((e) => e.policy === name && String(e.seed) === seed);
  const [label] = choice("Episode", run.episodes.map((e) => [e.seed, e.seed + ", the " + e.why + " one"]), (v) => { seed = v; draw(); });
  const boxes = names.filter((n) => steps.episodes.some((e) => e.policy === n)).map((n) => {
    const k = names.indexOf(n), input = el("input", {type: "checkbox", checked: shown.has(n), onchange: () => {
      if (input.checked) shown.add(n); else shown.delete(n);
      for (const c of group) c.show(c.policies.indexOf(n), input.checked);
    }});
    return el("label", {}, input, " ", el("span", {class: "key", style: "background:" + colour(k)}), n);
  });
  put(parent, el("h3", {id: run.anchor + "-time"}, "An episode over time"),
    el("p", {}, (run.own ? "" : "Chosen by the mean service level of all policies. ") + "Point at a plot to read all of them at that moment. Drag to look closer, double click to see everything."),
    steps.per_point > 1 ? el("p", {class: "soft"}, "Each point stands for up to " + steps.per_point + " decisions: the mean of them, of backlog and latency the highest, of rewards the sum.") : null,
    el("div", {class: "controls"}, label, el("button", {type: "button", onclick: () => {
      const c = group[0]; if (c) c.u.setScale("x", {min: c.u.data[0][0], max: c.u.data[0][c.u.data[0].length - 1]});
    }}, "Whole episode")),
    el("fieldset", {}, el("legend", {}, "Policies"), boxes), place, numbers);

  function draw() {
    forget(group);
    const there = names.filter((n) => of(n));
    const longest = most(there.map((n) => most(column_of(steps, of(n), "time_s"))));
    const {text, axis} = time_axis(longest);
    for (const [name, title] of panels) {
      if (steps.columns.indexOf(name) < 0) continue;
      const joined = uPlot.join(there.map((n) => [column_of(steps, of(n), "time_s"), column_of(steps, of(n), name)]));
      const c = chart(place, {name, title, height: name === "replicas" ? 240 : 180, data: joined, says: "Episode " + seed + ".",
        series: [{label: "time", value: (u, v) => v == null ? nothing : text(v)}].concat(there.map((n) => ({label: n, stroke: colour(names.indexOf(n)),
          width: run.policies[names.indexOf(n)].learns ? 2.4 : 1.4, spanGaps: true, show: shown.has(n), points: {show: false},
          paths: name === "replicas" || name === "ready" ? uPlot.paths.stepped({align: 1}) : undefined, value: (u, v) => fmt(v)}))),
        options: () => ({axes: [axis, {size: 56}], cursor: {sync: {key}, drag: {x: true, y: false}}, hooks: together(group),
          scales: {y: {range: (u, a, b) => [Math.min(0, a || 0), Math.max(b || 0, 1e-9) * 1.06]}}})});
      c.policies = there;
      group.push(c);
    }
    numbers.replaceChildren(wide("Table of the episode", el("table", {class: "numbers"}, caption("Episode " + seed + " in numbers."),
      el("thead", {}, el("tr", {}, ["policy", "mean replicas", "most replicas", "most backlog", "highest latency, s", "moves", "reward"].map((h) => el("th", {scope: "col"}, h)))),
      el("tbody", {}, there.map((n) => {
        const e = of(n), col = (c) => column_of(steps, e, c) || [];
        const terms = steps.columns.filter((c) => c.startsWith("reward.")).map((c) => finite(col(c)).reduce((a, b) => a + b, 0));
        const reward = terms.length ? terms.reduce((a, b) => a + b, 0) : null;
        return el("tr", {class: run.policies[names.indexOf(n)].learns ? "learns" : ""}, el("th", {scope: "row"}, n),
          [mean(col("replicas")), most(col("replicas")), most(col("backlog")), most(col("latency_s")), finite(col("move")).filter((v) => v !== 0).length, reward].map((v) => el("td", {}, fmt(v))));
      })))));
    const table = el("div"), of_one = (n) => table.replaceChildren(wide("Steps of " + n, steps_table(steps, of(n))));
    const [pick_steps] = choice("Policy", there.map((n) => [n, n]), of_one);
    const d = el("details", {ontoggle: () => { if (d.open && !table.firstChild) of_one(there[0]); }}, el("summary", {}, "Every step as a table"), pick_steps, table);
    numbers.append(d);
    if (rewards) rewards();
  }

  // Reward terms, one policy at a time.
  const terms = steps.columns.filter((c) => c.startsWith("reward."));
  let rewards = null;
  if (terms.length) {
    const stacked = [];
    let of_policy = (run.policies.find((p) => p.learns) || {name: names.find((n) => shown.has(n)) || names[0]}).name;
    const [pick, select] = choice("Policy", names.map((n) => [n, n]), (v) => { of_policy = v; rewards(); });
    select.value = of_policy;
    rewards = () => {
      forget(stacked);
      const e = of(of_policy);
      if (e) stacked.push(stack_chart(stacks, "reward", "Reward terms of " + of_policy + ", episode " + seed, column_of(steps, e, "time_s"),
        terms.map((t) => [t.slice(7).replace(/_/g, " "), column_of(steps, e, t)])));
    };
    put(parent, el("h3", {}, "What the reward is made of"), el("p", {}, "Each step's terms, stacked: what adds stands above zero, what costs below."),
      el("div", {class: "controls"}, pick), stacks);
  }
  draw();
}
// Bars from zero to the sum so far, the outermost first: each covers the inner part of the one before.
function stack_chart(parent, name, title, x, terms) {
  const up = x.map(() => 0), down = x.map(() => 0), built = [];
  terms.forEach(([label, raw], k) => {
    built.push({label, raw, k, y: raw.map((v, i) => v == null || v === 0 ? null : v > 0 ? (up[i] += v) : (down[i] += v))});
  });
  built.reverse();
  const {text, axis} = time_axis(most(x));
  return chart(parent, {name, title, height: 250, data: [x].concat(built.map((b) => b.y)),
    series: [{label: "time", value: (u, v) => v == null ? nothing : text(v)}].concat(built.map((b) => ({label: b.label, stroke: palette[b.k], fill: palette[b.k],
      width: 0, points: {show: false}, paths: uPlot.paths.bars({size: [0.86, 60], align: 1}), value: (u, v, s, i) => i == null ? nothing : fmt(b.raw[i])}))),
    options: () => ({axes: [axis, {size: 56}], scales: {x: {time: false, range: (u, a, b) => [a, b + (x.length > 1 ? x[1] - x[0] : 1)]}, y: {range: () => { const a = Math.min(...down), b = Math.max(...up), pad = (b - a || 1) * 0.05; return [a - (a < 0 ? pad : 0), b + pad]; }}}})});
}

// ---- training

function training_part(parent, run) {
  const learners = run.policies.filter((p) => p.checkpoints && p.checkpoints.length);
  if (!run.policies.some((p) => p.learns && !p.points)) return;
  put(parent, el("h3", {id: run.anchor + "-training"}, "Over the training"));
  if (!learners.length) {
    put(parent, el("p", {class: "soft"}, "This run kept no training curves; compare --checkpoints 10 keeps them."));
    return;
  }
  put(parent, el("p", {}, "The learner as it stood then, on the episodes of the table. A thin line is one training seed, the thick one their median, the band their range."));
  for (const p of learners) {
    const pair = el("div", {class: "pair"}), x = p.checkpoints.map((c) => c.episodes), rows = [];
    put(parent, pair);
    for (const f of [run.figures.service, run.figures.cost]) {
      if (!p.checkpoints[0][f.metric]) continue;
      const seeds = p.checkpoints[0][f.metric].length;
      const at = (k) => p.checkpoints.map((c) => (c[f.metric][k] == null ? null : c[f.metric][k] * f.scale));
      const lines = Array.from({length: seeds}, (_, k) => at(k));
      const over = (fold) => x.map((_, i) => fold(lines.map((l) => l[i])));
      const low = over((v) => -most(v.map((q) => -q))), high = over(most), mid = over(median);
      const value = (u, v) => v == null ? nothing : v.toFixed(f.decimals), name = p.name + ", " + f.title;
      chart(pair, {name: "training", title: name, height: 230, data: [x, high, low, ...lines, mid], bands: [{series: [1, 2], fill: "rgba(47,127,193,.16)"}],
        series: [{label: "episodes", value: (u, v) => v == null ? nothing : String(v)}, {label: "highest", stroke: "rgba(47,127,193,.35)", value, points: {show: false}},
          {label: "lowest", stroke: "rgba(47,127,193,.35)", value, points: {show: false}},
          ...lines.map((_, k) => ({label: "seed " + (p.train_seeds && p.train_seeds[k] ? p.train_seeds[k].seed : k + 1), stroke: palette[8], width: 0.8, value, points: {show: false}})),
          {label: "median", stroke: palette[0], width: 2.6, value, points: {show: true, size: 5}}],
        options: () => ({axes: [{label: "training episodes", labelSize: 20, values: (u, v) => v.map((n) => n >= 1e4 ? fmt(n / 1e3) + "k" : String(n)), space: 55}, {size: 58}]})});
      rows.push(el("tr", {}, el("th", {scope: "row"}, f.title + ", median"), mid.map((v) => el("td", {}, v == null ? nothing : v.toFixed(f.decimals)))));
    }
    put(parent, wide("Training of " + p.name, el("table", {class: "numbers"}, el("thead", {}, el("tr", {}, el("th", {scope: "col"}, p.name + ", episodes"),
      x.map((n) => el("th", {scope: "col"}, String(n))))), el("tbody", {}, rows))));
  }
}

// ---- what a policy does where

function behaviour_part(parent, run) {
  const b = run.behaviour, place = el("div");
  const first = run.policies.find((p) => p.learns) || run.policies[0];
  let name = first.name, what = "moves";
  const [pick, select] = choice("Policy", b.policies.map((p) => [p.name, p.name]), (v) => { name = v; draw(); });
  const [show] = choice("Show", [["moves", "mean move"], ["visits", "visits"]], (v) => { what = v; draw(); });
  select.value = name;
  put(parent, el("h3", {id: run.anchor + "-behaviour"}, "What it does at which load and backlog"),
    el("p", {}, "A coloured cell: the policy came there itself, and moved so on average. A striped cell: only other policies came there; it was asked what it would do in their place. A dot: nobody ever came."),
    el("div", {class: "controls"}, pick, show), place);
  const range = (edges, k) => k === edges.length - 2 ? fmt(edges[k]) + "+" : fmt(edges[k]) + "\u2013" + fmt(edges[k + 1]);
  function draw() {
    const p = b.policies.find((q) => q.name === name), at = new Map(p.cells.map((c) => [c[0] + "," + c[1], c]));
    const highest = Math.max(...b.policies.flatMap((q) => q.cells.map((c) => c[1])), 0);
    const visits = Math.max(...p.cells.map((c) => c[2]), 1);
    const biggest = Math.max(...p.cells.map((c) => Math.abs(c[3] || 0)), 0.5);
    const rows = [];
    for (let j = highest; j >= 0; j--) {
      rows.push(el("tr", {}, el("th", {scope: "row"}, range(b.backlog_edges, j)), b.load_edges.slice(1).map((_, i) => {
        const c = at.get(i + "," + j), where = "load " + range(b.load_edges, i) + ", backlog " + range(b.backlog_edges, j) + ": ";
        if (!c) return el("td", {class: "never", title: where + "nobody came there", "aria-label": "nobody came there"}, "\u00b7");
        if (c[2] > 0) {
          const strength = what === "visits" ? Math.log(1 + c[2]) / Math.log(1 + visits) : Math.abs(c[3]) / biggest;
          const rgb = what === "visits" || c[3] >= 0 ? "--up" : "--down";
          return el("td", {style: "background:rgba(var(" + rgb + ")," + (0.1 + 0.55 * strength).toFixed(2) + ")",
            title: where + c[2] + " steps, mean move " + signed(c[3])}, what === "visits" ? String(c[2]) : signed(+c[3].toFixed(2)));
        }
        return el("td", {class: "asked", title: where + "never came there; asked at " + c[4] + " steps of others, it would move " + signed(c[5]),
          "aria-label": "never; would move " + signed(c[5])}, what === "visits" ? "0" : signed(+c[5].toFixed(2)));
      })));
    }
    place.replaceChildren(wide("What " + name + " does", el("table", {class: "cells", "data-cells": "yes"},
      caption((what === "visits" ? "Steps of " : "Mean move of ") + name + ". Down: backlog before the move. Across: load, requests a second."),
      el("thead", {}, el("tr", {}, el("th", {}, "backlog \\ load"), b.load_edges.slice(1).map((_, i) => el("th", {scope: "col"}, range(b.load_edges, i))))),
      el("tbody", {}, rows))));
  }
  draw();
}

// ---- the journal of a live host

function journal_part(parent, j) {
  const t0 = j.time_s[0], x = j.time_s.map((t) => t - t0), {text, axis} = time_axis(x[x.length - 1]), group = [], key = "journal";
  put(parent, el("h2", {id: "journal"}, "The journal " + j.name),
    el("p", {}, j.decisions + " decisions" + (j.drawn < j.decisions ? ", of which the last " + j.drawn + " are drawn" : "") + ", from " + j.from + " to " + j.to +
      (j.model ? ", decided by " + j.model : "") + ". What became of them: " + Object.entries(j.outcomes).map(([k, v]) => v + " " + k).join(", ") + "."));
  const shadow_names = Object.keys(j.shadows), time = {label: "time", value: (u, v) => v == null ? nothing : text(v)};
  const step = uPlot.paths.stepped({align: 1}), value = (u, v) => fmt(v);
  const add = (name, title, series, columns) => group.push(chart(parent, {name, title, height: name === "journal" ? 260 : 170, data: [x, ...columns], series: [time, ...series],
    options: () => ({axes: [axis, {size: 56}], cursor: {sync: {key}, drag: {x: true, y: false}}, hooks: together(group),
      scales: {y: {range: (u, a, b) => [Math.min(0, a || 0), Math.max(b || 0, 1e-9) * 1.08]}}})}));
  add("journal", "Replicas: live, and what each shadow would have asked for", [{label: "there", stroke: css("--soft"), width: 3, paths: step, points: {show: false}, value},
    {label: "asked for", stroke: palette[0], width: 2, paths: step, points: {show: false}, value},
    {label: "wished", stroke: palette[1], width: 1, dash: [5, 4], paths: step, points: {show: false}, value},
    ...shadow_names.map((n, k) => ({label: "shadow " + n, stroke: palette[2 + k], width: 1.4, paths: step, spanGaps: true, points: {show: false}, value}))],
    [j.replicas, j.wanted, j.wished, ...shadow_names.map((n) => j.shadows[n])]);
  for (const [field, title] of [["load", "Load, requests a second"], ["backlog", "Backlog, requests that wait"], ["latency_s", "Mean latency, seconds"], ["p95_s", "95th percentile of the latency, seconds"]]) {
    if (j.fields[field] && finite(j.fields[field]).length) add("journal-" + field, title, [{label: field, stroke: palette[0], width: 1.6, points: {show: false}, value}], [j.fields[field]]);
  }
  const terms = Object.keys(j.reward);
  if (terms.length) stack_chart(parent, "journal-reward", "Reward terms of each interval", x, terms.map((n) => [n, j.reward[n]]));
  if (shadow_names.length) {
    const rows = shadow_names.map((n) => {
      const both = j.shadows[n].map((v, i) => [v, j.wanted[i]]).filter(([a, b]) => a != null && b != null);
      return el("tr", {}, el("th", {scope: "row"}, n), el("td", {}, both.length), el("td", {}, both.filter(([a, b]) => a === b).length),
        el("td", {}, fmt(mean(both.map(([a]) => a)))), el("td", {}, fmt(mean(both.map(([, b]) => b)))));
    });
    put(parent, wide("Shadows beside live", el("table", {class: "numbers"}, caption("Shadows beside live, over the decisions that both made."),
      el("thead", {}, el("tr", {}, ["shadow", "decisions", "same as live", "mean replicas", "live, mean replicas"].map((h) => el("th", {scope: "col"}, h)))), el("tbody", {}, rows))));
  }
  put(parent, el("h3", {}, "The last " + j.told.length + " decisions, newest first"), el("ul", {class: "told", tabindex: 0}, j.told.map((d) =>
    el("li", {}, el("details", {}, el("summary", {}, d.line), el("ul", {}, d.sentences.map((s) => el("li", {}, s))))))));
}

// ---- a run

function run_part(run, k) {
  run.anchor = "run" + (k + 1);
  const part = el("section", {}), colour = (p) => palette[p % palette.length];
  main.append(part);
  put(part, el("h2", {id: run.anchor}, run.name));
  put(part, el("p", {}, run.sentence ? run.sentence + "." : "Environment " + (run.environment || nothing) + ", workload " + (run.workload || nothing) + "."));
  const about = [run.actions ? "Actions " + run.actions : null, run.seeds ? run.seeds.count + " paired episodes, seeds from " + run.seeds.first : null,
    run.stopped ? "interrupted: what was not finished is not here" : null].filter(Boolean);
  if (about.length) put(part, el("p", {class: "soft"}, about.join("; ") + "."));
  put(part, el("h3", {id: run.anchor + "-level"}, "What a service level costs"),
    el("p", {}, "Up and to the left is better. Point at a dot to read it." + (run.clairvoyant ? " No policy can come into the grey part, not even one that knows the future; it is drawn from 90 % on, and counts all requests, also those that were never answered." : "") +
      (run.known_rate ? " The dashed line is what a policy reaches that is told the rate of the load, and not its arrivals." : "")));
  level_chart(part, run, colour);
  results_table(part, run, colour);
  if (run.steps && run.episodes && run.episodes.length) episodes_part(part, run, colour);
  else put(part, el("p", {class: "soft"}, "This run kept no episodes step by step: they are in a folder that compare --out leaves of the farm or of a service."));
  training_part(part, run);
  if (run.behaviour) behaviour_part(part, run);
  const said = run.settings || [];
  put(part, el("h3", {}, "How it was made"), run.notes && run.notes.length ? el("ul", {class: "notes"}, run.notes.map((n) => el("li", {}, n))) : null,
    run.own ? el("p", {class: "soft"}, "By a program that wrote its figures as CSV.") : el("p", {class: "soft"}, "headroom " + (run.command || "") + " " + said.filter((s) => s.given).map((s) => s.name + " " + s.value).join(" ") + ". Version " +
      (run.headroom_version || "not known") + (run.compiler ? ", compiler " + run.compiler : "") + "."),
    said.length ? el("details", {}, el("summary", {}, "All settings"), wide("Settings", el("table", {class: "numbers"}, el("tbody", {}, said.map((s) =>
      el("tr", {}, el("th", {scope: "row"}, s.name), el("td", {}, s.value), el("td", {}, s.given ? "said" : "default"))))))) : null);
}

const links = [];
data.runs.forEach((r, k) => {
  if (data.runs.length > 1) links.push(["run" + (k + 1), r.name]);
  else links.push(["run1-level", "Level and cost"], ...(r.steps ? [["run1-time", "Over time"]] : []), ...(r.policies.some((p) => p.learns && !p.points) ? [["run1-training", "Training"]] : []),
    ...(r.behaviour ? [["run1-behaviour", "Behaviour"]] : []));
});
if (data.journal) links.push(["journal", "Journal"]);
main.append(el("nav", {"aria-label": "Parts"}, links.map(([id, text]) => el("a", {href: "#" + id}, text))));
data.runs.forEach(run_part);
if (data.journal) journal_part(main, data.journal);
main.append(el("p", {class: "soft"}, "Made by headroom " + data.headroom_version + ". Charts by uPlot, MIT licence; its text stands in this file."));
document.documentElement.dataset.ready = "yes";
})();
