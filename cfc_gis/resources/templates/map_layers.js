"use strict";
/* Layers: basemap, neighbourhoods, units. Each is drawn once and restyled when the planner chooses. */

function cfcLayers(app) {
  const data = app.data;
  const map = app.map;
  const panes = { tiles: 205, base: 210, homes: 350, unit: 360, lines: 370, route: 400, points: 420, isolated: 430, labels: 440 };
  for (const [name, height] of Object.entries(panes)) {
    map.createPane("cfc-" + name).style.zIndex = height;
  }
  for (const name of ["lines", "route", "labels"]) map.getPane("cfc-" + name).style.pointerEvents = "none";
  const renderers = { base: L.canvas({ pane: "cfc-base", padding: 0.3 }) };
  for (const name of ["homes", "unit", "lines", "route", "points"]) renderers[name] = L.svg({ pane: "cfc-" + name, padding: 0.3 });
  app.on = (name, style) => Object.assign({ pane: "cfc-" + name, renderer: renderers[name] }, style);

  /* Basemap: one path for each kind. */
  app.groundStyles = {
    green: { stroke: false, fillColor: "#dcebd3", fillOpacity: 1 },
    water: { stroke: false, fillColor: "#cfe0ec", fillOpacity: 1 },
    land_education: { stroke: false, fillColor: "#f3e0ea", fillOpacity: 1 },
    land_service: { stroke: false, fillColor: "#e6e0f0", fillOpacity: 1 },
    land_other: { stroke: false, fillColor: "#e7e3da", fillOpacity: 1 },
    railway: { color: "#9a9a9a", weight: 1.2, dashArray: "6 3" },
    street: { color: "#bdb7aa", weight: 1.3 },
  };
  const base = (kind, style) => {
    const options = app.on(kind === "district" ? "lines" : "base", Object.assign({ interactive: false }, style || app.groundStyles[kind]));
    const shapes = data.basemap[kind];
    return kind === "street" || kind === "railway" || kind === "district"
      ? L.polyline(cfcLines(shapes), options) : L.polygon(cfcAreas(shapes), options);
  };
  const layers = {
    land: L.layerGroup(["land_other", "land_service", "land_education"].map((kind) => base(kind))),
    green: L.layerGroup([base("green"), base("water")]),
    street: L.layerGroup([base("railway"), base("street")]),
    facility: L.layerGroup(),
    isolated: L.layerGroup(),
    label: L.layerGroup(),
  };
  if (data.online) {
    layers.online = L.layerGroup(data.online.urls.map((url) => L.tileLayer(url, {
      pane: "cfc-tiles", maxZoom: 20, maxNativeZoom: data.online.max_zoom, attribution: app.el("span", {}, data.online.source).outerHTML,
    })));
  }

  /* Stripes in each colour, for what the data do not suffice to judge. */
  const judgementColours = Object.fromEntries(data.judgement_colours);
  const stripes = new Map();
  app.stripes = function (colour) {
    if (!stripes.has(colour)) {
      const name = app.name + "-stripes-" + stripes.size;
      const pattern = app.svg("pattern", { id: name, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
      pattern.append(app.svg("rect", { width: 6, height: 6, fill: "#fafafa" }), app.svg("rect", { width: 2.5, height: 6, fill: colour }));
      document.getElementById("cfc-defs").append(pattern);
      stripes.set(colour, "url(#" + name + ")");
    }
    return stripes.get(colour);
  };
  app.judgementFill = (key) => (key === "no_data" ? app.stripes(judgementColours[key]) : judgementColours[key]);

  /* Neighbourhoods. */
  app.homes = data.homes.id.map((id, index) => {
    const shape = L.polygon(cfcAreas(data.homes.shape[index]), app.on("homes", {
      weight: 0.7, color: "#555", smoothFactor: 0.5, className: "cfc-home",
    }));
    shape.on("click", (event) => app.openHome(index, event.latlng));
    return shape;
  });
  layers.home = L.layerGroup(app.homes);

  /* Units: a filled shape in its own view, an outline in the others. */
  app.units = {};
  for (const level of ["district", "subdistrict"]) {
    app.units[level] = data.units[level].map((unit, index) => {
      const shape = L.polygon(cfcAreas(unit.shape), app.on("unit", { className: "cfc-unit" }));
      shape.on("click", (event) => app.openUnit(level, index, event.latlng));
      return shape;
    });
    const outlines = data.units[level].map((unit) => L.polygon(cfcAreas(unit.shape), app.on("lines", {
      fill: false, interactive: false, color: level === "district" ? "#333" : "#7a7a7a",
      weight: level === "district" ? 2 : 1, dashArray: level === "district" ? "8 4 2 4" : "3 3",
    })));
    layers[level] = L.layerGroup(outlines);
  }
  if (data.basemap.district.length && !data.units.district.length) {
    layers.district.addLayer(base("district", { color: "#333", weight: 2, dashArray: "8 4 2 4" }));
  }
  app.layers = layers;

  app.walk = () => (data.access[app.state.category] || {})[app.season()];
  app.gap = (level, index) => ((data.gaps[level][app.state.category] || {})[app.season()] || [])[index] || null;

  /* How neighbourhoods are coloured: the scale, and the column with the class of each. */
  app.scaleOf = { home: ["minutes", "class"], score: ["score", "class_score"], met: ["met", "class_met"] };
  app.byHome = () => app.state.view in app.scaleOf;

  app.paintHomes = function () {
    const walk = app.walk();
    const [scale, column] = app.scaleOf[app.state.view] || app.scaleOf.home;
    app.homes.forEach((shape, index) => {
      const colour = data.scales[scale][walk ? Number(walk[column][index]) : 6];
      const fill = walk && walk.striped[index] === "0" ? colour : app.stripes(colour);
      shape.setStyle({ fillColor: app.byHome() ? fill : "#8f8f8f", fillOpacity: app.byHome() ? 0.9 : 0.25 });
    });
  };

  app.paintUnits = function () {
    for (const level of ["district", "subdistrict"]) {
      app.units[level].forEach((shape, index) => {
        if (app.state.view !== level) return void shape.remove();
        const gap = app.gap(level, index);
        shape.setStyle({ color: "#333", weight: 1.5, fillColor: app.judgementFill(gap ? gap.judgement : "no_data"), fillOpacity: 0.6 });
        shape.addTo(map);
      });
    }
  };
}
