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
        return { kind: "judged", words: [unit.name, app.say("judgement." + (gap ? gap.judgement : "no_data"))], at: unit.at };
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

  app.paintLabels = function () {
    const pane = map.getPane("cfc-labels");
    pane.replaceChildren();
    if (!map.hasLayer(app.layers.label)) return;
    const size = map.getSize();
    const frame = map.getContainer().getBoundingClientRect();
    const taken = [...map.getContainer().querySelectorAll(".leaflet-control")].map((control) => {
      const box = control.getBoundingClientRect();
      return [box.left - frame.left, box.top - frame.top, box.right - frame.left, box.bottom - frame.top];
    });
    const labels = [];
    for (const { kind, words, at, drop } of candidates()) {
      if (labels.length >= MOST) break;
      if (!words[0] || !at.length && at.lat === undefined) continue;
      const point = map.latLngToContainerPoint(at);
      const font = kind === "judged" || kind === "district" ? "700 12px" : "12px";
      const half = Math.max(...words.map((line) => width(line, font))) / 2 + 5;
      const high = words.length * 8 + 2;
      const y = point.y + (drop || 0);
      if (point.x - half < 0 || point.x + half > size.x || y - high < 0 || y + high > size.y) continue;
      if (taken.some((box) => point.x - half < box[2] && point.x + half > box[0] && y - high < box[3] && y + high > box[1])) continue;
      taken.push([point.x - half, y - high, point.x + half, y + high]);
      const lines = words.map((line, row) => app.el(row ? "span" : kind === "judged" || kind === "district" ? "b" : "span", {}, line));
      const label = app.el("div", { class: kind === "judged" ? "cfc-label" : "cfc-name cfc-name-" + kind }, ...lines);
      L.DomUtil.setPosition(label, map.containerPointToLayerPoint([point.x, y]));
      labels.push(label);
    }
    pane.append(...labels);
  };
  map.on("moveend zoomend resize", () => { if (app.painted) app.paintLabels(); });
}
