"use strict";
/* The panel: choices, search, legend, layers. All of it works from the keyboard. */

function cfcPanel(app) {
  const data = app.data;
  const state = app.state;
  const id = (name) => document.getElementById("cfc-" + name);
  const views = ["home", "subdistrict", "district"].filter((view) => view === "home" || data.units[view].length);
  const toggles = ["facility", "isolated", "home", "subdistrict", "district", "street", "green"];
  const seasons = ["summer", "winter"].filter((season) => Object.values(data.access).some((walks) => season in walks));

  /* Radio buttons or check boxes; the words are written by write(). */
  function inputs(field, type, names, checked, change) {
    for (const name of names) {
      const box = app.el("input", { type, name: "cfc-" + field, value: name });
      box.checked = checked(name);
      box.addEventListener("change", () => change(name, box.checked));
      id(field).append(app.el("label", {}, box, app.el("span", { "data-name": name })));
    }
  }
  inputs("season", "radio", seasons, (name) => name === app.season(), (name) => { state.season = name; app.refresh(); });
  inputs("view", "radio", views, (name) => name === state.view, (name) => { state.view = name; app.refresh(); });
  inputs("layers", "checkbox", toggles, () => true, (name, shown) => {
    if (shown) app.layers[name].addTo(app.map);
    else app.layers[name].remove();
  });
  for (const name of toggles) app.layers[name].addTo(app.map);
  for (const row of data.categories) id("category").append(app.el("option", { value: row.id }));
  id("category").value = state.category;
  id("category").addEventListener("change", (event) => { state.category = event.target.value; app.refresh(); });
  id("form").addEventListener("submit", (event) => event.preventDefault());
  id("synthetic").hidden = !data.synthetic;

  /* Search: a name chosen from the list, or the first that contains what was typed. */
  const names = [];
  data.homes.name.forEach((name, index) => { if (name) names.push({ name, home: index }); });
  data.facilities.name.forEach((name, index) => { if (name) names.push({ name, facility: index }); });
  for (const name of [...new Set(names.map((row) => row.name))]) id("names").append(app.el("option", { value: name }));
  id("search").addEventListener("change", (event) => {
    const wanted = event.target.value.trim();
    const row = wanted && (names.find((r) => r.name === wanted) || names.find((r) => r.name.includes(wanted)));
    id("found").textContent = wanted && !row ? app.say("map.not_found", { name: wanted }) : "";
    if (row) show(row);
  });
  function show(row) {
    if (row.home !== undefined) {
      const middle = app.homes[row.home].getBounds().getCenter();
      app.map.setView(middle, 15, { animate: false });
      app.openHome(row.home, middle);
      return;
    }
    const at = [data.facilities.lat[row.facility], data.facilities.lon[row.facility]];
    app.map.setView(at, 15, { animate: false });
    app.openFacility(row.facility, at);
  }

  /* Legend. */
  const swatch = (shape, attributes) => app.svg("svg", { width: 26, height: 16, "aria-hidden": "true" }, app.svg(shape, attributes));
  const area = (fill) => swatch("rect", { x: 1, y: 1, width: 24, height: 14, stroke: "#555", fill });
  const point = (style) => swatch("circle", {
    cx: 13, cy: 8, r: style.radius, fill: style.fillColor, stroke: style.color, "stroke-width": style.weight, "stroke-dasharray": style.dashArray || "none",
  });

  function minuteRows() {
    const breaks = data.breaks;
    const rows = breaks.map((end, index) => app.say("map.class", { from: index ? breaks[index - 1] : 0, to: end }));
    return [...rows, app.say("map.class_over", { from: breaks[breaks.length - 1] }), app.say("map.class_unreachable"), app.say("map.class_no_data")];
  }

  function writeLegend() {
    const what = app.say("category." + state.category);
    const homes = state.view === "home";
    id("legend-title").textContent = app.say(homes ? "map.legend_minutes" : "map.legend_judgement", { what });
    id("standard").textContent = app.say("map.standard_line", { standard: app.standardWords() });
    const walk = app.walk();
    const striped = homes && Boolean(walk) && walk.striped.includes("1");
    const rows = homes
      ? minuteRows().map((words, index) => [index < 6 ? area(data.colours[index]) : null, striped || index === 6 ? area(app.stripes(data.colours[index])) : null, words])
      : data.judgement_colours.map(([key]) => [area(app.judgementFill(key)), null, app.say("judgement." + key)]);
    if (!homes) rows.push([swatch("rect", { x: 1, y: 1, width: 24, height: 14, fill: "none", stroke: "#333", "stroke-dasharray": "4 3" }), null, app.say("map.low_confidence")]);
    id("legend").replaceChildren(...rows.map((parts) => app.el("li", {}, ...parts)));
    id("notice").textContent = striped ? app.say("map.notice_striped", { what }) : "";
    const drawn = new Set(app.served().map(app.evidence));
    id("legend-points").replaceChildren(...["proven", "presumed", "unknown"].filter((kind) => drawn.has(kind))
      .map((kind) => app.el("li", {}, point(app.markerStyles[kind]), app.say("map." + kind, { what }))));
    const reasons = new Set(app.isolatedShown().flatMap(([place, rows]) => rows.map((row) => place.kind + "_" + row.reason)));
    id("legend-isolated").replaceChildren(...Object.keys(app.reasonShapes).filter((reason) => reasons.has(reason))
      .map((reason) => app.el("li", {}, app.isolatedMark(reason), app.say("isolated." + reason))));
    id("cut-off").hidden = !reasons.size;
  }

  app.write = function () {
    document.documentElement.lang = state.lang === "zh" ? "zh-CN" : "en";
    document.querySelectorAll("[data-t]").forEach((node) => { node.textContent = app.say(node.dataset.t); });
    const label = { season: "season.", view: "map.view_", layers: "map.layer_" };
    for (const [field, prefix] of Object.entries(label)) {
      id(field).querySelectorAll("[data-name]").forEach((node) => { node.textContent = app.say(prefix + node.dataset.name); });
    }
    id("category").querySelectorAll("option").forEach((option) => { option.textContent = app.say("category." + option.value); });
    id("place").textContent = data.place;
    id("source").textContent = app.say(data.synthetic ? "map.source_synthetic" : "map.source", { date: data.data_date || app.say("map.unclear") });
    id("side").setAttribute("aria-label", app.say("map.panel"));
    app.map.getContainer().setAttribute("aria-label", app.say("map.title"));
    writeLegend();
  };

  /* The button names the language it leads to. */
  const langs = Object.keys(data.words);
  const other = () => langs.find((lang) => lang !== state.lang);
  if (langs.length > 1) {
    id("lang").hidden = false;
    id("lang").addEventListener("click", () => { state.lang = other(); app.refresh(); });
  }
  app.writeSwitch = function () {
    if (langs.length < 2) return;
    id("lang").textContent = other() === "en" ? "English" : "中文";
    id("lang").lang = other() === "en" ? "en" : "zh-CN";
  };
}
