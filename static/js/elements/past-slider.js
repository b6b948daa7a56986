// <past-slider>: draws the wall of the chosen time as soon as the slider is let go.
import { fetchPage, swap } from "wall/lib/page.js";

class PastSlider extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", (event) => {
      if (event.target instanceof HTMLInputElement && event.target.name === "at") void this.go(event.target);
    });
  }

  /** @param {HTMLInputElement} slider */
  async go(slider) {
    const address = `${slider.form?.action ?? ""}?at=${slider.value}`;
    try {
      await swap(await fetchPage(address));
      history.replaceState(null, "", address);
    } catch {
      slider.form?.submit();
    }
  }
}

customElements.define("past-slider", PastSlider);
