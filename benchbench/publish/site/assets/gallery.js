// The gallery: conditions in the order of a metric, the worst first, and the size of the pictures.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const blocks = document.getElementById("blocks");
  if (!blocks) return;
  const values = JSON.parse(document.getElementById("data").textContent).gallery;
  const first = [...blocks.children];
  document.getElementById("gallery-order")?.addEventListener("change", (event) => {
    const metric = event.target.value;
    const sign = event.target.selectedOptions[0].textContent.includes("high to low") ? -1 : 1;
    const of = (block) => values[block.dataset.id]?.[metric];
    const known = (block) => of(block) !== undefined;
    const order = metric ? [...first].sort((a, b) => known(b) - known(a) || sign * (of(a) - of(b))) : first;
    blocks.append(...order);
    order.forEach((block, place) => { block.open = place < 2; });
  });
  const size = document.getElementById("gallery-size");
  const resize = () => blocks.style.setProperty("--thumb", `${size.value}px`);
  size.addEventListener("input", resize);
});
