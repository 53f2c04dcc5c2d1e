"use strict";
/* The language switch. Without scripts the page shows its first language; the map in its frame follows the switch. */
(function () {
  const root = document.documentElement;
  const frame = document.getElementById("map-frame");
  const buttons = [...document.querySelectorAll("button[data-lang]")];

  function show(lang) {
    root.dataset.show = lang;
    root.lang = lang === "en" ? "en" : "zh-CN";
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.lang === lang)));
    if (frame) frame.contentWindow.postMessage({ cfcLang: lang === "en" ? "en" : "zh" }, "*");
  }

  buttons.forEach((button) => button.addEventListener("click", () => show(button.dataset.lang)));
  if (frame) frame.addEventListener("load", () => { if (buttons.length) show(root.dataset.show); });
})();
