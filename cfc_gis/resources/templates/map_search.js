"use strict";
/* Search by name: an input with a list that is worked by keys, as in the ARIA pattern of an editable combobox. */

function cfcSearch(app) {
  const data = app.data;
  const id = (name) => document.getElementById("cfc-" + name);
  const input = id("search"), list = id("names"), found = id("found");
  const MOST = 12;
  const folded = (name) => name.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();

  /* Everything that has a name, neighbourhoods also by their id. */
  const all = [];
  const add = (name, kind, index, level) => { if (name) all.push({ name, key: folded(name), kind, index, level }); };
  for (const level of ["district", "subdistrict"]) data.units[level].forEach((unit, index) => add(unit.name, "unit", index, level));
  data.homes.name.forEach((name, index) => add(name, "home", index));
  data.facilities.name.forEach((name, index) => add(name, "facility", index));
  data.further.forEach((table, number) => table.titles.forEach((title, row) => add(title, "further", row, number)));
  data.homes.id.forEach((name, index) => { if (!data.homes.name[index]) add(name, "home", index); });

  /* Names that are what was typed first, then those that begin with it, then those that hold it. */
  function matches(words) {
    const wanted = folded(words);
    if (!wanted) return [];
    const rank = (row) => (row.key === wanted ? 0 : row.key.startsWith(wanted) ? 1 : row.key.includes(wanted) ? 2 : 3);
    return all.map((row) => [rank(row), row]).filter(([order]) => order < 3).sort((a, b) => a[0] - b[0]).map(([, row]) => row);
  }

  function about(row) {
    if (row.kind === "unit") return app.say("level." + row.level);
    if (row.kind === "further") return data.further[row.level].name;
    if (row.kind === "facility") return app.say("category." + data.facilities.category[row.index]);
    const unit = (level) => (data.homes[level][row.index] === null ? null : data.units[level][data.homes[level][row.index]].name);
    return [app.say("level.neighbourhood"), unit("district"), unit("subdistrict")].filter(Boolean).join(" · ");
  }

  let shown = [], active = -1;
  function close() {
    shown = [];
    active = -1;
    list.hidden = true;
    list.replaceChildren();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }
  function mark(number) {
    active = number;
    [...list.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === active)));
    if (active < 0) return void input.removeAttribute("aria-activedescendant");
    list.children[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", list.children[active].id);
  }
  function offer() {
    const hits = matches(input.value);
    shown = hits.slice(0, MOST);
    active = -1;
    list.replaceChildren(...shown.map((row, number) => {
      const option = app.el("li", { role: "option", id: "cfc-option-" + number, "aria-selected": "false" }, app.el("span", {}, row.name), app.el("small", {}, about(row)));
      option.addEventListener("mousedown", (event) => { event.preventDefault(); choose(row); });
      return option;
    }));
    list.hidden = !shown.length;
    input.setAttribute("aria-expanded", String(shown.length > 0));
    const wanted = input.value.trim();
    found.textContent = wanted && !hits.length ? app.say("map.not_found", { name: wanted })
      : hits.length > MOST ? app.say("map.found_more", { n: hits.length, shown: MOST }) : "";
  }
  /* What stands there is said again in the words of now. */
  app.writeSearch = function () {
    if (list.hidden && !found.textContent) return;
    const closed = list.hidden;
    offer();
    if (closed) close();
  };
  function choose(row) {
    input.value = row.name;
    close();
    found.textContent = "";
    show(row);
  }

  function show(row) {
    const go = (at, zoom) => app.map.setView(at, Math.max(app.map.getZoom(), zoom), { animate: false });
    if (row.kind === "unit") {
      app.choose("view", row.level);
      const unit = data.units[row.level][row.index];
      if (unit.shape.length) app.map.fitBounds(app.units[row.level][row.index].getBounds(), { animate: false });
      if (unit.at.length) app.openUnit(row.level, row.index, unit.at);
    } else if (row.kind === "further") {
      const layer = app.layers["further_" + row.level].getLayers()[row.index];
      const at = layer.getBounds ? layer.getBounds().getCenter() : layer.getLatLng();
      app.showLayer("further_" + row.level);
      go(at, 15);
      app.openFurther(row.level, row.index, at);
    } else if (row.kind === "home") {
      const middle = app.homes[row.index].getBounds().getCenter();
      go(middle, 15);
      app.openHome(row.index, middle);
    } else {
      const of = data.facilities.category[row.index];
      if (!app.served().includes(row.index)) {
        const serves = data.categories.find((one) => one.served_by.includes(of));
        if (serves) app.choose("category", serves.id);
        else app.showLayer("site_" + of);
      }
      go(app.placeOf(row.index), 15);
      app.openFacility(row.index, app.placeOf(row.index));
    }
  }

  input.addEventListener("input", offer);
  input.addEventListener("focus", () => { if (input.value) offer(); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) offer();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (shown.length) mark((active + step + shown.length + (active < 0 && step < 0 ? 1 : 0)) % shown.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (list.hidden) offer();
      if (shown.length) choose(shown[Math.max(active, 0)]);
    } else if (event.key === "Escape") {
      if (list.hidden) input.value = "";
      close();
    }
  });
}
