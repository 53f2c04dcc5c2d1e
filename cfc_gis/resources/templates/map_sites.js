"use strict";
/* Points: facilities by category with their evidence, places that are cut off, and further layers of the planner's. */

function cfcSites(app) {
  const data = app.data;
  const f = data.facilities;
  const layers = app.layers;

  /* The facilities that serve the chosen category. */
  function servedBy() {
    const row = data.categories.find((one) => one.id === app.state.category);
    return row ? row.served_by : [];
  }
  app.served = () => [...f.category.keys()].filter((index) => servedBy().includes(f.category[index]));

  /* Full for what a tag, a name or a list proves; hollow and dashed for what a rule of thumb presumes; grey for the rest. */
  app.markerStyles = {
    proven: { radius: 5, weight: 1.5, color: "#fff", fillColor: "#111", fillOpacity: 1, dashArray: null },
    presumed: { radius: 5, weight: 2, color: "#111", fillColor: "#fff", fillOpacity: 0.7, dashArray: "3 2" },
    unknown: { radius: 3.5, weight: 1.5, color: "#666", fillColor: "#ddd", fillOpacity: 0.8, dashArray: null },
  };
  app.evidence = (index) => ({ confirmed: "proven", strong: "proven", presumed: "presumed" }[f.evidence[index]] || "unknown");
  app.placeOf = (index) => [f.lat[index], f.lon[index]];
  app.marker = function (index) {
    const at = app.placeOf(index);
    const look = app.markerStyles[app.evidence(index)];
    const marker = L.circleMarker(at, app.on("points", { ...look, className: "cfc-facility", full: look.radius }));
    marker.on("click", (event) => { L.DomEvent.stop(event); app.openFacility(index, at); });
    return marker;
  };
  app.paintFacilities = function () {
    layers.facility.clearLayers();
    app.served().forEach((index) => layers.facility.addLayer(app.marker(index)));
    size();
  };
  /* Seen from far away the points are smaller, so that they leave room for what they stand on. */
  function size() {
    const part = app.map.getZoom() < 11.5 ? 0.6 : 1;
    layers.facility.getLayers().forEach((marker) => marker.setRadius(part * marker.options.full));
  }
  app.map.on("zoomend", size);

  /* Every category as a layer of its own: a letter in a circle, styled by evidence like the others. */
  app.siteCategories = data.site_categories;
  const looks = {
    proven: { fill: "#333", stroke: "#fff", "stroke-width": 1.5, ink: "#fff" },
    presumed: { fill: "#fff", stroke: "#111", "stroke-width": 1.5, "stroke-dasharray": "3 2", ink: "#111" },
    unknown: { fill: "#eee", stroke: "#777", "stroke-width": 1, ink: "#444" },
  };
  app.badge = function (category, evidence) {
    const { ink, ...look } = looks[evidence];
    const word = app.say("glyph." + category);
    return app.svg("svg", { width: 20, height: 20, viewBox: "0 0 20 20", "aria-hidden": "true" },
      app.svg("circle", { cx: 10, cy: 10, r: 9, ...look }),
      app.svg("text", { x: 10, y: 14, "text-anchor": "middle", "font-size": word.length > 1 ? 9 : 11, fill: ink }, word));
  };
  for (const category of app.siteCategories) layers["site_" + category] = L.layerGroup();
  app.paintSites = function () {
    for (const category of app.siteCategories) layers["site_" + category].clearLayers();
    f.category.forEach((category, index) => {
      const icon = L.divIcon({ className: "cfc-site", iconSize: [20, 20], html: app.badge(category, app.evidence(index)) });
      const marker = L.marker(app.placeOf(index), { icon, pane: "cfc-points", keyboard: false });
      marker.on("click", () => app.openFacility(index, app.placeOf(index)));
      layers["site_" + category].addLayer(marker);
    });
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
  app.paintIsolated = function () {
    layers.isolated.clearLayers();
    for (const [place, rows] of app.isolatedShown()) {
      const most = rows.reduce((best, row) => (row.share > best.share ? row : best));
      const icon = L.divIcon({ className: "cfc-isolated", iconSize: [18, 18], html: app.isolatedMark(place.kind + "_" + most.reason) });
      const marker = L.marker(place.at, { icon, pane: "cfc-isolated", keyboard: false });
      const explain = place.kind === "facility" ? app.openFacility : app.openHome;
      marker.on("click", () => explain(place.number, place.at));
      layers.isolated.addLayer(marker);
    }
  };

  /* Further layers, which came as plain tables. */
  data.further.forEach((table, number) => {
    const style = { color: table.colour, weight: 3, fillOpacity: 0.35, className: "cfc-further" };
    const shapes = table.features.map((feature, row) => {
      const shape = feature.point ? L.circleMarker(feature.point, app.on("points", { ...style, radius: 7 }))
        : feature.line ? L.polyline(cfcLines(feature.line), app.on("points", style))
          : L.polygon(cfcAreas(feature.area), app.on("points", style));
      shape.on("click", (event) => { L.DomEvent.stop(event); app.openFurther(number, row, event.latlng); });
      return shape;
    });
    layers["further_" + number] = L.layerGroup(shapes);
  });
}
