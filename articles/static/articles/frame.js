/* The frame: its menu, the messages, and what is said when an answer does not come or is a refusal.
   A script says something by: document.dispatchEvent(new CustomEvent("desk:say", {detail: {text, level}})) */
"use strict";
{
  const SHOWN_MS = 12000;
  const menu = document.querySelector("header.frame .menu");
  const toast = document.getElementById("toast");
  let timer = 0;
  let isTokenOld = Boolean(document.getElementById("again-form"));

  const closeMenu = () => {
    menu.open = false;
    menu.querySelector("summary").focus();
  };

  if (menu) {
    document.addEventListener("click", event => { if (!menu.contains(event.target)) menu.open = false; });
    menu.addEventListener("keydown", event => { if (event.key === "Escape" && menu.open) closeMenu(); });
    menu.addEventListener("focusout", event => {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
    });
  }

  document.querySelector("header.frame nav [aria-current]")?.scrollIntoView({block: "nearest", inline: "nearest"});

  // --- Messages: put away by Escape or after a while; a refusal stays until it is read ---

  const isRead = () => !toast.matches(":hover, :focus-within") && !toast.querySelector(".error, .warning");
  const putAway = () => { if (isRead()) toast.replaceChildren(); else wait(); };
  const wait = () => { clearTimeout(timer); timer = setTimeout(putAway, SHOWN_MS); };

  const say = (content, level) => {
    const said = document.createElement("span");
    said.className = `said ${level || "success"}`;
    said.append(...(typeof content === "string" ? [content] : content));
    toast.replaceChildren(said);
  };

  if (toast) {
    if (toast.firstChild) wait();
    new MutationObserver(() => { if (toast.firstChild) wait(); }).observe(toast, {childList: true});
    document.addEventListener("desk:say", event => say(event.detail.text, event.detail.level));
    document.addEventListener("keydown", event => {
      if (event.key === "Escape" && !event.defaultPrevented) toast.replaceChildren();
    });
  }

  // --- Refusals: the answer is a page that says it in #sorry ---

  const reasonIn = html => new DOMParser().parseFromString(html, "text/html").getElementById("sorry")?.childNodes;

  document.addEventListener("htmx:responseError", event => {
    const answer = event.detail.xhr;
    isTokenOld = isTokenOld || answer.status === 401 || answer.status === 403;
    say(reasonIn(answer.responseText) || "The desk refused, and did not say why. Reload the page and try again.", "error");
  });
  document.addEventListener("htmx:sendError", () =>
    say("The desk cannot be reached. Nothing was saved; what you typed is still here. Try again in a moment.", "error"));

  // --- After a login in another tab, this page's forms need the new token ---

  const renewToken = async () => {
    const answer = await fetch("/token/", {credentials: "same-origin"});
    if (!answer.ok) return;
    const {token} = await answer.json();
    document.body.setAttribute("hx-headers", JSON.stringify({"x-csrftoken": token}));
    document.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach(input => { input.value = token; });
    isTokenOld = false;
  };

  addEventListener("focus", () => { if (isTokenOld) renewToken().catch(() => {}); });
}
