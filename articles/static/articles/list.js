// The article list: tick all, tick a range with shift, say how many are ticked, filter by one choice of the mouse.

const boxes = [...document.querySelectorAll("input.action-select")];
const toggle = document.getElementById("action-toggle");
const counter = document.querySelector("[data-counter]");
let last = null;

function count() {
  const ticked = boxes.filter((box) => box.checked).length;
  if (counter) counter.textContent = ticked ? `${ticked} of ${boxes.length} ticked` : "";
  if (toggle) {
    toggle.checked = ticked > 0 && ticked === boxes.length;
    toggle.indeterminate = ticked > 0 && ticked < boxes.length;
  }
}

function tickRange(to, checked) {
  const [from, until] = [boxes.indexOf(last), boxes.indexOf(to)].sort((a, b) => a - b);
  boxes.slice(from, until + 1).forEach((box) => { box.checked = checked; });
}

boxes.forEach((box) => box.addEventListener("click", (event) => {
  if (event.shiftKey && last) tickRange(box, box.checked);
  last = box;
  count();
}));

toggle?.addEventListener("click", () => {
  boxes.forEach((box) => { box.checked = toggle.checked; });
  count();
});

window.addEventListener("pageshow", count);

const filters = document.getElementById("changelist-search");

// Unused filters stay out of the address.
filters?.addEventListener("submit", () => {
  [...filters.elements].filter((control) => control.name && !control.value).forEach((control) => { control.disabled = true; });
});
window.addEventListener("pageshow", () => {
  [...(filters?.elements ?? [])].forEach((control) => { control.disabled = false; });
});

// With the mouse a choice is a decision; with the keys one walks past others on the way to it.
filters?.querySelectorAll("select").forEach((select) => {
  let byPointer = false;
  select.addEventListener("pointerdown", () => { byPointer = true; });
  select.addEventListener("keydown", () => { byPointer = false; });
  select.addEventListener("change", () => { if (byPointer) filters.requestSubmit(); });
});
