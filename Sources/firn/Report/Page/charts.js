"use strict";

// A press on a system in a legend hides or shows it; pointing at it sets it off from the others.
for (const chart of document.querySelectorAll("figure.chart")) {
  for (const button of chart.querySelectorAll(".legend button")) {
    const line = chart.querySelector(`g[data-series="${button.dataset.series}"]`);
    const near = (isNear) => {
      const isSeen = isNear && !line.classList.contains("off");
      chart.classList.toggle("faded", isSeen);
      line.classList.toggle("near", isSeen);
    };
    button.addEventListener("click", () => {
      const isHidden = line.classList.toggle("off");
      button.setAttribute("aria-pressed", String(!isHidden));
      near(!isHidden);
    });
    button.addEventListener("pointerenter", () => near(true));
    button.addEventListener("pointerleave", () => near(false));
    button.addEventListener("focus", () => near(button.matches(":focus-visible")));
    button.addEventListener("blur", () => near(false));
  }
}

// On paper nothing can be opened any more: how the numbers were made is printed whole.
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll(".provenance details")) details.open = true;
});
