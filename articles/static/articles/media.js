/* In the pane: pictures that fail make room for a sentence, videos are played here when that is asked for. */
"use strict";
{
  const hasFailed = picture => picture.complete && !picture.naturalWidth;
  const fail = picture => picture.closest(".picture")?.classList.add("failed");
  document.addEventListener("error", event => { if (event.target.matches?.(".picture img")) fail(event.target); }, true);

  const play = place => {
    const frame = document.createElement("iframe");
    frame.src = place.dataset.frame;
    frame.title = "Video";
    frame.allow = "fullscreen; encrypted-media";
    frame.referrerPolicy = "strict-origin"; // the player asks who shows it, and learns no more than that
    frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-presentation");
    place.append(frame);
    frame.focus();
  };

  const equip = () => {
    document.querySelectorAll(".picture img").forEach(picture => { if (hasFailed(picture)) fail(picture); });
    document.querySelectorAll(".video[data-frame]:not(:has(button))").forEach(place => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "small";
      button.textContent = "Play it here";
      button.addEventListener("click", () => { button.remove(); play(place); });
      place.append(" ", button);
    });
  };

  document.addEventListener("desk:shown", equip);
  equip();
}
