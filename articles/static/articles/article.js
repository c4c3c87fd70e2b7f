// The article page: pictures moved and added, topics taken from the site's, and no typed text lost by leaving.

const form = document.getElementById("article_form");
const rows = document.querySelector("[data-pictures]");

// --- Pictures

function number() {
  [...rows.children].forEach((row, index) => {
    const place = row.querySelector('[name$="-ORDER"]');
    if (place && (place.value || row.querySelector('[name$="-url"]').value)) place.value = index + 1;
  });
}

function button(words, label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "small";
  made.textContent = words;
  made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

function move(row, by) {
  const other = by < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  if (by < 0) other.before(row); else other.after(row);
  number();
  touched = true;
}

function equip(row) {
  const cell = document.createElement("div");
  cell.className = "moves";
  const up = button("↑", "Move this picture up", () => { move(row, -1); up.focus(); });
  const down = button("↓", "Move this picture down", () => { move(row, 1); down.focus(); });
  cell.append(up, down);
  row.append(cell);
}

function addPicture() {
  const total = form.elements[`${rows.dataset.prefix}-TOTAL_FORMS`];
  const holder = document.createElement("ol");
  holder.innerHTML = document.querySelector("[data-picture-template]").innerHTML.replaceAll("__prefix__", total.value);
  const row = holder.firstElementChild;
  total.value = Number(total.value) + 1;
  rows.append(row);
  equip(row);
  row.querySelector('[name$="-url"]').focus();
}

if (rows) {
  [...rows.children].forEach(equip);
  rows.after(button("Add a picture", "Add a picture", addPicture));
}

// --- Topics

const topics = form?.elements.topics;
document.querySelectorAll("[data-topic]").forEach((word) => {
  const name = word.textContent;
  const add = button(name, `Add the topic ${name}`, () => {
    const names = topics.value.split("\n").filter((line) => line.trim());
    if (!names.includes(name)) topics.value = [...names, name].join("\n");
    touched = true;
  });
  add.className = "link";
  word.replaceChildren(add);
});

// --- Leaving

let touched = Boolean(document.querySelector(".errornote, .conflict"));
form?.addEventListener("input", () => { touched = true; });
form?.addEventListener("submit", () => { touched = false; });
window.addEventListener("beforeunload", (event) => { if (touched) event.preventDefault(); });

// Errors and conflicts are what to read first.
document.querySelector(".errornote, .conflict")?.scrollIntoView({ block: "center" });
