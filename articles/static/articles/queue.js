/* The queue: one key decides and the next article is there. It is fetched beforehand; decisions are sent one after the
   other behind it. Without this script every button is a form that works, and every article a link. */
"use strict";
{
  const PANES_KEPT = 12;
  const KEYS_KEPT = 8;
  const FROM_BELOW = "#last";
  const byId = id => document.getElementById(id);
  const pane = () => byId("article");
  const rowOf = pk => byId(`row-${pk}`);
  const isRow = element => element?.matches?.(".row[data-pk]");
  const say = (text, level) => document.dispatchEvent(new CustomEvent("desk:say", {detail: {text, level}}));

  let wanted = pane()?.dataset.pk;
  let line = Promise.resolve();
  let isTokenOld = false;
  const panes = new Map();
  const keysKept = [];
  const gone = new Map();

  class Refusal extends Error {
    constructor(status, html) { super(`refused: ${status}`); Object.assign(this, {status, html}); }
  }

  // --- Rows ---

  const sibling = (row, side) => {
    let found = row?.[side];
    while (found && !isRow(found)) found = found[side];
    return found;
  };
  const after = row => sibling(row, "nextElementSibling");
  const before = row => sibling(row, "previousElementSibling");
  const isPicked = row => Boolean(row.querySelector(".pick")?.checked);

  // "3 of 128": the place of the row that is shown. "3 of 1,000+": so long a list was not counted to its end.
  const countedAs = byId("count")?.textContent.match(/^([\d,]+) of ([\d,]+)(\+?)$/);
  const number = text => Number(text.replaceAll(",", ""));
  const counted = countedAs &&
    {total: number(countedAs[2]), more: countedAs[3], first: null, at: number(countedAs[1])};
  const countBy = step => { if (counted && !counted.more) counted.total += step; };

  const count = row => {
    if (!counted || !row) return;
    const place = [...row.parentElement.querySelectorAll(".row[data-pk]")].indexOf(row);
    counted.first ??= counted.at - place;
    const words = [counted.first + place, counted.total].map(one => one.toLocaleString("en"));
    byId("count").textContent = words.join(" of ") + counted.more;
  };

  const mark = pk => {
    for (const row of document.querySelectorAll("#rows [aria-current]")) {
      row.removeAttribute("aria-current");
      row.classList.remove("current");
    }
    const row = rowOf(pk);
    if (!row) return;
    row.setAttribute("aria-current", "true");
    row.classList.add("current");
    row.scrollIntoView({block: "nearest"});
    count(row);
  };

  const takeAway = row => {
    gone.set(row.dataset.pk, {row, before: after(row)?.dataset.pk, list: row.parentElement});
    row.remove();
    countBy(-1);
  };

  const putBack = pk => {
    const known = gone.get(pk);
    if (!known || rowOf(pk)) return;
    gone.delete(pk);
    const next = known.before && rowOf(known.before);
    if (next) next.before(known.row); else (byId("rows") || known.list).prepend(known.row);
    countBy(1);
  };

  // --- Addresses ---

  const query = () => {
    const asked = new URLSearchParams(location.search);
    asked.delete("article");
    return asked.toString();
  };
  const addressOf = pk => {
    const asked = new URLSearchParams(query());
    asked.set("article", pk);
    return `${location.pathname}?${asked}`;
  };
  const remember = pk => {
    if (history.state?.article !== pk) history.pushState({article: pk}, "", addressOf(pk));
  };

  // --- Asking and sending ---

  const ask = async (url, options = {}) => {
    let answer;
    try {
      answer = await fetch(url, {...options, credentials: "same-origin", headers: {"HX-Request": "true"}});
    } catch {
      throw new Refusal(0, "");
    }
    const html = await answer.text();
    if (!answer.ok) throw new Refusal(answer.status, html);
    return html;
  };

  const renewToken = async data => {
    if (!isTokenOld) return;
    const answer = await fetch("/token/", {credentials: "same-origin"});
    if (!answer.ok) return;
    const {token} = await answer.json();
    document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach(input => { input.value = token; });
    data.set("csrfmiddlewaretoken", token);
    panes.clear();
    isTokenOld = false;
  };

  const send = (form, button, data) => {
    const url = button?.getAttribute("formaction") || form.getAttribute("action");
    const sent = line.then(() => renewToken(data)).then(() => ask(url, {
      method: "POST",
      body: new URLSearchParams(data), // shorter, and quicker to read, than parts
      keepalive: form.matches("[data-decide]"), // also when the tab is closed right after the key
    }));
    line = sent.catch(() => {});
    return sent.then(html => {
      if (form.dataset.keep) document.dispatchEvent(new CustomEvent("desk:saved", {detail: {form: form.dataset.keep}}));
      return html;
    });
  };

  // --- Panes fetched beforehand; one whose row moved on meanwhile is fetched anew ---

  const paneOf = pk => {
    const version = rowOf(pk)?.dataset.version;
    const kept = panes.get(pk);
    if (kept && kept.version === version) return kept;
    const fresh = {version, html: "", coming: null};
    fresh.coming = ask(`/articles/${pk}/?${query()}`).then(html => { fresh.html = html; return html; });
    fresh.coming.catch(() => panes.delete(pk));
    panes.set(pk, fresh);
    if (panes.size > PANES_KEPT) panes.delete(panes.keys().next().value);
    return fresh;
  };

  const fetchAround = pk => {
    const row = rowOf(pk);
    for (const other of [after(row), after(after(row)), before(row)]) if (other) paneOf(other.dataset.pk);
  };

  // --- Taking an answer: each part takes the place of what has its id ---

  const nameTab = shown => {
    const title = shown.querySelector("h1").innerText.trim();
    document.title = `${title.length > 80 ? `${title.slice(0, 79)}…` : title} · Newsroom`;
  };

  const takePane = fresh => {
    const old = pane();
    const isSame = old.dataset.pk === fresh.dataset.pk;
    const top = isSame ? old.scrollTop : 0;
    const focused = isSame && old.contains(document.activeElement) ? document.activeElement.id : "";
    old.replaceWith(fresh);
    window.htmx?.process(fresh);
    fresh.scrollTop = top;
    (focused && fresh.querySelector(`#${CSS.escape(focused)}`) || fresh).focus({preventScroll: true});
    wanted = fresh.dataset.pk;
    nameTab(fresh);
    document.dispatchEvent(new CustomEvent("desk:shown"));
  };

  const takeToast = fresh => byId("toast").replaceChildren(...fresh.childNodes);

  const takeRow = fresh => {
    const pk = fresh.dataset.pk;
    panes.delete(pk);
    putBack(pk);
    const old = rowOf(pk);
    if (old) {
      if (isPicked(old)) fresh.querySelector(".pick").checked = true;
      old.replaceWith(fresh);
      return;
    }
    byId("rows")?.prepend(fresh);
    countBy(1);
  };

  const takeLeft = pk => {
    panes.delete(pk);
    const row = rowOf(pk);
    if (row) takeAway(row);
  };

  const takePart = part => {
    if (part.dataset.left) takeLeft(part.dataset.left);
    else if (part.matches("[data-rows]")) part.querySelectorAll(".row[data-pk]").forEach(takeRow);
    else if (part.id === "article") takePane(part);
    else if (part.id === "toast") takeToast(part);
    else byId(part.id)?.replaceWith(part);
  };

  const take = html => [...new DOMParser().parseFromString(html, "text/html").body.children].forEach(takePart);

  const follow = pk => {
    mark(pk);
    remember(pk);
    fetchAround(pk);
  };

  const refuse = (refusal, pk) => {
    keysKept.length = 0;
    if (!(refusal instanceof Refusal)) throw refusal;
    if (refusal.status === 0) {
      say("The desk cannot be reached. Nothing was saved; what you typed is still here. Try again in a moment.", "error");
      return;
    }
    isTokenOld = isTokenOld || refusal.status === 401 || refusal.status === 403;
    const parsed = new DOMParser().parseFromString(refusal.html, "text/html");
    if (parsed.getElementById("article")) {
      take(refusal.html);
      if (pk) follow(pk);
      return;
    }
    const why = parsed.getElementById("sorry")?.childNodes;
    say(why || "The desk refused, and did not say why. Reload the page and try again.", "error");
  };

  // --- Acts ---

  const show = async (pk, {isBack = false} = {}) => {
    wanted = pk;
    byId("desk")?.setAttribute("data-at", "");
    mark(pk);
    try {
      const kept = paneOf(pk);
      const html = kept.html || await kept.coming;
      if (wanted !== pk) return;
      take(html);
      if (!isBack) remember(pk);
      mark(pk);
      fetchAround(pk);
      pressKept();
    } catch (refusal) {
      pane()?.removeAttribute("aria-busy");
      refuse(refusal);
    }
  };

  // After the last row: a new page of what is left, or the next page where rows were passed over on this one.
  const submitPlainly = (form, button, more) => {
    if (more) form.elements.next.value = new URL(more.href).search.slice(1);
    form.setAttribute("data-plain", "");
    form.requestSubmit(button);
  };

  const decide = async (form, button) => {
    const pk = pane().dataset.pk;
    const row = rowOf(pk);
    const next = after(row);
    pane().setAttribute("aria-busy", "true");
    if (!next) {
      await line;
      submitPlainly(form, button, before(row) ? byId("more") : null);
      return;
    }
    const then = next.dataset.pk;
    const data = new FormData(form, button);
    data.set("next", query());
    data.set("then", then);
    data.set("has_next", "1");
    const sent = send(form, button, data);
    takeAway(row);
    show(then);
    try {
      take(await sent);
    } catch (refusal) {
      putBack(pk);
      refuse(refusal, pk);
    }
  };

  const act = async (form, button) => {
    pane()?.setAttribute("aria-busy", "true");
    const data = new FormData(form, button);
    data.set("next", query());
    try {
      take(await send(form, button, data));
      const shown = pane()?.dataset.pk;
      if (shown) follow(shown);
      if (form.querySelector("[data-field]")) pane()?.focus({preventScroll: true}); // filled in: keys are keys again
    } catch (refusal) {
      refuse(refusal);
    }
    pane()?.removeAttribute("aria-busy");
    pressKept();
  };

  const edit = async link => {
    pane().setAttribute("aria-busy", "true");
    try {
      take(await ask(link.href));
      keysKept.length = 0; // what was typed since was meant as text
      const first = pane().querySelector("textarea");
      first?.focus();
      first?.setSelectionRange(first.value.length, first.value.length);
    } catch (refusal) {
      pane()?.removeAttribute("aria-busy");
      refuse(refusal);
    }
  };

  document.addEventListener("submit", event => {
    const form = event.target;
    if (!form.matches("#article form, #toast form, #undo-form") || form.matches("[data-plain], [method=dialog]")) return;
    if (!pane()) return;
    event.preventDefault();
    if (form.closest("[aria-busy=true]")) return; // it has been sent already
    if (form.matches("[data-decide]") || event.submitter?.name === "publish") decide(form, event.submitter);
    else act(form, event.submitter);
  });

  document.addEventListener("click", event => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest("a");
    const row = event.target.closest(".row[data-pk]");
    if (!link) return;
    if (link.dataset.key === "e") {
      event.preventDefault();
      edit(link);
    } else if (link.dataset.show || row && link.matches(".row > a, a[data-open]")) {
      if (!pane()) return;
      event.preventDefault();
      keysKept.length = 0;
      show(link.dataset.show || row.dataset.pk);
    }
  });

  // --- Keys ---

  // Beside a row; beside the place of one that left the list; else the first.
  const beside = side => {
    const row = rowOf(wanted);
    if (row) return side(row);
    let next = gone.get(wanted)?.before;
    while (gone.has(next)) next = gone.get(next).before;
    const follower = rowOf(next);
    if (follower) return side === after ? follower : before(follower);
    return document.querySelector("#rows .row[data-pk]");
  };
  const PAGES = new Map([[after, "more"], [before, "less"]]);
  const turn = side => {
    const page = byId(PAGES.get(side));
    if (page) location.assign(page.href + (side === before ? FROM_BELOW : ""));
    else if (!pane()) say("There is no article here.", "info");
    else say(side === after ? "This is the last one." : "This is the first one.", "info");
  };
  const step = side => {
    const next = beside(side);
    if (next) show(next.dataset.pk); else turn(side);
  };
  const press = key => {
    const button = pane()?.querySelector(`[data-key="${key}"]`);
    button?.click();
    return button;
  };
  const decideBy = key => {
    if (!pane()) say("There is no article here.", "info");
    else if (pane().querySelector("[data-cancel]")) say("Save or cancel what you edit first.", "info");
    else if (!press(key)) say("You may look at articles, not do this. A superuser can change your groups.", "info");
  };
  const enter = key => {
    const field = pane()?.querySelector(`[data-field="${key}"]`);
    field?.focus();
    field?.select();
  };

  const KEYS = {
    j: () => step(after),
    k: () => step(before),
    p: () => decideBy("p"),
    u: () => decideBy("u"),
    x: () => decideBy("x"),
    e: () => decideBy("e"),
    f: () => { if (!press("f")) say("There is nothing here that can be fixed safely.", "info"); },
    q: () => enter("q"),
    h: () => enter("h"),
    t: () => enter("t"),
    o: () => pane()?.querySelector("a.source")?.click(),
    s: () => rowOf(pane()?.dataset.pk)?.querySelector("input[type=checkbox]")?.click(),
    z: () => byId("undo-form")?.requestSubmit(),
    "/": () => document.querySelector("input[type=search]")?.focus(),
    "?": () => byId("keys")?.showModal(),
    Escape: () => pane()?.querySelector("[data-cancel]")?.click(),
  };
  // What a key decides on is what is shown. While the next article is on its way, keys wait for it and are then pressed
  // one after the other; after one that opens a field none is kept, for what follows is text. A click, the back button
  // or a refusal leads elsewhere than they were meant for: they are forgotten.
  const ON_PANE = ["p", "u", "x", "e", "f", "q", "h", "t", "o", "s"];
  const IN_TURN = [...ON_PANE, "j", "k", "z"];
  const OPENING = ["e", "q", "h", "t"];
  const isComing = () => Boolean(pane()) && (wanted !== pane().dataset.pk || pane().matches("[aria-busy=true]"));
  const isForLater = key => keysKept.length ? IN_TURN.includes(key) : ON_PANE.includes(key) && isComing();
  const keep = key => {
    if (keysKept.length < KEYS_KEPT && !OPENING.includes(keysKept.at(-1))) keysKept.push(key);
  };
  const pressKept = () => { while (keysKept.length && pane() && !isComing()) KEYS[keysKept.shift()](); };

  const REPEATED = ["j", "k"];
  const NO_TEXT = ["checkbox", "radio", "button", "submit", "reset"];
  const isTyping = element =>
    element.isContentEditable || element.matches("textarea, select") ||
    element.matches("input") && !NO_TEXT.includes(element.type);

  const leave = field => {
    if (field.dataset.field) field.value = field.defaultValue;
    pane()?.focus({preventScroll: true});
  };

  document.addEventListener("keydown", event => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    if (isTyping(event.target)) {
      if (event.key === "Escape") leave(event.target);
      return;
    }
    const key = event.key.length === 1 && !event.shiftKey ? event.key.toLowerCase() : event.key;
    if (document.body.dataset.keys === "off" || !Object.hasOwn(KEYS, key)) return;
    if (event.repeat && !REPEATED.includes(key)) return;
    if (key !== "Escape") event.preventDefault();
    if (isForLater(key)) keep(key); else KEYS[key]();
  });

  addEventListener("popstate", event => {
    keysKept.length = 0;
    if (event.state?.article && pane()) show(event.state.article, {isBack: true});
  });

  document.documentElement.dataset.keysWork = "";
  const last = [...document.querySelectorAll("#rows .row[data-pk]")].pop();
  if (wanted && last && location.hash === FROM_BELOW) { // walked back to this page: on from its end
    count(rowOf(wanted));
    show(last.dataset.pk);
  } else if (wanted) {
    count(rowOf(wanted));
    history.replaceState({...history.state, article: wanted}, "");
    fetchAround(wanted);
  }
}
