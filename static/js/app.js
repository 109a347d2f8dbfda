// Keeps a person's place: focus and scroll over swaps, dialogs, the search key, words for who listens.
(() => {
  "use strict";

  const typing = (node) => node instanceof Element && node.closest("input, textarea, select, [contenteditable]");

  // "/" goes to the search box from anywhere but a field.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const box = document.getElementById("q");
    if (!box || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    box.focus();
    box.select();
  });

  // Dialogs: a button with data-dialog opens one, data-close shuts it; a form sent back with an error opens again.
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const opener = target && target.closest("[data-dialog]");
    if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
    const closer = target && target.closest("[data-close]");
    if (closer) closer.closest("dialog")?.close();
  });
  const openRefused = () => document.querySelectorAll("dialog[data-open]:not([open])").forEach((box) => box.showModal());
  openRefused();

  // Filters are open on a wide window; on a narrow one they would push the rows away.
  const filters = document.getElementById("filters");
  if (filters && window.matchMedia("(max-width: 45rem)").matches) filters.open = false;

  // A form that is sent by GET leaves empty fields out of the address.
  document.addEventListener("formdata", (event) => {
    if (event.target.method !== "get") return;
    for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
  });

  // What had the focus, and how far it was scrolled, is found again by its id.
  let kept = null;
  document.addEventListener("htmx:beforeSwap", () => {
    const node = document.activeElement;
    kept = {
      id: node && node !== document.body ? node.id : "",
      href: node instanceof HTMLAnchorElement ? node.getAttribute("href") : "",
      start: node instanceof HTMLInputElement && node.type !== "checkbox" ? node.selectionStart : null,
      scrolled: [...document.querySelectorAll(".table-scroll[aria-label]")].map((box) => [box.getAttribute("aria-label"), box.scrollLeft, box.scrollTop]),
      open: [...document.querySelectorAll("details[open]")].map((box) => box.closest("[id]")?.id).filter(Boolean),
    };
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const part = event.detail.elt;
    restore();
    openRefused();
    const words = part?.dataset?.announce ?? part?.querySelector?.("[data-announce]")?.dataset.announce;
    if (words) announce(words);
  });
  function restore() {
    if (!kept) return;
    for (const [label, left, top] of kept.scrolled) {
      const box = document.querySelector(`.table-scroll[aria-label="${CSS.escape(label)}"]`);
      if (box) { box.scrollLeft = left; box.scrollTop = top; }
    }
    for (const id of kept.open) document.getElementById(id)?.querySelector("details")?.setAttribute("open", "");
    if (document.activeElement === document.body) {
      const again = (kept.id && document.getElementById(kept.id)) || (kept.href && document.querySelector(`a[href="${CSS.escape(kept.href)}"]`));
      if (again) {
        again.focus({ preventScroll: true });
        if (kept.start !== null && again.setSelectionRange && again.type !== "number") again.setSelectionRange(kept.start, kept.start);
      } else if (kept.id || kept.href) {
        document.getElementById("main")?.focus({ preventScroll: true });
      }
    }
    kept = null;
  }

  function announce(words) {
    const live = document.getElementById("live");
    if (!live) return;
    live.textContent = "";
    window.setTimeout(() => { live.textContent = words; }, 60);
  }

  // A request that failed says so; the page keeps what it showed.
  const failed = (words) => () => announce(words);
  document.addEventListener("htmx:responseError", failed("That did not work. The page shows what it showed before."));
  document.addEventListener("htmx:sendError", failed("The server cannot be reached. The page shows what it showed before."));
  document.addEventListener("htmx:timeout", failed("The server took too long. The page shows what it showed before."));
})();
