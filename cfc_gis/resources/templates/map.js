"use strict";
/* The map as a whole: read the data, build the parts, paint them again whenever a choice changes. */

/* What one map needs: its words, layers, points, names and popups. */
function cfcApp(map, data, state, name) {
  const app = { map, data, state, name };

  /* The season chosen, or the one there is: not every category is computed for every season. */
  app.season = function () {
    const walks = data.access[state.category] || {};
    return state.season in walks ? state.season : Object.keys(walks)[0];
  };
  cfcText(app);
  cfcLayers(app);
  cfcSites(app);
  cfcLabels(app);
  cfcPopups(app);
  app.paint = function () {
    app.painted = true;
    app.paintHomes();
    app.paintUnits();
    app.paintFacilities();
    app.paintSites();
    app.paintIsolated();
    app.paintLabels();
  };
  return app;
}

function cfcMap(map) {
  const data = JSON.parse(document.getElementById("cfc-data").textContent);
  if (!data.categories) return;
  const app = cfcApp(map, data, Object.assign({ view: "home" }, data.state), "cfc");
  cfcBar(app);
  cfcLegend(app);
  cfcPanel(app);
  cfcSearch(app);
  cfcCompare(app);

  map.attributionControl.setPrefix("Leaflet");
  if (!data.synthetic) map.attributionControl.addAttribution("© OpenStreetMap contributors, ODbL");
  L.control.scale({ imperial: false, maxWidth: 160 }).addTo(map);
  const north = L.control({ position: "topleft" });
  north.onAdd = function () {
    const box = L.DomUtil.create("div", "cfc-north");
    box.append(app.svg("svg", { width: 26, height: 38, viewBox: "0 0 26 38", role: "img", "aria-label": "N" },
      app.svg("path", { d: "M13 14 22 36 13 31 4 36Z", fill: "#222" }),
      app.svg("text", { x: 13, y: 11, "text-anchor": "middle", "font-size": 12, "font-weight": 700, fill: "#222" }, "N")));
    return box;
  };
  north.addTo(map);

  /* What a click has opened stays open, in the words and numbers of the new choice; in another view it has no meaning. */
  let view = app.state.view;
  app.refresh = function () {
    const again = app.state.view === view ? app.again : null;
    view = app.state.view;
    app.close();
    app.paint();
    app.paintTwin();
    app.write();
    app.writeSwitch();
    app.writeSearch();
    if (again) again();
  };
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") app.fold(); });

  /* On paper the map has another size: it is laid out for that, with the same place in its middle, and back again. */
  let beforePrint = null;
  window.addEventListener("beforeprint", () => {
    beforePrint = [map.getCenter(), map.getZoom()];
    document.body.classList.add("cfc-printing");
    document.getElementById("cfc-side").scrollTop = 0;
    map.invalidateSize({ animate: false });
    map.setView(...beforePrint, { animate: false });
  });
  window.addEventListener("afterprint", () => {
    document.body.classList.remove("cfc-printing");
    map.invalidateSize({ animate: false });
    if (beforePrint) map.setView(...beforePrint, { animate: false });
  });

  /* Inside a report, the language follows the report's switch. */
  window.addEventListener("message", (event) => {
    const lang = event.data && event.data.cfcLang;
    if (typeof lang !== "string" || !(lang in data.words) || lang === app.state.lang) return;
    app.state.lang = lang;
    if (map.cfcReady) app.refresh();
  });

  /* A frame that is not laid out yet has no size, and Leaflet can place nothing in it: wait until it has one. */
  const container = map.getContainer();
  function start() {
    map.invalidateSize({ animate: false });
    map.fitBounds(data.bounds, { padding: [10, 10], animate: false });
    app.refresh();
    /* For tests and for layers that others add. */
    map.cfcReady = true;
    performance.mark("cfc-ready");
  }
  let started = false;
  new ResizeObserver(() => {
    if (!container.clientWidth || !container.clientHeight) return;
    if (started) map.invalidateSize({ animate: false });
    else start();
    started = true;
  }).observe(container);
}
