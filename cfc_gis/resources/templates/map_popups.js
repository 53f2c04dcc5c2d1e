"use strict";
/* What a click explains, in words, and the way that it speaks of. */

function cfcPopups(app) {
  const data = app.data;
  const map = app.map;
  const route = L.layerGroup().addTo(map);

  /* A card beside the map or, where the screen is narrow, below it: it covers neither the place nor the way that it
     speaks of. It lies in the page's grid like the map itself. */
  const card = app.el("section", { class: "cfc-popup", role: "dialog", tabindex: "-1" });
  card.hidden = true;
  map.getContainer().after(card);
  app.card = card;
  app.close = function () {
    card.hidden = true;
    card.replaceChildren();
    route.clearLayers();
    app.again = null;
    app.fit();
  };
  function open(at, title, parts, again) {
    app.fold();
    const shut = app.el("button", { type: "button", class: "cfc-close", "aria-label": app.say("map.close") }, "×");
    shut.addEventListener("click", app.close);
    card.append(app.el("div", { class: "cfc-popup-head" }, app.el("h3", {}, title), shut), ...parts);
    card.setAttribute("aria-label", title);
    card.hidden = false;
    card.scrollTop = 0;
    app.fit();
    bring([at]);
    route.addLayer(L.circleMarker(at, app.on("route", { interactive: false, radius: 11, color: "#111", weight: 2, fill: false, dashArray: "4 3" })));
    app.again = again;
  }

  /* Bring a place or a line into the part of the map that the card leaves free, no closer than it is. */
  function bring(line) {
    const size = map.getSize();
    const beside = card.getBoundingClientRect().top < map.getContainer().getBoundingClientRect().bottom;
    const covered = beside ? [card.offsetWidth + 30, 30] : [20, 30];
    const free = L.bounds([40, 20], [size.x - covered[0], size.y - covered[1]]);
    if (line.every((point) => free.contains(map.latLngToContainerPoint(point)))) return;
    map.fitBounds(L.latLngBounds(line), { paddingTopLeft: [50, 30], paddingBottomRight: covered, maxZoom: map.getZoom(), animate: false });
  }

  function table(rows) {
    const list = app.el("dl");
    for (const [name, value] of rows) {
      if (value !== null && value !== undefined && value !== "") list.append(app.el("dt", {}, name), app.el("dd", {}, value));
    }
    return list;
  }
  const note = (words) => app.el("p", { class: "cfc-note" }, words);

  const category = () => data.categories.find((row) => row.id === app.state.category);
  const unitName = (level, index) => (index === null ? null : data.units[level][index].name);
  app.facilityName = (index) => data.facilities.name[index] || app.say("map.unnamed_facility", { what: app.say("category." + data.facilities.category[index]) });
  app.homeName = (index) => data.homes.name[index] || app.say(data.coarse ? "map.square" : "map.unnamed_home", { id: data.homes.id[index] });

  app.standardWords = function () {
    const standard = category() && category().standard;
    if (!standard) return app.say("map.no_standard");
    return app.say("map.standard", {
      threshold: standard.threshold, unit: app.say("unit." + standard.unit), measure: app.say("measure." + standard.measure),
      source: standard.source[app.state.lang], verified: standard.status[app.state.lang],
    });
  };
  app.whoWords = () => app.say("map.who", {
    age: app.say("explain_age." + category().age), companion: app.say("explain_companion." + category().companion), season: app.comparing ? app.say("map.both_seasons") : app.say("season." + app.season()),
  });

  /* Why a place is cut off, for how many of its children, and what to check. */
  function why(kind, row) {
    const reason = app.say("isolated." + kind + "_" + row.reason);
    const check = app.say("isolated_check." + kind + "_" + row.reason);
    return note(app.say("map.cut_off_" + kind, { share: app.percent(row.share), reason, check }));
  }

  /* Whether the data do not suffice to judge the district of a place; where it has none, the city. */
  function unjudged(index) {
    const district = data.homes.district[index];
    const gap = (district === null ? null : app.gap("district", district)) || app.gap("city", 0);
    return Boolean(gap) && gap.judgement === "no_data";
  }

  /* The sentence that says why a place has its colour: within its standard or beyond it, and by how much. */
  function verdict(walk, index) {
    const what = app.say("category." + app.state.category);
    if (walk.class[index] === "6") return app.say("map.why_none_known", { what });
    const standard = category().standard;
    const value = walk.value && walk.value[index];
    const unknown = walk.striped[index] === "1" || unjudged(index);
    if (!standard || walk.met[index] === "?") {
      if (walk.minutes[index] !== null) return "";
      return app.say(unknown ? "map.why_unreached_known" : "map.why_unreached", { what });
    }
    const facts = {
      measure: app.say("measure." + standard.measure), unit: app.say("unit." + standard.unit), threshold: standard.threshold, value,
      more: Math.round((value - standard.threshold) * 10) / 10 || value - standard.threshold,
    };
    const beyond = unknown ? "map.why_beyond_known" : "map.why_beyond";
    const words = app.say(walk.met[index] === "1" ? "map.why_within" : beyond, facts);
    const kind = data.homes.urban_rural[index];
    const applies = standard.applies_to === "all" || kind === "unknown" || kind === standard.applies_to;
    return applies ? words : words + app.say("map.why_not_applied_" + standard.applies_to);
  }

  /* The walk in the figures in which the card tells it elsewhere: in its headline where the standard measures the walk,
     and where the minutes are taken apart. */
  function walked(walk, index) {
    const standard = category().standard;
    const measured = standard && standard.measure === "network_m" && walk.value[index] !== null;
    const apart = walk.route && walk.minutes[index] >= 1;
    const minutes = apart ? app.say("map.minutes", { n: walk.minutes[index].toFixed(1) }) : app.minutes(walk.minutes[index]);
    return app.say("map.walk", { minutes, metres: app.metres(measured ? walk.value[index] : walk.metres[index]) });
  }

  /* Minutes by what they are made of, in tenths that add up. */
  function split(walk, index) {
    const tenth = (name) => (walk[name] ? walk[name][index] || 0 : 0);
    const total = Math.round(walk.minutes[index] * 10);
    const rest = ["ice", "wait", "barrier"].map((name) => [name, tenth(name)]).filter(([, value]) => value);
    const parts = [["walk", total - rest.reduce((sum, [, value]) => sum + value, 0)], ...rest];
    const words = parts.map(([name, value]) => app.say("map.part_" + name, { n: (value / 10).toFixed(1) })).join(app.say("map.comma"));
    return app.say("map.split_value", { total: (total / 10).toFixed(1), parts: words });
  }

  /* What would help: for how many of the children, where, and what that means. */
  function remedies(walk, index) {
    const told = walk.fix[index];
    if (!told.length) return [];
    const rows = [];
    for (let i = 0; i < told.length; i += 5) {
      const [kind, first, share, facility, street] = told.slice(i, i + 5);
      rows.push({ kind: data.upgrade_kinds[kind], first: first === 1, share, facility, street });
    }
    const better = walk.striped[index] === "1" || unjudged(index);
    const item = (row) => {
      const where = [row.street < 0 ? null : app.say("map.fix_street", { name: data.streets[row.street] }),
        row.facility < 0 ? null : app.say("map.fix_facility", { name: app.facilityName(row.facility) })].filter(Boolean).join(app.say("map.comma"));
      const words = app.say("map.fix", { what: app.say("upgrade." + row.kind), share: row.share });
      return app.el("li", {}, app.el("b", {}, words), " ", where, app.el("small", {}, app.say("upgrade_means." + row.kind)));
    };
    const part = (title, list) => (list.length ? [app.el("h4", {}, app.say(title)), app.el("ul", {}, ...list.map(item))] : []);
    return [
      ...(better ? [app.el("h4", {}, app.say("map.fix_first")), app.el("ul", {}, app.el("li", {}, app.el("b", {}, app.say("upgrade.better_data"))))] : []),
      ...part(better ? "map.fix_then" : "map.fix_first", rows.filter((row) => row.first)),
      ...part("map.fix_beside", rows.filter((row) => !row.first)),
    ];
  }

  /* The way itself; where no route is stored, a straight line that is called one. */
  const stored = (walk, index) => Boolean(walk.route) && walk.route[index] >= 0;
  function draw(walk, index, from) {
    const facility = walk.facility[index];
    if (facility === null) return;
    route.clearLayers();
    const whole = stored(walk, index);
    const line = whole ? cfcRing(data.routes[walk.route[index]]) : [from, app.placeOf(facility)];
    const style = { interactive: false, lineCap: "round", lineJoin: "round" };
    const end = line[line.length - 1];
    route.addLayer(L.polyline(line, app.on("route", { ...style, color: "#fff", weight: 8, opacity: 0.9 })));
    route.addLayer(L.polyline(line, app.on("route", { ...style, color: "#111", weight: 3.5, dashArray: whole ? null : "2 7", className: "cfc-route" })));
    route.addLayer(L.circleMarker(line[0], app.on("route", { ...style, radius: 5, color: "#111", weight: 2, fillColor: "#fff", fillOpacity: 1 })));
    route.addLayer(L.circleMarker(end, app.on("route", { ...style, radius: 8, color: "#111", weight: 2.5, fill: false })));
    bring(line);
  }

  app.openHome = function (index, at) {
    const walk = app.walk();
    const what = app.say("category." + app.state.category);
    const again = () => app.openHome(index, at);
    const place = [unitName("district", data.homes.district[index]), unitName("subdistrict", data.homes.subdistrict[index])].filter(Boolean).join(" · ");
    const rows = [[app.say("map.place"), place]];
    const children = [app.say("band." + category().band), app.children(data.homes[category().band][index])];
    if (!walk) return void open(at, app.homeName(index), [table([...rows, children]), note(app.say("map.not_computed"))], again);
    const reached = walk.minutes[index] !== null;
    rows.push([app.say("map.to_nearest", { what }), reached
      ? walked(walk, index)
      : app.say(walk.class[index] === "6" ? "map.class_no_data" : "map.unreachable")]);
    if (walk.facility[index] !== null) {
      const evidence = app.say("evidence." + data.facilities.evidence[walk.facility[index]]);
      rows.push([app.say("map.which"), app.say("map.with_evidence", { name: app.facilityName(walk.facility[index]), evidence })]);
    }
    if (reached) {
      const crossings = walk.crossings[index];
      rows.push([app.say("map.split"), walk.route ? split(walk, index) : null]);
      if (walk.low) rows.push([app.say("map.scenario"), app.say("map.scenario_range", { low: walk.low[index], high: walk.high[index] })]);
      if (walk.way[index] !== null) rows.push([app.say("map.way"), app.say("map.way_value", { metres: app.metres(walk.way[index]) })]);
      if (crossings !== null) rows.push([app.say("map.crossings"), crossings ? app.say("map.crossings_value", { n: crossings }) : app.say("map.crossings_none")]);
      rows.push([app.say("map.second"), walk.second[index] === null ? app.say("map.second_none") : app.minutes(walk.second[index])]);
    }
    rows.push([app.say("map.standard_name"), app.standardWords()], children);
    rows.push([app.say("map.within"), app.say("map.within_value", { proven: app.percent(walk.within[index]), presumed: app.percent(walk.presumed[index]) })]);
    rows.push([app.say("map.n_within"), app.say("map.n_within_value", { n: walk.n[index] })]);
    if (walk.score[index] !== null) rows.push([app.say("map.score"), app.say("map.score_value", { n: walk.score[index] })]);
    const notes = app.cutOff("neighbourhood", index).map((row) => why("neighbourhood", row));
    if (walk.striped[index] === "1") notes.push(note(app.say("map.why_no_data", { what })));
    if (walk.edge[index] === "1") notes.push(note(app.say("map.edge")));
    notes.push(note(app.say(data.coarse ? "map.square_means" : "map.median")));
    const drawn = walk.facility[index] === null ? null
      : app.el("span", { class: "cfc-drawn" }, " ", app.say(stored(walk, index) ? "map.route_drawn" : "map.line_drawn"));
    const head = app.el("p", { class: "cfc-verdict" }, verdict(walk, index), drawn);
    open(at, app.homeName(index), [head, table(rows), ...remedies(walk, index), ...notes], again);
    draw(walk, index, at);
  };

  /* Which tag, word or list says what a facility is: tags stay as they are, what is said about them is translated. */
  const SAID = { "small or narrow green": "map.by_size", "in compound": "map.by_compound", "official list": "map.by_list", scenario: "map.by_scenario" };
  const whyCounted = (reason) => reason
    .replace(/small or narrow green|in compound|official list|^scenario$/g, (words) => app.say(SAID[words]))
    .replace(/\bname: (.+?)(?=, |$)/g, (_, word) => app.say("map.by_name", { word }));

  app.openFacility = function (index, at) {
    const f = data.facilities;
    open(at, app.facilityName(index), [table([
      [app.say("map.category"), app.say("category." + f.category[index])],
      [app.say("map.evidence"), app.say("evidence." + f.evidence[index])],
      [app.say("map.reason"), whyCounted(f.reason[index])],
      [app.say("map.open_in"), app.say("season." + f.season[index])],
      ["OSM", f.osm_ids[index].split(";").join(", ")],
    ]), ...app.cutOff("facility", index).map((row) => why("facility", row))], () => app.openFacility(index, at));
  };

  app.openUnit = function (level, index, at) {
    const unit = data.units[level][index];
    const gap = app.gap(level, index);
    const again = () => app.openUnit(level, index, at);
    const rows = [[app.say("map.covered"), app.percent(unit.area)]];
    if (unit.people !== null) rows.push([app.say("map.covered_people"), app.percent(unit.people)]);
    if (!gap) return void open(at, unit.name, [table(rows), note(app.say("map.not_computed"))], again);
    rows.unshift([app.say("map.judgement"), app.say("judgement." + gap.judgement)]);
    rows.push([app.say("band." + category().band), app.children(gap.children)],
      [app.say("map.within"), app.range(gap.low, gap.high)],
      [app.say("map.with_presumed"), app.percent(gap.presumed)],
      [app.say("map.target"), app.percent(gap.target)],
      [app.say("map.completeness"), app.percent(gap.completeness)],
      [app.say("map.confidence"), app.say("confidence." + gap.confidence)]);
    open(at, unit.name, [table(rows), ...gap.reasons.map((reason) => note(app.say("reason." + reason)))], again);
  };

  app.openFurther = function (number, row, at) {
    const layer = data.further[number];
    open(at, layer.titles[row] || layer.name, [table([[app.say("map.layer"), layer.name], ...layer.rows[row]])], () => app.openFurther(number, row, at));
  };
}
