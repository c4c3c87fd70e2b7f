/* Ticking rows: how many are ticked is said, Shift ticks a stretch. A row that moved on is sent as it stands here. */
"use strict";
{
  const rows = document.getElementById("rows");
  const picked = document.getElementById("picked");
  const boxes = () => [...rows.querySelectorAll(".pick")];
  let last = null;

  const tell = () => {
    const count = boxes().filter(box => box.checked).length;
    picked.textContent = count ? `${count} selected:` : "";
  };

  if (rows && picked) {
    rows.addEventListener("click", event => {
      const box = event.target.closest(".pick");
      if (!box) return;
      if (event.shiftKey && last?.isConnected) {
        const all = boxes();
        const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
        for (const other of all.slice(from, to + 1)) other.checked = box.checked;
      }
      last = box;
      tell();
    });
    new MutationObserver(tell).observe(rows, {childList: true});
    addEventListener("pageshow", tell);
  }
}
