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
  map.attributionControl.addAttribution("© OpenStreetMap contributors, ODbL");
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
  map.fitBounds(data.bounds, { padding: [10, 10], animate: false });
  app.refresh();
  /* For tests and for layers that others add. */
  map.cfcReady = true;
}
