"use strict";
/* The legend: what is drawn now, with units. */

function cfcLegend(app) {
  const data = app.data;
  const id = (name) => document.getElementById("cfc-" + name);
  const swatch = (shape, attributes) => app.svg("svg", { width: 26, height: 16, "aria-hidden": "true" }, app.svg(shape, attributes));
  const area = (fill) => swatch("rect", { x: 1, y: 1, width: 24, height: 14, stroke: "#555", fill });
  const point = (style) => swatch("circle", {
    cx: 13, cy: 8, r: style.radius, fill: style.fillColor, stroke: style.color, "stroke-width": style.weight, "stroke-dasharray": style.dashArray || "none",
  });
  const line = (style) => swatch("path", { d: "M1 8H25", stroke: style.color, "stroke-width": Math.max(style.weight, 1.5), "stroke-dasharray": style.dashArray || "none" });

  function classRows() {
    const last = [app.say("map.class_unreachable"), app.say("map.class_no_data")];
    if (app.state.view === "met") return [...["all", "most", "some", "presumed", "none"].map((key) => app.say("map.met_" + key)), ...last];
    const score = app.state.view === "score";
    const breaks = data.breaks[score ? "score" : "minutes"];
    const rows = breaks.map((end, index) => app.say(score ? "map.class_score" : "map.class", { from: index ? breaks[index - 1] : 0, to: end }));
    const over = breaks[breaks.length - 1];
    return [...rows, score ? app.say("map.class_score", { from: over, to: 100 }) : app.say("map.class_over", { from: over }), ...last];
  }

  function groundRows() {
    const shown = (name) => app.map.hasLayer(app.layers[name]);
    const row = (kind, picture) => (data.basemap[kind].length ? [[picture, app.say("map.ground_" + kind)]] : []);
    const fill = (kind) => row(kind, area(app.groundStyles[kind].fillColor));
    return [
      ...(shown("district") ? [[line({ color: "#333", weight: 2, dashArray: "8 4 2 4" }), app.say("map.layer_district")]] : []),
      ...(shown("subdistrict") && data.units.subdistrict.length ? [[line({ color: "#7a7a7a", weight: 1, dashArray: "3 3" }), app.say("map.layer_subdistrict")]] : []),
      ...(shown("green") ? [...fill("green"), ...fill("water")] : []),
      ...(shown("land") ? ["land_education", "land_service", "land_other"].flatMap(fill) : []),
      ...(shown("street") ? ["street", "railway"].flatMap((kind) => row(kind, line(app.groundStyles[kind]))) : []),
    ];
  }

  app.titleWords = function () {
    const titles = { home: "map.legend_minutes", score: "map.legend_score", met: "map.legend_met" };
    return app.say(titles[app.state.view] || "map.legend_judgement", { what: app.say("category." + app.state.category) });
  };

  app.writeLegend = function () {
    const what = app.say("category." + app.state.category);
    id("legend-title").textContent = app.titleWords();
    id("standard").textContent = app.say("map.standard_line", { standard: app.standardWords() });
    id("who").textContent = app.whoWords();
    const walk = app.walk();
    const striped = app.byHome() && Boolean(walk) && walk.striped.includes("1");
    const [scale, column] = app.scaleOf[app.state.view] || app.scaleOf.home;
    const drawn = new Set(walk ? walk[column] : "6");
    const rows = app.byHome()
      ? classRows().map((words, index) => [index < 6 ? area(data.scales[scale][index]) : null, striped || index === 6 ? area(app.stripes(data.scales[scale][index])) : null, words])
        .filter((row, index) => index < 5 || drawn.has(String(index)))
      : data.judgement_colours.map(([key]) => [area(app.judgementFill(key)), null, app.say("judgement." + key)]);
    if (!app.byHome()) rows.push(...["high", "medium", "low"].map((confidence) => [app.confidenceMark(confidence), null, app.say("map.confidence_is", { confidence: app.say("confidence." + confidence) })]));
    id("legend").replaceChildren(...rows.map((parts) => app.el("li", {}, ...parts)));
    id("notice").textContent = striped ? app.say("map.notice_striped", { what }) : "";
    const evidence = new Set(app.served().map(app.evidence));
    id("legend-points").replaceChildren(...["proven", "presumed", "unknown"].filter((kind) => evidence.has(kind))
      .map((kind) => app.el("li", {}, point(app.markerStyles[kind]), app.say("map." + kind, { what }))));
    const reasons = new Set(app.isolatedShown().flatMap(([place, list]) => list.map((row) => place.kind + "_" + row.reason)));
    id("legend-isolated").replaceChildren(...Object.keys(app.reasonShapes).filter((reason) => reasons.has(reason))
      .map((reason) => app.el("li", {}, app.isolatedMark(reason), app.say("isolated." + reason))));
    id("cut-off").hidden = !reasons.size;
    const sites = app.siteCategories.filter((category) => app.map.hasLayer(app.layers["site_" + category]));
    const further = data.further.map((table, number) => [number, table]).filter(([number]) => app.map.hasLayer(app.layers["further_" + number]));
    id("legend-more").replaceChildren(
      ...sites.map((category) => app.el("li", {}, app.badge(category, "proven"), app.say("category." + category))),
      ...further.map(([, table]) => app.el("li", {}, area(table.colour), table.name)),
      ...groundRows().map((parts) => app.el("li", {}, ...parts)),
    );
  };
}
