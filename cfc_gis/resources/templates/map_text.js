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
  app.percent = (share) => (share === null ? app.say("map.unclear") : Math.round(share * 100) + "%");

  /* Children are estimates: tens below a thousand, hundreds above, and never a false "7". */
  app.children = function (value) {
    if (value === null) return app.say("map.unclear");
    if (value < 0.5) return "0";
    if (value < 10) return app.say("map.fewer_than_ten");
    const step = value < 1000 ? 10 : 100;
    return app.say("map.about", { n: (Math.round(value / step) * step).toLocaleString("en-US") });
  };

  /* A share that the data bound: "at least 40%" or "40% to 55%". */
  app.range = function (low, high) {
    if (low === null) return app.say("map.unclear");
    if (high === null || high > 0.995) return app.say("map.at_least", { p: app.percent(low) });
    return app.say("map.from_to", { low: app.percent(low), high: app.percent(high) });
  };
}
