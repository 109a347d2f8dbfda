// Draws Plotly figures from the JSON beside them, in the colours of the tokens. Plotly is loaded when the first chart comes.
(() => {
  "use strict";

  const source = document.currentScript.dataset.plotly;
  let loading = null;

  function plotly() {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = source;
      script.onload = () => resolve(window.Plotly);
      script.onerror = reject;
      document.head.append(script);
    });
    return loading;
  }

  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // Every "var(--bad)" of a figure becomes the colour it has in this theme.
  function coloured(value) {
    if (typeof value === "string") return value.replace(/var\((--[\w-]+)\)/g, (_, name) => token(name));
    if (Array.isArray(value)) return value.map(coloured);
    if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, coloured(part)]));
    return value;
  }

  const axis = () => ({
    gridcolor: token("--line-2"), linecolor: token("--line"), zerolinecolor: token("--line"), tickcolor: token("--line"),
    tickfont: { color: token("--ink-3"), size: 12 }, automargin: true, fixedrange: true,
  });

  function layout(given) {
    const base = {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", autosize: true, bargap: 0.42, showlegend: false,
      font: { family: token("--sans"), size: 13, color: token("--ink-2") },
      margin: { l: 8, r: 12, t: 8, b: 8 }, hovermode: "closest",
      hoverlabel: { bgcolor: token("--card"), bordercolor: token("--line"), font: { color: token("--ink"), family: token("--sans") } },
      legend: { orientation: "h", y: 1.12, x: 0, font: { color: token("--ink-2") } },
      colorway: [1, 2, 3, 4, 5].map((n) => token(`--series-${n}`)),
    };
    const merged = { ...base, ...given };
    for (const name of new Set(["xaxis", "yaxis", ...Object.keys(given).filter((key) => /^[xy]axis\d*$/.test(key))])) {
      merged[name] = { ...axis(), ...given[name] };
    }
    return merged;
  }

  async function draw(box) {
    const json = document.getElementById(box.dataset.chart);
    if (!json) return;
    const figure = coloured(JSON.parse(json.textContent));
    try {
      const library = await plotly();
      if (!box.isConnected) return;
      await library.react(box, figure.data, layout(figure.layout ?? {}), { displayModeBar: false, responsive: true });
      box.classList.add("drawn");
    } catch {
      box.querySelector(".plot-waiting").textContent = "The drawing could not be loaded. The numbers are below.";
      box.parentElement.querySelector("details")?.setAttribute("open", "");
    }
  }

  const all = (root) => [...(root.matches?.("[data-chart]") ? [root] : []), ...root.querySelectorAll("[data-chart]")];
  const drawAll = (root) => all(root).forEach(draw);

  drawAll(document);
  document.addEventListener("htmx:afterSettle", (event) => drawAll(event.detail.elt ?? document));
  document.addEventListener("htmx:beforeCleanupElement", (event) => {
    if (window.Plotly && event.detail.elt.matches?.(".plot.drawn")) window.Plotly.purge(event.detail.elt);
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(document));
  window.matchMedia("(prefers-contrast: more)").addEventListener("change", () => drawAll(document));
  window.addEventListener("beforeprint", () => document.querySelectorAll(".plot.drawn").forEach((box) => window.Plotly.Plots.resize(box)));
})();
