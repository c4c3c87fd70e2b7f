/* The slider and the number are one threshold; another site is another page. */
"use strict";
{
  const form = document.getElementById("rule-form");
  const slider = document.getElementById("id_slider");
  const number = document.getElementById("id_min_quality");
  if (form) {
    slider.addEventListener("input", () => { number.value = slider.value; });
    number.addEventListener("input", () => { slider.value = number.value; });
    form.querySelector("[data-reload]")?.addEventListener("change", event => {
      event.stopPropagation();
      location.assign(`${form.action}?site=${encodeURIComponent(event.target.value)}`);
    });
  }
}
