"use strict";
/* Names on the map. They are laid out anew after each move: the more important first, and none that would lie on another. */

function cfcLabels(app) {
  const data = app.data;
  const map = app.map;
  const MOST = 120;
  const pen = document.createElement("canvas").getContext("2d");
  const family = getComputedStyle(document.body).fontFamily;
  const wide = new Map();
  function width(words, font) {
    const key = font + words;
    if (!wide.has(key)) {
      pen.font = font + " " + family;
      wide.set(key, pen.measureText(words).width);
    }
    return wide.get(key);
  }

  /* From which zoom on names of a kind are written. */
  const FROM = { district: 0, subdistrict: 13, water: 12.5, green: 14, street: 14.5, home: 16, facility: 16 };
  let middles = null;
  function homeNames() {
    middles = middles || app.homes.map((shape) => shape.getBounds().getCenter());
    return data.homes.name.map((name, index) => ({ kind: "home", words: [name], at: middles[index] }));
  }
  function candidates() {
    const view = app.state.view;
    if (view === "district" || view === "subdistrict") {
      return data.units[view].map((unit, index) => {
        const gap = app.gap(view, index);
        return { kind: "judged", words: [unit.name, app.say("judgement." + (gap ? gap.judgement : "no_data"))], at: unit.at, mark: gap ? gap.confidence : "low" };
      });
    }
    const zoom = map.getZoom();
    const found = [];
    for (const level of ["district", "subdistrict"]) {
      if (zoom >= FROM[level]) found.push(...data.units[level].map((unit) => ({ kind: level, words: [unit.name], at: unit.at })));
    }
    if (zoom >= FROM.facility && map.hasLayer(app.layers.facility)) {
      found.push(...app.served().map((index) => ({ kind: "facility", words: [data.facilities.name[index]], at: app.placeOf(index), drop: 15 })));
    }
    found.push(...data.names.filter(([kind]) => zoom >= FROM[kind]).map(([kind, name, lat, lon]) => ({ kind, words: [name], at: [lat, lon] })));
    if (zoom >= FROM.home && map.hasLayer(app.layers.home)) found.push(...homeNames());
    return found;
  }

  /* How sure a judgement is, as bars: told by their number, so that no colour is needed. */
  const LEVELS = ["low", "medium", "high"];
  app.confidenceMark = function (confidence) {
    const full = LEVELS.indexOf(confidence);
    const bar = (n) => app.svg("rect", { x: 1.5 + 6 * n, y: 9 - 4 * n, width: 4, height: 4 + 4 * n, fill: n <= full ? "#111" : "#fff", stroke: "#111" });
    return app.svg("svg", { class: "cfc-confidence", width: 19, height: 14, viewBox: "0 0 19 14", role: "img", "aria-label": app.say("map.confidence_is", { confidence: app.say("confidence." + confidence) }) }, ...LEVELS.map((_, n) => bar(n)));
  };
  const MARK = { half: 12, high: 9 };

  /* What is already on the map and may not be written over: first of all its controls. */
  function controls() {
    const frame = map.getContainer().getBoundingClientRect();
    return [...map.getContainer().querySelectorAll(".leaflet-control")].map((control) => {
      const box = control.getBoundingClientRect();
      return [box.left - frame.left, box.top - frame.top, box.right - frame.left, box.bottom - frame.top];
    });
  }
  function layout() {
    const size = map.getSize();
    const taken = controls();
    const labels = [];
    function place({ at, drop }, half, high, name, parts) {
      const point = map.latLngToContainerPoint(at);
      const y = point.y + (drop || 0);
      if (point.x - half < 0 || point.x + half > size.x || y - high < 0 || y + high > size.y) return false;
      if (taken.some((box) => point.x - half < box[2] && point.x + half > box[0] && y - high < box[3] && y + high > box[1])) return false;
      taken.push([point.x - half, y - high, point.x + half, y + high]);
      const label = app.el("div", { class: name }, ...parts());
      L.DomUtil.setPosition(label, map.containerPointToLayerPoint([point.x, y]));
      labels.push(label);
      return true;
    }
    return { labels, place };
  }
  function written({ kind, words, mark }, place) {
    const bold = kind === "judged" || kind === "district";
    const lines = words.map((line, row) => width(line, bold ? "700 12px" : "12px") + (mark && row ? 2 * MARK.half : 0));
    return place(Math.max(...lines) / 2 + 5, words.length * 8 + 2, kind === "judged" ? "cfc-label" : "cfc-name cfc-name-" + kind, () => words.map((line, row) =>
      app.el(row || !bold ? "span" : "b", {}, line, ...(mark && row ? [app.confidenceMark(mark)] : []))));
  }

  app.paintLabels = function () {
    const { labels, place } = layout();
    const left = [];
    for (const one of candidates()) {
      if (!one.words[0] || !one.at.length && one.at.lat === undefined) continue;
      const named = map.hasLayer(app.layers.label) && labels.length < MOST && written(one, (...rest) => place(one, ...rest));
      if (!named && one.mark) left.push(one);
    }
    /* Where there is no room for a name, there may be for how sure its judgement is. */
    for (const one of left) place(one, MARK.half, MARK.high, "cfc-label", () => [app.confidenceMark(one.mark)]);
    map.getPane("cfc-labels").replaceChildren(...labels);
  };
  map.on("moveend zoomend resize", () => { if (app.painted) app.paintLabels(); });
}
