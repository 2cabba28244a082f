// Search over boards, methods and metrics: an index that comes with the site, matched in the reader's own browser.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const lines = window.benchbenchIndex;
  const [box, query, list] = ["find", "query", "found"].map((id) => document.getElementById(id));
  if (!lines || !box) return;
  box.hidden = false;
  const root = document.documentElement.dataset.root;
  const most = 12;

  // A name that begins with the words comes first, then one that has them, then a summary that has them.
  function rank([name, , , summary], words) {
    const low = name.toLowerCase(), all = `${low} ${summary.toLowerCase()}`;
    if (!words.every((word) => all.includes(word))) return 0;
    return low === words.join(" ") ? 4 : low.startsWith(words[0]) ? 3 : low.includes(words[0]) ? 2 : 1;
  }

  function show() {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = words.length ? lines.map((line) => [rank(line, words), line]).filter(([r]) => r) : [];
    found.sort(([a, x], [b, y]) => b - a || x[0].length - y[0].length);
    list.replaceChildren(...found.slice(0, most).map(([, [name, kind, page, summary]]) => {
      const item = document.createElement("li"), link = document.createElement("a"), said = document.createElement("span");
      link.href = root + page.split("/").map(encodeURIComponent).join("/");
      link.textContent = name;
      said.textContent = `${kind}. ${summary}`;
      item.append(link, said);
      return item;
    }));
    if (words.length && !found.length) list.append(Object.assign(document.createElement("li"), { textContent: "nothing has these words" }));
    list.hidden = !words.length;
  }

  query.addEventListener("input", show);
  query.addEventListener("focus", show);
  box.addEventListener("focusout", (event) => { if (!box.contains(event.relatedTarget)) list.hidden = true; });
  box.addEventListener("keydown", (event) => {
    const links = [...list.querySelectorAll("a")], at = links.indexOf(document.activeElement);
    if (event.key === "Escape") { list.hidden = true; query.focus(); list.hidden = true; }
    else if (event.key === "Enter" && event.target === query && links[0]) links[0].click();
    else if (event.key === "ArrowDown" && links.length) { event.preventDefault(); links[Math.min(at + 1, links.length - 1)].focus(); }
    else if (event.key === "ArrowUp" && at >= 0) { event.preventDefault(); (links[at - 1] || query).focus(); }
  });
});
