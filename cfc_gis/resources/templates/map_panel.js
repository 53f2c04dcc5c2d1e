"use strict";
/* The panel: choices and layers. All of it works from the keyboard. */

function cfcPanel(app) {
  const data = app.data;
  const state = app.state;
  const id = (name) => document.getElementById("cfc-" + name);
  const views = ["home", "met", "score", "subdistrict", "district"].filter((view) => !(view in data.units) || data.units[view].length);
  const seasons = ["summer", "winter"].filter((season) => Object.values(data.access).some((walks) => season in walks));
  const groups = {
    results: ["facility", "home", "isolated", "district", "subdistrict", "label"],
    sites: app.siteCategories.map((category) => "site_" + category),
    ground: ["green", "street", "land", "online"].filter((name) => name in app.layers),
    further: data.further.map((table, number) => "further_" + number),
  };
  const hidden = new Set(["land", ...groups.sites]);

  /* Radio buttons or check boxes; the words are written by write(). */
  function inputs(box, field, type, names, checked, change) {
    for (const name of names) {
      const input = app.el("input", { type, name: "cfc-" + field, value: name });
      input.checked = checked(name);
      input.addEventListener("change", () => change(name, input.checked));
      box.append(app.el("label", {}, input, app.el("span", { "data-name": name })));
    }
  }
  const field = (name) => [...document.querySelectorAll("input[name=cfc-" + name + "]")];
  app.choose = function (what, value) {
    state[what] = value;
    if (what === "category") id("category").value = value;
    else field(what).forEach((input) => { input.checked = input.value === value; });
    app.refresh();
  };
  inputs(id("season"), "season", "radio", seasons, (name) => name === app.season(), (name) => app.choose("season", name));
  inputs(id("view"), "view", "radio", views, (name) => name === state.view, (name) => app.choose("view", name));

  /* Layers, in groups that open and close; a button shows or hides a whole group. */
  function toggle(name, shown) {
    if (shown) app.layers[name].addTo(app.map);
    else app.layers[name].remove();
  }
  function settle() {
    app.writeLegend();
    app.paintLabels();
    for (const [group, names] of Object.entries(groups)) {
      const count = id("count-" + group);
      if (count) count.textContent = names.filter((name) => app.map.hasLayer(app.layers[name])).length + "/" + names.length;
    }
  }
  for (const [group, names] of Object.entries(groups)) {
    if (!names.length) continue;
    const box = app.el("div", { class: "cfc-group" });
    const all = app.el("button", { type: "button", "data-t": "map.group_all" });
    all.addEventListener("click", () => {
      const shown = !names.every((name) => app.map.hasLayer(app.layers[name]));
      names.forEach((name) => toggle(name, shown));
      field("layers").forEach((input) => { if (names.includes(input.value)) input.checked = shown; });
      settle();
    });
    inputs(box, "layers", "checkbox", names, (name) => !hidden.has(name), (name, shown) => { toggle(name, shown); settle(); });
    box.append(all);
    const head = app.el("summary", {}, app.el("span", { "data-t": "map.group_" + group }), " ", app.el("span", { id: "cfc-count-" + group, class: "cfc-count" }));
    const details = app.el("details", { class: "cfc-layer-group" }, head, box);
    details.open = group === "results" || group === "further";
    id("layers").append(details);
    names.forEach((name) => { if (!hidden.has(name)) toggle(name, true); });
  }
  app.showLayer = function (name) {
    field("layers").forEach((input) => { if (input.value === name) input.checked = true; });
    toggle(name, true);
    settle();
  };

  for (const row of data.categories) id("category").append(app.el("option", { value: row.id }));
  id("category").value = state.category;
  id("category").addEventListener("change", (event) => app.choose("category", event.target.value));
  id("form").addEventListener("submit", (event) => event.preventDefault());
  id("synthetic").hidden = !data.synthetic;
  id("light").hidden = !data.light;
  id("key").hidden = !(data.online && data.online.has_key);

  function layerName(name) {
    if (name.startsWith("site_")) {
      const category = name.slice(5);
      const n = data.facilities.category.filter((one) => one === category).length;
      return app.say("map.layer_site", { what: app.say("category." + category), n });
    }
    if (name.startsWith("further_")) return data.further[Number(name.slice(8))].name;
    return app.say("map.layer_" + name);
  }

  app.write = function () {
    document.documentElement.lang = state.lang === "zh" ? "zh-CN" : "en";
    document.querySelectorAll("[data-t]").forEach((node) => { node.textContent = app.say(node.dataset.t); });
    const label = { season: (name) => app.say("season." + name), view: (name) => app.say("map.view_" + name), layers: layerName };
    for (const [what, words] of Object.entries(label)) {
      id(what).querySelectorAll("[data-name]").forEach((node) => { node.textContent = words(node.dataset.name); });
    }
    id("category").querySelectorAll("option").forEach((option) => { option.textContent = app.say("category." + option.value); });
    id("place").textContent = data.place;
    id("now").textContent = [app.titleWords(), app.comparing ? app.say("map.both_seasons") : app.say("season." + app.season())].join(" · ");
    id("source").textContent = [
      app.say(data.synthetic ? "map.source_synthetic" : "map.source", { date: data.data_date || app.say("map.unclear") }),
      data.coarse ? app.say("map.coarse", data.coarse) : "",
      data.online ? app.say("map.source_online", { source: data.online.source }) : "",
    ].filter(Boolean).join(" ");
    id("side").setAttribute("aria-label", app.say("map.panel"));
    app.map.getContainer().setAttribute("aria-label", app.say("map.title"));
    document.title = data.place + " · " + app.say("map.title");
    for (const way of ["in", "out"]) {
      const button = app.map.getContainer().querySelector(".leaflet-control-zoom-" + way);
      button.title = app.say("map.zoom_" + way);
      button.setAttribute("aria-label", button.title);
    }
    settle();
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
