"use strict";
/* Layers: basemap, neighbourhoods, units, facilities. Each is drawn once and restyled when the planner chooses. */

function cfcLayers(app) {
  const data = app.data;
  const map = app.map;
  const panes = { base: 210, homes: 350, unit: 360, lines: 370, points: 420, isolated: 430 };
  for (const [name, height] of Object.entries(panes)) {
    map.createPane("cfc-" + name).style.zIndex = height;
  }
  map.getPane("cfc-lines").style.pointerEvents = "none";
  const renderers = { base: L.canvas({ pane: "cfc-base", padding: 0.3 }) };
  for (const name of ["homes", "unit", "lines", "points"]) renderers[name] = L.svg({ pane: "cfc-" + name, padding: 0.3 });

  /* Whole numbers, each point told from the one before, to [latitude, longitude]. */
  function ring(numbers) {
    const points = [];
    let x = 0, y = 0;
    for (let i = 0; i < numbers.length; i += 2) {
      x += numbers[i];
      y += numbers[i + 1];
      points.push([y / 1e5, x / 1e5]);
    }
    return points;
  }
  const polygons = (shape) => shape.map((rings) => rings.map(ring));
  const on = (name, style) => Object.assign({ pane: "cfc-" + name, renderer: renderers[name] }, style);

  /* Basemap: one path for each kind. */
  const base = (kind, style) => {
    const shapes = data.basemap[kind];
    const options = on(kind === "district" ? "lines" : "base", Object.assign({ interactive: false }, style));
    if (kind === "green" || kind === "water") return L.polygon(polygons(shapes), options);
    return L.polyline(shapes.map((rings) => ring(rings[0])), options);
  };
  const layers = {
    green: L.layerGroup([
      base("green", { stroke: false, fillColor: "#dcebd3", fillOpacity: 1 }),
      base("water", { stroke: false, fillColor: "#cfe0ec", fillOpacity: 1 }),
    ]),
    street: L.layerGroup([
      base("railway", { color: "#9a9a9a", weight: 1.2, dashArray: "6 3" }),
      base("street", { color: "#c4bfb4", weight: 1.2 }),
    ]),
    facility: L.layerGroup(),
    isolated: L.layerGroup(),
  };

  /* Stripes in each colour, for what the data do not suffice to judge. */
  const judgementColours = Object.fromEntries(data.judgement_colours);
  const stripes = new Map();
  app.stripes = function (colour) {
    if (!stripes.has(colour)) {
      const name = "cfc-stripes-" + stripes.size;
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
    const shape = L.polygon(polygons(data.homes.shape[index]), on("homes", {
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
      const shape = L.polygon(polygons(unit.shape), on("unit", { className: "cfc-unit" }));
      shape.on("click", (event) => app.openUnit(level, index, event.latlng));
      return shape;
    });
    const outlines = data.units[level].map((unit) => L.polygon(polygons(unit.shape), on("lines", {
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

  function paintHomes() {
    const walk = app.walk();
    const filled = app.state.view === "home";
    app.homes.forEach((shape, index) => {
      const colour = data.colours[walk ? Number(walk.class[index]) : 6];
      const fill = walk && walk.striped[index] === "0" ? colour : app.stripes(colour);
      shape.setStyle({ fillColor: filled ? fill : "#8f8f8f", fillOpacity: filled ? 0.9 : 0.25 });
    });
  }

  function paintUnits() {
    for (const level of ["district", "subdistrict"]) {
      app.units[level].forEach((shape, index) => {
        const active = app.state.view === level;
        if (!active) return void shape.remove();
        const gap = app.gap(level, index);
        const low = !gap || gap.confidence === "low";
        shape.setStyle({ color: "#333", weight: 1.5, dashArray: low ? "4 3" : null, fillColor: app.judgementFill(gap ? gap.judgement : "no_data"), fillOpacity: 0.6 });
        shape.addTo(map);
      });
    }
  }

  /* The facilities that serve the chosen category. */
  function servedBy() {
    const row = data.categories.find((one) => one.id === app.state.category);
    return row ? row.served_by : [];
  }
  app.served = () => [...data.facilities.category.keys()].filter((index) => servedBy().includes(data.facilities.category[index]));

  function paintFacilities() {
    layers.facility.clearLayers();
    app.served().forEach((index) => layers.facility.addLayer(app.marker(index)));
  }

  /* Full for what a tag, a name or a list proves; hollow and dashed for what a rule of thumb presumes; grey for the rest. */
  app.markerStyles = {
    proven: { radius: 5, weight: 1.5, color: "#fff", fillColor: "#111", fillOpacity: 1, dashArray: null },
    presumed: { radius: 5, weight: 2, color: "#111", fillColor: "#fff", fillOpacity: 0.7, dashArray: "3 2" },
    unknown: { radius: 3.5, weight: 1.5, color: "#666", fillColor: "#ddd", fillOpacity: 0.8, dashArray: null },
  };
  app.evidence = (index) => ({ confirmed: "proven", strong: "proven", presumed: "presumed" }[data.facilities.evidence[index]] || "unknown");
  app.marker = function (index) {
    const at = [data.facilities.lat[index], data.facilities.lon[index]];
    const marker = L.circleMarker(at, on("points", Object.assign({ className: "cfc-facility" }, app.markerStyles[app.evidence(index)])));
    marker.on("click", (event) => { L.DomEvent.stop(event); app.openFacility(index, at); });
    return marker;
  };

  /* Places that are cut off: all of them, or from the chosen category. One shape for each reason, all of one colour. */
  const concerns = (row, kind) => row.category === "all"
    || (kind === "facility" ? servedBy().includes(row.category) : row.category === app.state.category);
  const isolated = new Map(data.isolated.map((place) => [place.kind + place.number, place]));
  app.cutOff = function (kind, number) {
    const place = isolated.get(kind + number);
    return place ? place.rows.filter((row) => concerns(row, kind)) : [];
  };
  app.reasonShapes = {
    neighbourhood_no_street: "M4 4 14 14M14 4 4 14",
    neighbourhood_island: "M9 2 16 9 9 16 2 9Z",
    neighbourhood_no_way: "M9 2.5 16 15H2Z",
    facility_no_street: "M9 2V16M2 9H16",
    facility_nobody_near: "M3 3H15V15H3Z",
  };
  app.isolatedMark = function (reason) {
    const d = app.reasonShapes[reason];
    const line = (stroke, width) => app.svg("path", { d, stroke, "stroke-width": width, fill: "none", "stroke-linejoin": "round" });
    return app.svg("svg", { width: 18, height: 18, viewBox: "0 0 18 18", "aria-hidden": "true" }, line("#fff", 5.5), line("#a0006e", 2.2));
  };
  app.isolatedShown = () => data.isolated.map((place) => [place, app.cutOff(place.kind, place.number)]).filter(([, rows]) => rows.length);
  function paintIsolated() {
    layers.isolated.clearLayers();
    for (const [place, rows] of app.isolatedShown()) {
      const most = rows.reduce((best, row) => (row.share > best.share ? row : best));
      const icon = L.divIcon({ className: "cfc-isolated", iconSize: [18, 18], html: app.isolatedMark(place.kind + "_" + most.reason) });
      const marker = L.marker(place.at, { icon, pane: "cfc-isolated", keyboard: false });
      const explain = place.kind === "facility" ? app.openFacility : app.openHome;
      marker.on("click", () => explain(place.number, place.at));
      layers.isolated.addLayer(marker);
    }
  }

  /* Names of units with the judgement in words; one that would lie on another is left out until there is room. */
  const labels = L.layerGroup().addTo(map);
  function paintLabels() {
    labels.clearLayers();
    const level = app.state.view;
    if (level === "home") return;
    const taken = [];
    data.units[level].forEach((unit, index) => {
      if (!unit.at.length) return;
      const gap = app.gap(level, index);
      const words = app.say("judgement." + (gap ? gap.judgement : "no_data"));
      const at = map.latLngToContainerPoint(unit.at);
      const wide = 7 * Math.max(unit.name.length * 1.8, words.length * 1.8) / 2 + 6;
      const box = [at.x - wide, at.y - 18, at.x + wide, at.y + 18];
      if (taken.some((b) => box[0] < b[2] && box[2] > b[0] && box[1] < b[3] && box[3] > b[1])) return;
      taken.push(box);
      const content = app.el("span", {}, app.el("b", {}, unit.name), words);
      labels.addLayer(L.tooltip({ permanent: true, direction: "center", className: "cfc-label" }).setLatLng(unit.at).setContent(content));
    });
  }
  map.on("zoomend", paintLabels);

  app.paint = function () {
    paintHomes();
    paintUnits();
    paintFacilities();
    paintIsolated();
    paintLabels();
  };
}
