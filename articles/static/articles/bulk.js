/* Of the things that an act may need to know, only those of the chosen act are shown. Without a script all are. */
"use strict";
{
  for (const deeds of document.querySelectorAll("[data-deeds]")) {
    const act = deeds.querySelector("select[name=act]");
    const fit = () => {
      const asks = act.selectedOptions[0]?.dataset.asks;
      for (const part of deeds.querySelectorAll("[data-asked]")) {
        part.hidden = part.dataset.asked !== asks;
        for (const control of part.querySelectorAll("select, input")) control.disabled = part.hidden;
      }
    };
    act.addEventListener("change", fit);
    window.addEventListener("pageshow", fit);
    fit();
  }
}
