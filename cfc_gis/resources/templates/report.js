"use strict";
/* The language switch, and folded lists. Without scripts the page shows its first language and unfolds by hand; the map
   in its frame follows the switch. */
(function () {
  const root = document.documentElement;
  const frame = document.getElementById("map-frame");
  const buttons = [...document.querySelectorAll("button[data-lang]")];

  /* A table wider than the screen can be scrolled with the keyboard; one that fits is no stop on the way. */
  function reach() {
    document.querySelectorAll(".scroll").forEach((box) => {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    });
  }

  addEventListener("resize", reach);
  document.addEventListener("toggle", reach, true);
  reach();

  function show(lang) {
    root.dataset.show = lang;
    root.lang = lang === "en" ? "en" : "zh-CN";
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.lang === lang)));
    /* What is said in attributes, to screen readers, has its words in both languages beside. */
    document.querySelectorAll("[data-labelled]").forEach((node) => {
      node.setAttribute(node.dataset.labelled, node.getAttribute(lang === "en" ? "data-en" : "data-zh"));
    });
    document.title = root.dataset.title;
    reach();
    if (frame) frame.contentWindow.postMessage({ cfcLang: lang === "en" ? "en" : "zh" }, "*");
  }

  /* A link to a folded list unfolds it; on paper all are unfolded. */
  function unfold() {
    const id = decodeURIComponent(location.hash.slice(1));
    const list = id && document.getElementById(id);
    if (!(list instanceof HTMLDetailsElement)) return;
    list.open = true;
    list.scrollIntoView();
  }

  addEventListener("hashchange", unfold);
  unfold();
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details.fold:not([open])")];
    opened.forEach((list) => { list.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((list) => { list.open = false; }));

  buttons.forEach((button) => button.addEventListener("click", () => show(button.dataset.lang)));
  if (frame) frame.addEventListener("load", () => { if (buttons.length) show(root.dataset.show); });
})();
