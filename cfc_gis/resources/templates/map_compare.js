"use strict";
/* Summer and winter side by side: a second map that shows the same place, moves with the first, and is in winter. */

function cfcCompare(app) {
  const button = document.getElementById("cfc-compare");
  const both = () => ["summer", "winter"].every((season) => season in (app.data.access[app.state.category] || {}));
  let twin = null, before = null;

  function caption(map, season) {
    const control = L.control({ position: "topright" });
    control.onAdd = () => app.el("div", { class: "cfc-caption", "data-t": "map.compare_" + season });
    return control.addTo(map);
  }

  /* Moves of either map are made by the other too; a move that only answers another is not answered. */
  function tied(one, other) {
    let busy = false;
    const follow = (from, to) => () => {
      if (busy) return;
      busy = true;
      to.setView(from.getCenter(), from.getZoom(), { animate: false });
      busy = false;
    };
    const there = follow(one, other);
    one.on("move", there);
    other.on("move", follow(other, one));
    return there;
  }

  function open() {
    const box = app.el("div", { class: "folium-map", id: "cfc-other" });
    app.map.getContainer().after(box);
    document.body.classList.add("cfc-comparing");
    const map = L.map(box, { zoomSnap: 0.25, fadeAnimation: false, zoomControl: false, attributionControl: false });
    const state = Object.create(app.state, { season: { value: "winter" } });
    const other = cfcApp(map, app.data, state, "cfc-winter");
    for (const name of Object.keys(app.layers)) if (app.map.hasLayer(app.layers[name])) other.layers[name].addTo(map);
    before = app.state.season;
    app.state.season = "summer";
    const captions = [caption(app.map, "summer"), caption(map, "winter")];
    app.map.invalidateSize({ animate: false });
    map.setView(app.map.getCenter(), app.map.getZoom(), { animate: false });
    other.painted = true;
    const follow = tied(app.map, map);
    const mirror = (event) => {
      const name = Object.keys(app.layers).find((one) => app.layers[one] === event.layer);
      if (name && event.type === "layeradd") other.layers[name].addTo(map);
      else if (name) other.layers[name].remove();
    };
    app.map.on("layeradd layerremove", mirror);
    Object.assign(other, { fit: app.fit, fold: app.fold });
    app.beside = [other];
    twin = { other, captions, mirror, follow, box };
  }
  function close() {
    app.map.off("layeradd layerremove", twin.mirror);
    app.map.off("move", twin.follow);
    twin.captions[0].remove();
    app.beside = [];
    twin.other.card.remove();
    twin.other.map.remove();
    twin.box.remove();
    twin = null;
    document.body.classList.remove("cfc-comparing");
    app.state.season = before;
    app.map.invalidateSize({ animate: false });
  }

  app.paintTwin = function () {
    button.hidden = !both() && !twin;
    if (twin && !both()) close();
    app.comparing = Boolean(twin);
    button.setAttribute("aria-pressed", String(Boolean(twin)));
    document.querySelectorAll("input[name=cfc-season]").forEach((input) => {
      input.disabled = Boolean(twin);
      input.checked = input.value === app.season();
    });
    if (!twin) return;
    twin.other.close();
    twin.other.paint();
  };
  button.addEventListener("click", () => {
    if (twin) close();
    else open();
    app.refresh();
  });
}
