/* Text in progress is kept in this browser until it is saved: past a stale version, a lost session, a closed tab. */
"use strict";
{
  const DAYS_KEPT = 30;
  const PREFIX = "desk:typed:";
  const form = () => document.querySelector("form[data-keep]");
  const nameOf = element => PREFIX + element.dataset.keep;
  const controls = kept => [...kept.elements].filter(one => one.name && one.type !== "hidden" && !one.matches("button"));

  const read = name => {
    try {
      return JSON.parse(localStorage.getItem(name));
    } catch {
      return null;
    }
  };
  const write = (name, value) => {
    try {
      localStorage.setItem(name, JSON.stringify(value));
    } catch { /* The browser keeps nothing; the form works all the same. */ }
  };
  const forget = name => {
    try {
      localStorage.removeItem(name);
    } catch { /* As above. */ }
  };

  const isTick = control => control.type === "checkbox";
  const textOf = control => isTick(control) ? String(control.checked) : control.value;
  const shownText = control => {
    if (isTick(control)) return String(control.defaultChecked);
    return control.matches("select")
      ? [...control.options].find(option => option.defaultSelected)?.value ?? ""
      : control.defaultValue;
  };
  const putText = (control, text) => {
    if (isTick(control)) control.checked = text === "true";
    else control.value = text;
  };
  const typed = kept => Object.fromEntries(
    controls(kept).filter(one => textOf(one) !== shownText(one)).map(one => [one.name, textOf(one)]));

  const keep = kept => {
    const values = typed(kept);
    if (Object.keys(values).length) write(nameOf(kept), {at: Date.now(), values});
    else forget(nameOf(kept));
  };

  const button = (words, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "small";
    made.textContent = words;
    made.addEventListener("click", act);
    return made;
  };

  // --- What was typed and never saved is offered back ---

  const putBack = (kept, values) => {
    for (const control of controls(kept)) if (Object.hasOwn(values, control.name)) putText(control, values[control.name]);
    kept.closest("#article").querySelectorAll("details").forEach(one => { one.open = true; });
    kept.dispatchEvent(new Event("input", {bubbles: true}));
    kept.querySelector("textarea")?.focus();
  };

  const offer = kept => {
    const place = kept.querySelector(".offer");
    const stored = read(nameOf(kept));
    if (!place || !stored?.values) return;
    const differs = controls(kept).some(one => Object.hasOwn(stored.values, one.name) && stored.values[one.name] !== textOf(one));
    if (!differs) {
      if (!document.querySelector("#article .stale")) forget(nameOf(kept));
      return;
    }
    place.replaceChildren(
      `What you typed here on ${new Date(stored.at).toLocaleString()} was not saved.`,
      button("Put it back", () => { place.replaceChildren(); putBack(kept, stored.values); }),
      button("Forget it", () => { place.replaceChildren(); forget(nameOf(kept)); }));
  };

  const hint = place => {
    if (!read(nameOf(place))?.values) return;
    place.replaceChildren("You typed something here that was not saved. ",
      button("Go on with it", () => document.querySelector('#article [data-key="e"]')?.click()),
      button("Forget it", () => { place.replaceChildren(); forget(nameOf(place)); }));
  };

  // --- The site's topics, by a click ---

  const equipTopics = kept => {
    for (const list of kept.querySelectorAll("[data-topics-for]")) {
      const field = document.getElementById(list.dataset.topicsFor);
      for (const word of list.querySelectorAll("[data-topic]")) {
        const name = word.dataset.topic;
        const add = button(word.textContent, () => {
          const names = field.value.split("\n").filter(one => one.trim());
          if (!names.includes(name)) field.value = [...names, name].join("\n");
          field.dispatchEvent(new Event("input", {bubbles: true}));
        });
        add.className = word.className;
        add.setAttribute("aria-label", `Add the topic ${name}`);
        word.replaceWith(add);
      }
    }
  };

  const equip = () => {
    const kept = form();
    if (kept) {
      offer(kept);
      equipTopics(kept);
    }
    document.querySelectorAll(".offer[data-keep]").forEach(hint);
  };

  const prune = () => {
    const oldest = Date.now() - DAYS_KEPT * 86_400_000;
    try {
      Object.keys(localStorage).filter(name => name.startsWith(PREFIX) && !(read(name)?.at > oldest)).forEach(forget);
    } catch { /* As above. */ }
  };

  document.addEventListener("input", event => {
    const kept = event.target.closest?.("form[data-keep]");
    if (kept) keep(kept);
  });
  document.addEventListener("keydown", event => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const kept = event.target.closest?.("form[data-keep]");
    if (!kept) return;
    event.preventDefault();
    kept.requestSubmit(kept.querySelector("button.go"));
  });
  document.addEventListener("desk:saved", event => forget(PREFIX + event.detail.form));
  document.addEventListener("desk:shown", equip);
  prune();
  equip();
}
