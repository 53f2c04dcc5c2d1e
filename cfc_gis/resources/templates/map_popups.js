"use strict";
/* What a click explains. */

function cfcPopups(app) {
  const data = app.data;

  function open(at, title, rows, notes) {
    const list = app.el("dl");
    for (const [name, value] of rows) {
      if (value !== null && value !== "") list.append(app.el("dt", {}, name), app.el("dd", {}, value));
    }
    const body = app.el("div", { class: "cfc-popup" }, app.el("h3", {}, title), list, ...notes.map((note) => app.el("p", {}, note)));
    L.popup({ maxWidth: 360, minWidth: 250 }).setLatLng(at).setContent(body).openOn(app.map);
  }

  const category = () => data.categories.find((row) => row.id === app.state.category);
  const unitName = (level, index) => (index === null ? null : data.units[level][index].name);
  const facilityName = (index) => data.facilities.name[index] || app.say("map.unnamed_facility", { what: app.say("category." + data.facilities.category[index]) });
  app.homeName = (index) => data.homes.name[index] || app.say("map.unnamed_home", { id: data.homes.id[index] });
  app.facilityName = facilityName;

  app.standardWords = function () {
    const standard = category() && category().standard;
    if (!standard) return app.say("map.no_standard");
    return app.say("map.standard", {
      threshold: standard.threshold, unit: app.say("unit." + standard.unit), measure: app.say("measure." + standard.measure),
      source: standard.source, verified: standard.status[app.state.lang],
    });
  };

  /* Why a place is cut off, for how many of its children, and what to check. */
  function why(kind, row) {
    const reason = app.say("isolated." + kind + "_" + row.reason);
    const check = app.say("isolated_check." + kind + "_" + row.reason);
    return app.say("map.cut_off_" + kind, { share: app.percent(row.share), reason, check });
  }

  app.openHome = function (index, at) {
    const walk = app.walk();
    const what = app.say("category." + app.state.category);
    const rows = [[app.say("level.district"), unitName("district", data.homes.district[index])],
      [app.say("level.subdistrict"), unitName("subdistrict", data.homes.subdistrict[index])]];
    const notes = [];
    const children = [app.say("band." + category().band), app.children(data.homes[category().band][index])];
    if (!walk) {
      open(at, app.homeName(index), [...rows, children], [app.say("map.not_computed")]);
      return;
    }
    const reached = walk.minutes[index] !== null;
    rows.push([app.say("map.to_nearest", { what }), reached
      ? app.say("map.walk", { minutes: app.minutes(walk.minutes[index]), metres: app.metres(walk.metres[index]) })
      : app.say("map.unreachable")]);
    if (walk.facility[index] !== null) {
      const evidence = app.say("evidence." + data.facilities.evidence[walk.facility[index]]);
      rows.push([app.say("map.which"), app.say("map.with_evidence", { name: facilityName(walk.facility[index]), evidence })]);
    }
    if (reached && walk.low) {
      rows.push([app.say("map.scenario"), app.say("map.scenario_range", { low: walk.low[index], high: walk.high[index] })]);
    }
    if (reached) {
      const crossings = walk.crossings[index];
      if (walk.way[index] !== null) rows.push([app.say("map.way"), app.say("map.way_value", { metres: app.metres(walk.way[index]) })]);
      if (crossings !== null) rows.push([app.say("map.crossings"), crossings ? app.say("map.crossings_value", { n: crossings }) : app.say("map.crossings_none")]);
      rows.push([app.say("map.second"), walk.second[index] === null ? app.say("map.second_none") : app.minutes(walk.second[index])]);
    }
    rows.push([app.say("map.standard_name"), app.standardWords()], children);
    rows.push([app.say("map.within"), app.say("map.within_value", { proven: app.percent(walk.within[index]), presumed: app.percent(walk.presumed[index]) })]);
    rows.push([app.say("map.n_within"), app.say("map.n_within_value", { n: walk.n[index] })]);
    notes.push(...app.cutOff("neighbourhood", index).map((row) => why("neighbourhood", row)));
    if (walk.striped[index] === "1") notes.push(app.say("map.why_no_data", { what }));
    if (walk.edge[index] === "1") notes.push(app.say("map.edge"));
    open(at, app.homeName(index), rows, notes);
  };

  app.openFacility = function (index, at) {
    const f = data.facilities;
    open(at, facilityName(index), [
      [app.say("map.category"), app.say("category." + f.category[index])],
      [app.say("map.evidence"), app.say("evidence." + f.evidence[index])],
      [app.say("map.reason"), f.reason[index]],
      [app.say("map.open_in"), app.say("season." + f.season[index])],
      ["OSM", f.osm_ids[index].split(";").join(", ")],
    ], app.cutOff("facility", index).map((row) => why("facility", row)));
  };

  app.openUnit = function (level, index, at) {
    const unit = data.units[level][index];
    const gap = app.gap(level, index);
    const rows = [[app.say("map.covered"), app.percent(unit.area)]];
    if (unit.people !== null) rows.push([app.say("map.covered_people"), app.percent(unit.people)]);
    if (!gap) return void open(at, unit.name, rows, [app.say("map.not_computed")]);
    rows.unshift([app.say("map.judgement"), app.say("judgement." + gap.judgement)]);
    rows.push([app.say("band." + category().band), app.children(gap.children)],
      [app.say("map.within"), app.range(gap.low, gap.high)],
      [app.say("map.with_presumed"), app.percent(gap.presumed)],
      [app.say("map.target"), app.percent(gap.target)],
      [app.say("map.completeness"), app.percent(gap.completeness)],
      [app.say("map.confidence"), app.say("confidence." + gap.confidence)]);
    open(at, unit.name, rows, gap.reasons.map((reason) => app.say("reason." + reason)));
  };
}
