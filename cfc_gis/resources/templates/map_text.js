"use strict";
/* Words, numbers and elements. Text enters the page as text nodes only: no name is ever read as markup. */

function cfcText(app) {
  /* The words of a key in the current language, its {places} filled in. */
  app.say = function (key, facts) {
    const words = app.data.words[app.state.lang][key];
    if (words === undefined) return key.split(".").pop();
    return words.replace(/\{(\w+)\}/g, (whole, name) => (facts && name in facts ? String(facts[name]) : whole));
  };

  /* An element with attributes and children; strings become text. */
  app.el = function (tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  };

  /* The same for pictures. */
  app.svg = function (tag, attributes, ...children) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };

  app.minutes = function (value) {
    if (value === null) return app.say("map.unreachable");
    return value < 1 ? app.say("map.under_minute") : app.say("map.minutes", { n: Math.round(value) });
  };
  app.metres = (value) => app.say("map.metres", { n: value });

  /* Numbers are told by the rules of the report (cfc_gis/report/words.py); a test holds the two together. */
  const ALMOST_NONE = 0.005;
  const SURE = 0.995;

  /* What is not quite all or nothing does not become it. */
  app.percent = function (share) {
    if (share === null) return app.say("map.unclear");
    if (share > 0 && share <= ALMOST_NONE) return "<1%";
    if (share >= SURE && share < 1) return ">99%";
    return Math.floor(share * 100 + 0.5) + "%";
  };

  /* Children are estimates: tens below a thousand, then hundreds and thousands, and never a false "7". */
  app.children = function (value) {
    if (value === null) return app.say("map.unclear");
    if (value < 0.5) return "0";
    if (value < 10) return app.say("map.fewer_than_ten");
    const step = value < 1000 ? 10 : value < 10000 ? 100 : 1000;
    return app.say("map.about", { n: (Math.floor(value / step + 0.5) * step).toLocaleString("en-US") });
  };

  /* A share that the data bound: "at least 40%" or "40% to 55%". A lower bound is rounded down, so that it is true. */
  app.range = function (low, high) {
    if (low === null || (low === 0 && high !== null && high >= SURE)) return app.say("map.unclear");
    if (high === null || low >= high || low >= SURE) return app.percent(low);
    const least = Math.floor(low * 100 + 1e-9);
    if (high < SURE) return app.say("map.from_to", { low: least + "%", high: app.percent(high) });
    return least ? app.say("map.at_least", { p: least + "%" }) : "> 0%";
  };
}
