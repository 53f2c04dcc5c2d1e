"use strict";
/* Where the screen is narrow the panel is folded behind three buttons below the map. One thing is open at a time: a part
   of the panel or a card; each lies below the map and not on it, so that the map, smaller by it, stays in sight. */

function cfcBar(app) {
  const side = document.getElementById("cfc-side");
  const buttons = [...document.querySelectorAll("#cfc-bar button")];
  const part = (button) => document.getElementById(button.getAttribute("aria-controls"));

  /* Other maps of the page, which share its width and its one open thing. */
  app.beside = [];

  /* The map keeps what it shows where it shows it; two maps that move together keep their middle. */
  app.fit = function () {
    for (const { map } of [app, ...app.beside]) map.invalidateSize({ animate: false, pan: app.beside.length > 0 });
  };
  function unfold(chosen) {
    side.classList.toggle("cfc-unfolded", Boolean(chosen));
    for (const button of buttons) {
      button.setAttribute("aria-expanded", String(button === chosen));
      part(button).classList.toggle("cfc-open", button === chosen);
    }
    side.scrollTop = 0;
    app.fit();
  }
  app.fold = function () {
    for (const one of [app, ...app.beside]) one.close();
    unfold(null);
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") === "true";
      app.fold();
      if (!open) unfold(button);
    });
  }
}
