// The theme: the reader's choice, if there is one, else the system's. Runs before the page is drawn.
"use strict";
(() => {
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const stored = () => { try { return localStorage.getItem("benchbench-theme"); } catch { return null; } };
  const store = (name) => { try { localStorage.setItem("benchbench-theme", name); } catch { /* a page without storage */ } };
  const now = () => root.dataset.theme || (system.matches ? "dark" : "light");
  const chosen = stored();
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
  const told = () => document.dispatchEvent(new Event("benchbench-theme"));
  system.addEventListener("change", told);
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const name = () => { button.textContent = now() === "dark" ? "Light theme" : "Dark theme"; };
    button.hidden = false;
    name();
    document.addEventListener("benchbench-theme", name);
    button.addEventListener("click", () => {
      root.dataset.theme = now() === "dark" ? "light" : "dark";
      store(root.dataset.theme);
      told();
    });
  });
})();
