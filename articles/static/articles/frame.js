/* The frame: the menu closes by itself, messages can be put away. */

const menu = document.querySelector("header.frame .menu");

document.addEventListener("click", event => {
  if (menu && menu.open && !menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", event => {
  if (event.key !== "Escape" || !menu || !menu.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
