"use strict";
/* The map as a whole: read the data, build the parts, paint them again whenever a choice changes. */

function cfcMap(map) {
  const data = JSON.parse(document.getElementById("cfc-data").textContent);
  if (!data.categories) return;
  const app = { map, data, state: Object.assign({ view: "home" }, data.state) };

  /* The season chosen, or the one there is: not every category is computed for every season. */
  app.season = function () {
    const walks = data.access[app.state.category] || {};
    return app.state.season in walks ? app.state.season : Object.keys(walks)[0];
  };

  cfcText(app);
  cfcPopups(app);
  cfcLayers(app);
  cfcPanel(app);

  map.attributionControl.setPrefix("Leaflet");
  if (!data.synthetic) map.attributionControl.addAttribution("© OpenStreetMap contributors, ODbL");
  L.control.scale({ imperial: false, maxWidth: 160 }).addTo(map);
  const north = L.control({ position: "topleft" });
  north.onAdd = function () {
    const box = L.DomUtil.create("div", "cfc-north");
    box.innerHTML = '<svg width="26" height="38" viewBox="0 0 26 38" role="img" aria-label="N">' +
      '<path d="M13 14 22 36 13 31 4 36Z" fill="#222"></path>' +
      '<text x="13" y="11" text-anchor="middle" font-size="12" font-weight="700" fill="#222">N</text></svg>';
    return box;
  };
  north.addTo(map);

  app.refresh = function () {
    map.closePopup();
    app.write();
    app.writeSwitch();
    app.paint();
  };
  /* Inside a report, the language follows the report's switch. */
  window.addEventListener("message", (event) => {
    const lang = event.data && event.data.cfcLang;
    if (typeof lang !== "string" || !(lang in data.words) || lang === app.state.lang) return;
    app.state.lang = lang;
    if (map.cfcReady) app.refresh();
  });

  /* A frame that is not laid out yet has no size, and Leaflet can place nothing in it: wait until it has one. */
  function start() {
    map.invalidateSize({ animate: false });
    map.fitBounds(data.bounds, { padding: [10, 10], animate: false });
    app.refresh();
    /* For tests and for layers that others add. */
    map.cfcReady = true;
  }
  const container = map.getContainer();
  const watch = new ResizeObserver(() => {
    if (!container.clientWidth || !container.clientHeight) return;
    watch.disconnect();
    start();
  });
  watch.observe(container);
}
